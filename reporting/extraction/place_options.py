"""Choices for an ambiguous toponym: the places between which the sender can choose."""

from typing import Any, Final

from sqlalchemy import Connection

from geo.spatial_sql import list_area_names
from geo.types import Candidate, Location
from reporting.languages.sms_texts import PLACES_LONGEST

_MOST: Final = 3
SURE: Final = 0.8  # confidence from which the sender is not asked
_WORTH_ASKING: Final = 0.2  # confidence of another place from which the sender is asked
_LONGEST: Final = 24  # characters of a name in a text
_LESSON: Final = "lesson"  # a learned placement, from other people's reports: their words are never shown


def list_meant(connection: Connection, campaign_id: int, location: Location | None) -> list[dict[str, Any]]:
    """List the places that a location may mean, likeliest first, as choices of a question; [] if there is only one.

    Each has name, lat, lon, radius_m and the words by which it can be chosen. Homonyms are told apart by the area that
    they are in.
    """
    if location is None or location.confidence >= SURE or not location.name:
        return []
    others = [other for other in location.alternatives if _can_be_named(other)]
    if not others or others[0].confidence < _WORTH_ASKING:
        return []
    first = Candidate(location.name, location.lat, location.lon, location.radius_m, 1.0, location.reasons, "")
    meant = [first, *others][:_MOST]
    labels = _label(connection, campaign_id, meant)
    while _count_characters(labels) > PLACES_LONGEST and len(labels) > 2:  # a choice is of two at least
        labels.pop()
    meant = meant[: len(labels)]
    if len(set(labels)) < len(labels):
        return []
    return [
        {"name": label, "words": [label, place.name], "lat": place.lat, "lon": place.lon, "radius_m": place.radius_m}
        for label, place in zip(labels, meant, strict=True)
    ]


def _can_be_named(place: Candidate) -> bool:
    return bool(place.name) and place.kind != _LESSON and place.confidence >= _WORTH_ASKING / 2


def _count_characters(labels: list[str]) -> int:
    return len(", ".join(f"1 {label}" for label in labels))


def _label(connection: Connection, campaign_id: int, places: list[Candidate]) -> list[str]:
    names = [place.name for place in places]
    if len(set(names)) == len(names):
        return [name[:_LONGEST] for name in names]
    areas = list_area_names(connection, campaign_id, [(place.lat, place.lon) for place in places])
    return [
        f"{name}, {next((area for area in around if area != name), '')}".rstrip(", ")[:_LONGEST]
        for name, around in zip(names, areas, strict=True)
    ]
