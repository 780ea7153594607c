"""Feature classes (kinds) of places: their codes in each source, which may be one thing, and their usual radius."""

import re
from collections.abc import Mapping
from functools import lru_cache
from operator import attrgetter
from typing import Final

from config.languages.load import collect
from geo.text.normalise import fold_name

# GeoNames classifies features by a class of one letter, and within it a code.
_GEONAMES_CLASS: Final = {
    "A": "area", "H": "water", "L": "area", "P": "place", "R": "road", "S": "building", "T": "nature", "U": "water",
    "V": "nature",
}  # fmt: skip
_GEONAMES_CODE: Final = {
    "PCLI": "country", "ADM1": "admin1", "ADM2": "admin2", "ADM3": "admin3", "ADM4": "admin4", "ADM5": "admin5",
    "PPLC": "city", "PPLA": "city", "PPLA2": "town", "PPLX": "neighbourhood", "PPLL": "hamlet", "HSP": "hospital",
    "HSPC": "clinic", "HSPD": "clinic", "HSPL": "hospital", "SCH": "school", "SCHC": "college", "UNIV": "university",
    "CH": "church", "MSQE": "mosque", "TMPL": "temple", "SHRN": "place_of_worship", "MSTY": "place_of_worship",
    "MKT": "market", "BUSTN": "bus_station", "RSTN": "station", "AIRP": "airport", "AIRF": "airport", "STM": "river",
    "STMI": "river", "CNL": "river", "LK": "lake", "MT": "mountain", "MTS": "mountain", "PK": "mountain",
    "HLL": "mountain", "ISL": "island", "CAPE": "cape", "BAY": "bay", "CMP": "camp", "CMPRF": "camp", "PP": "police",
    "ST": "road", "RD": "road",
}  # fmt: skip

# OpenStreetMap: tags of features that people refer to, and our kind for each.
_STREETS: Final = frozenset({
    "motorway", "trunk", "primary", "secondary", "tertiary", "unclassified", "residential", "living_street",
    "pedestrian", "road", "service", "track", "path", "footway", "steps",
})  # fmt: skip
_AMENITIES: Final = {
    "hospital": "hospital", "clinic": "clinic", "doctors": "clinic", "health_post": "clinic", "pharmacy": "pharmacy",
    "school": "school", "kindergarten": "school", "college": "college", "university": "university",
    "marketplace": "market", "place_of_worship": "place_of_worship", "bus_station": "bus_station",
    "ferry_terminal": "station", "police": "police", "townhall": "building", "courthouse": "building",
    "fire_station": "building", "community_centre": "building", "library": "building", "prison": "building",
    "refugee_site": "camp", "fuel": "building",
}  # fmt: skip
_NATURE: Final = {
    "peak": "mountain", "hill": "mountain", "volcano": "mountain", "bay": "bay", "cape": "cape", "beach": "nature",
    "water": "lake", "wood": "nature", "valley": "nature", "island": "island", "spring": "water",
}  # fmt: skip
_HEALTHCARE: Final = {"hospital": "hospital", "pharmacy": "pharmacy"}
_RELIGION: Final = {
    "christian": "church",
    "muslim": "mosque",
    "hindu": "temple",
    "buddhist": "temple",
    "jewish": "place_of_worship",
}

# Kinds that lists of facilities have in words; the first that is found counts.
_FACILITIES: Final = (
    *("pharmacy", "hospital", "clinic", "university", "college", "school", "mosque", "church", "temple"),
    *("place_of_worship", "market", "bus_station", "police", "camp"),
)

_GROUPS: Final = {
    "settlement": "place city town village hamlet suburb neighbourhood quarter locality borough isolated_dwelling"
    " municipality city_block square allotments farm camp",
    "admin": "area country state region province district county admin1 admin2 admin3 admin4 admin5",
    "health": "hospital clinic",
    "pharmacy": "pharmacy",
    "education": "school college university",
    "worship": "church mosque temple place_of_worship",
    "market": "market",
    "transport": "bus_station station",
    "road": "road",
    "water": "water river lake bay",
    "nature": "nature mountain island cape",
}
_GROUP_OF: Final = {kind: group for group, kinds in _GROUPS.items() for kind in kinds.split()}

_RADIUS_M: Final = {
    "country": 300_000.0, "admin1": 60_000.0, "admin2": 20_000.0, "admin3": 8_000.0, "admin4": 4_000.0,
    "admin5": 2_000.0, "area": 8_000.0, "state": 60_000.0, "region": 60_000.0, "province": 60_000.0,
    "district": 20_000.0, "county": 20_000.0, "city": 6_000.0, "town": 2_500.0, "village": 1_000.0, "hamlet": 700.0,
    "locality": 1_000.0, "isolated_dwelling": 300.0, "suburb": 1_200.0, "neighbourhood": 800.0, "quarter": 800.0,
    "square": 300.0, "city_block": 300.0, "road": 700.0, "hospital": 250.0, "clinic": 250.0, "pharmacy": 200.0,
    "school": 250.0, "college": 300.0, "university": 500.0, "church": 250.0, "mosque": 250.0, "temple": 250.0,
    "place_of_worship": 250.0, "market": 300.0, "bus_station": 300.0, "station": 300.0, "police": 250.0,
    "camp": 800.0, "building": 250.0, "airport": 1_500.0, "river": 15_000.0, "lake": 6_000.0, "water": 5_000.0,
    "mountain": 4_000.0, "island": 10_000.0, "nature": 4_000.0, "bay": 5_000.0, "cape": 2_000.0,
}  # fmt: skip
_DEFAULT_RADIUS_M: Final = 1_500.0
# Distance by which two sources may differ about one place, whatever its size.
_NEAR_M: Final = {"settlement": 2_000.0, "admin": 20_000.0, "road": 1_000.0, "water": 5_000.0, "nature": 5_000.0}
_NEAR_DEFAULT_M: Final = 500.0


def kind_of_geonames(feature_class: str, code: str) -> str:
    """Return our kind of a GeoNames feature class and code."""
    if re.fullmatch(r"ADM[1-5]H?", code):
        return f"admin{code[3]}"
    return _GEONAMES_CODE.get(code) or _GEONAMES_CLASS.get(feature_class, "place")


def kind_of_tags(tags: Mapping[str, str]) -> str | None:
    """Return our kind of a named OpenStreetMap feature; None for features to which nobody would refer."""
    if place := tags.get("place"):
        return place if place in _RADIUS_M or place in _GROUP_OF else "place"
    if tags.get("amenity") == "place_of_worship":
        return _RELIGION.get(tags.get("religion", ""), "place_of_worship")
    kind = (
        _AMENITIES.get(tags.get("amenity", ""))
        or (_HEALTHCARE.get(tags["healthcare"], "clinic") if "healthcare" in tags else None)
        or ("road" if tags.get("highway") in _STREETS else None)
        or ("station" if tags.get("railway") in {"station", "halt"} else None)
        or ("bus_station" if tags.get("public_transport") == "station" else None)
        or ("airport" if tags.get("aeroway") == "aerodrome" else None)
        or ("market" if tags.get("shop") in {"mall", "supermarket"} else None)
        or _NATURE.get(tags.get("natural", ""))
        or ("river" if tags.get("waterway") in {"river", "stream", "canal"} else None)
        or ("area" if tags.get("boundary") == "administrative" else None)
    )
    return kind


def kind_of_words(words: str) -> str:
    """Return our kind for a kind in words, a GeoNames code or a tag value; `place` for an empty text."""
    plain = words.strip().casefold()
    if plain in _RADIUS_M or plain in _GROUP_OF:
        return plain
    if words.strip().upper() in _GEONAMES_CODE or re.fullmatch(r"(?i)ppl[a-z0-9]{0,2}|adm[1-5]h?", plain):
        return kind_of_geonames("P", words.strip().upper())
    if plain in _AMENITIES:
        return _AMENITIES[plain]
    if plain in {"residential", "street", "rue", "calle"}:
        return "road"
    folded = fold_name(words)
    found = next((kind for kind, pattern in _facilities() if pattern.search(folded)), None)
    return found or (plain if re.fullmatch(r"[a-z_]{2,30}", plain) else "place")


@lru_cache(maxsize=1)
def _facilities() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Compile the words of all languages for each kind; cached."""
    by_kind = ((kind, collect(attrgetter(f"places.facilities.{kind}"))) for kind in _FACILITIES)
    return tuple((kind, re.compile("|".join(map(_write_facility, listed)) or "(?!)")) for kind, listed in by_kind)


def _write_facility(word: str) -> str:
    folded = re.escape(fold_name(word.removeprefix("=")))
    return rf"{folded}\b" if word.startswith("=") else folded


def radius_of(kind: str, population: int | None) -> float:
    """Estimate the radius in metres of a place from its kind and population, where its source gives none."""
    if population and kind in {"place", "city", "town", "village"}:
        return float(max(400.0, min(15_000.0, 30.0 * population**0.4)))
    return _RADIUS_M.get(kind, _DEFAULT_RADIUS_M)


def group_of(kind: str) -> str:
    """Return the group of a kind; kinds of one group may be one thing: a "city" in one source, a "place" in another."""
    return _GROUP_OF.get(kind, kind)


def near_m(group: str) -> float:
    """Return the distance in metres by which two sources may differ about one place of that group.

    A large place may differ by more.
    """
    return _NEAR_M.get(group, _NEAR_DEFAULT_M)
