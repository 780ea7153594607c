"""Locate a report by what its sender tells beside words: a position of their phone, a place chosen among several."""

from typing import Any, Final

from geo.reasons import LocationSource, Reason, ReasonCode
from geo.types import GUESS_BELOW, Location

_CHOSEN: Final = (Reason.of(ReasonCode.CHOICE),)
_CHOSEN_CONFIDENCE: Final = 0.95
# A phone knows its position to some tens of metres, but people do not always stand where the incident happens.
_POSITION_RADIUS_M = 150.0
_POSITION_CONFIDENCE = 0.97
_POSITION: Final = (Reason.of(ReasonCode.DEVICE),)
# The position of a phone when a form was opened: the volunteer may have been at home.
_NOTED_RADIUS_M = 2_000.0
_NOTED_CONFIDENCE = 0.3
_NOTED: Final = (Reason.of(ReasonCode.DEVICE_UNASKED),)


def locate_position(point: tuple[float, float], accuracy_m: float | None) -> Location:
    """Return the location of a (latitude, longitude) that a phone sent.

    `accuracy_m` is the phone's own radius in metres.
    """
    lat, lon = point
    radius_m = max(_POSITION_RADIUS_M, accuracy_m or 0.0)
    return Location(lat, lon, radius_m, _POSITION_CONFIDENCE, _POSITION, (), source=LocationSource.DEVICE)


def locate_noted(point: tuple[float, float], accuracy_m: float | None) -> Location:
    """Return the location of a position that a phone recorded unasked: a guess, with a low confidence."""
    lat, lon = point
    radius_m = max(_NOTED_RADIUS_M, accuracy_m or 0.0)
    return Location(lat, lon, radius_m, _NOTED_CONFIDENCE, _NOTED, (), source=LocationSource.DEVICE)


def is_located(confidence: float | None) -> bool:
    """Return whether a location's confidence is better than a guess."""
    return confidence is not None and confidence >= GUESS_BELOW


def locate_choice(choice: dict[str, Any]) -> Location:
    """Return the location of the place that a sender chose among those offered."""
    return Location(
        choice["lat"], choice["lon"], choice["radius_m"], _CHOSEN_CONFIDENCE, _CHOSEN, (),
        choice["words"][-1], source=LocationSource.CHOICE,
    )  # fmt: skip
