"""The places that a report may be at, numbered for a moderator, and taking one of them.

The numbers stay as they are when the pin is set: what the machine suggested is kept as the first of the others, so that
a wrong key can be put right by another one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, func, select

from geo.distance import distance_m
from reporting.intake.linking_lock import lock_linking_of
from reporting.models.report import Report
from reporting.moderation.decision import CONFIRM_PLACE, MOVE_PIN, move_pin
from reporting.moderation.error import ChangeRefused, InputRefused, ReportUnknown
from reporting.triage.placing import PIN_MATCH

CHOICES_MOST: Final = 9  # one key each
_SAME_M = 1.0


@dataclass(frozen=True, slots=True)
class PlaceChoice:
    """One place that the words may mean. Degrees in WGS 84, metres; `confidence` is None where nobody knows it.

    `is_suggestion`: where the report lies as long as nobody has set a pin; `is_pinned`: the pin is here.
    """

    number: int
    name: str
    kind: str
    lat: float
    lon: float
    radius_m: float
    confidence: float | None
    match: str
    is_suggestion: bool
    is_pinned: bool


def list_choices(report: Row[Any]) -> list[PlaceChoice]:
    """The suggestion and its alternatives, numbered from 1. The row has the report's place columns, `lat` and `lon`."""
    is_placed = report.lat is not None
    is_suggestion = is_placed and report.place_match != PIN_MATCH
    places: list[Mapping[str, Any]] = list(report.alternatives or ())
    if is_suggestion:
        places.insert(0, _as_place(report))
    choices = []
    for number, place in enumerate(places[:CHOICES_MOST], 1):
        lat, lon = float(place["lat"]), float(place["lon"])
        is_here = is_placed and distance_m(lat, lon, report.lat, report.lon) < _SAME_M
        choices.append(
            PlaceChoice(
                number, str(place.get("name") or ""), str(place.get("kind") or ""), lat, lon, float(place["radius_m"]),
                place.get("confidence"), str(place.get("match") or ""),
                is_suggestion=is_suggestion and number == 1, is_pinned=is_here and not is_suggestion,
            )
        )  # fmt: skip
    return choices


def choose_place(
    connection: Connection, report_id: int, person_id: int, *, number: int, at: tuple[float, float] | None = None
) -> bool:
    """Take the place of that number; whether it was the suggestion, which is confirmed by it. Both teach the geocoder.

    `at` is the point (lat, lon) that the moderator saw under that number. Raises InputRefused for a number that is not
    there, ChangeRefused when it means another place by now, and what `move_pin` raises.
    """
    choice = _get_choice(connection, report_id, number)
    if at is not None and not distance_m(*at, choice.lat, choice.lon) < _SAME_M:
        raise ChangeRefused("the place of that number has changed")
    kind = CONFIRM_PLACE if choice.is_suggestion else MOVE_PIN
    pin = {"lat": choice.lat, "lon": choice.lon, "radius_m": choice.radius_m}
    move_pin(connection, report_id, person_id, kind=kind, **pin)
    return choice.is_suggestion


def _get_choice(connection: Connection, report_id: int, number: int) -> PlaceChoice:
    lock_linking_of(connection, report_id)
    query = select(
        func.ST_Y(Report.point).label("lat"), func.ST_X(Report.point).label("lon"), Report.radius_m,
        Report.place_confidence, Report.place_match, Report.alternatives,
    ).where(Report.id == report_id).with_for_update()  # fmt: skip
    row = connection.execute(query).first()
    if row is None:
        raise ReportUnknown
    choices: Sequence[PlaceChoice] = list_choices(row)
    if not 1 <= number <= len(choices):
        raise InputRefused("number")
    return choices[number - 1]


def _as_place(report: Row[Any]) -> dict[str, Any]:
    return {
        "lat": report.lat, "lon": report.lon, "radius_m": report.radius_m, "confidence": report.place_confidence,
        "match": report.place_match,
    }  # fmt: skip
