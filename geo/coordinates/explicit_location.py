"""Explicit locations of a text: coordinates, and short Plus Codes that need a place nearby to be complete."""

from collections.abc import Callable, Sequence
from typing import Final

from geo.coordinates.parse import Extent, find_pin
from geo.coordinates.plus_codes import CodeArea, PlusCode, find_codes, list_within, recover
from geo.reasons import Reason, ReasonCode
from geo.types import Candidate, Location

Locate = Callable[[str], Location | None]

REASON: Final = Reason.of(ReasonCode.COORDINATES)
_SURE: Final = 0.97
_MOST: Final = 6
_LEAST_M: Final = 25.0
_ANCHORED: Final = 0.9  # lower, since the name beside a code may be resolved to a wrong place


def answer_given(texts: Sequence[str], extent: Extent | None, locate: Locate) -> Location | None:
    """Locate texts by explicit coordinates or codes; None where they have none.

    `locate` finds the place of some words.
    """
    for text in texts:
        pin = find_pin(text, extent)
        if pin is not None:
            return Location(round(pin.lat, 7), round(pin.lon, 7), round(pin.radius_m, 1), _SURE, (REASON,), ())
    for number, text in enumerate(texts):
        if "+" in text:
            for code in find_codes(text):
                rest = [text[: code.start] + " " + text[code.end :], *texts[:number], *texts[number + 1 :]]
                found = _complete(code, rest, extent, locate) if code.missing else None
                if found is not None:
                    return found
    return None


def _complete(code: PlusCode, rest: Sequence[str], extent: Extent | None, locate: Locate) -> Location | None:
    """Complete a short code by the place named beside it, else by the extent of the campaign; None without either."""
    for words in rest:
        near = locate(words)
        if near is not None and not near.is_guess:
            area = recover(code, near.lat, near.lon)
            confidence = min(_ANCHORED, near.confidence)
            return Location(*area.middle, _radius_m(area), confidence, (*near.reasons, REASON), ())
    if extent is None:
        return None
    areas = list_within(code, extent, _MOST)
    middle = (extent[0] + extent[2]) / 2, (extent[1] + extent[3]) / 2
    areas.sort(key=lambda area: (area.middle[0] - middle[0]) ** 2 + (area.middle[1] - middle[1]) ** 2)
    if not areas:
        return None
    share = round(_SURE / len(areas), 3)
    others = tuple(Candidate("", *area.middle, _radius_m(area), share, (REASON,), "place") for area in areas[1:])
    return Location(*areas[0].middle, _radius_m(areas[0]), share, (REASON,), others)


def _radius_m(area: CodeArea) -> float:
    return round(max(_LEAST_M, area.radius_m), 1)
