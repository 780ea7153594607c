"""Place types in the language of the page: the many kinds of the sources, reduced to few words."""

from typing import Final

from flask_babel import lazy_gettext

_CITY, _VILLAGE, _QUARTER = lazy_gettext("town"), lazy_gettext("village"), lazy_gettext("quarter")
_HEALTH, _WORSHIP = lazy_gettext("health facility"), lazy_gettext("place of worship")
_WATER, _LAND, _AREA = lazy_gettext("water"), lazy_gettext("landscape"), lazy_gettext("administrative area")
_SAID, _ROAD, _BUILDING = lazy_gettext("known from reports"), lazy_gettext("street"), lazy_gettext("building")
_TRANSPORT, _SCHOOL = lazy_gettext("station or airport"), lazy_gettext("school")

_KINDS: Final = {
    "city": _CITY, "town": _CITY, "village": _VILLAGE, "hamlet": _VILLAGE, "isolated_dwelling": _VILLAGE,
    "farm": _VILLAGE, "camp": lazy_gettext("camp"),
    "suburb": _QUARTER, "neighbourhood": _QUARTER, "quarter": _QUARTER, "locality": _QUARTER,
    "borough": _QUARTER, "square": _QUARTER, "city_block": _QUARTER,
    "road": _ROAD, "street": _ROAD, "building": _BUILDING, "police": _BUILDING,
    "hospital": _HEALTH, "clinic": _HEALTH, "doctors": _HEALTH, "pharmacy": _HEALTH, "health": _HEALTH,
    "health_facility": _HEALTH,
    "school": _SCHOOL, "college": _SCHOOL, "university": _SCHOOL, "market": lazy_gettext("market"),
    "church": _WORSHIP, "mosque": _WORSHIP, "temple": _WORSHIP, "place_of_worship": _WORSHIP,
    "airport": _TRANSPORT, "bus_station": _TRANSPORT, "station": _TRANSPORT,
    "river": _WATER, "lake": _WATER, "water": _WATER, "bay": _WATER,
    "mountain": _LAND, "island": _LAND, "nature": _LAND, "cape": _LAND,
    "country": _AREA, "area": _AREA, "state": _AREA, "region": _AREA, "province": _AREA, "district": _AREA,
    "county": _AREA,
    "municipality": _AREA, "lesson": _SAID, "numbered": _SAID,
}  # fmt: skip
_OTHER: Final = lazy_gettext("place")


def name_kind(kind: str | None) -> str:
    """Name a kind of the gazetteer."""
    code = kind or ""
    return str(_AREA if code.startswith("admin") else _KINDS.get(code, _OTHER))
