"""Place choices of a report: the possible places, numbered for a moderator, and the choice of one of them.

The numbers stay the same when a pin is set, because the machine's suggestion is kept as the first alternative. So a
moderator can correct a wrong key with another key. Places that only the text names come last.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, func, select

from geo.distance import distance_m
from geo.reasons import LocationSource, Reason, ReasonCode, read_reasons
from reporting.incidents.lock import lock_linking_of
from reporting.models.report import Report
from reporting.models.states import DecisionKind
from reporting.moderation.decisions import move_pin
from reporting.moderation.errors import ChangeRefused, InputRefused, ReportUnknown
from reporting.moderation.report.place_mentions import PLACES_MOST, Named, is_same, read_mentions
from reporting.reports.location_columns import make_suggestion

CHOICES_MOST: Final = 9  # one key each
_SAME_M = 1.0


@dataclass(frozen=True, slots=True)
class PlaceChoice:
    """One possible place of a report. Degrees in WGS 84, metres; `confidence` is None where it is unknown.

    `is_suggestion`: the report lies here while no moderator has set a pin. `is_pinned`: the pin is here.
    """

    number: int
    name: str
    kind: str
    lat: float
    lon: float
    radius_m: float
    confidence: float | None
    reasons: tuple[Reason, ...]
    is_suggestion: bool
    is_pinned: bool
    is_named: bool = False  # named by the text only, and not suggested


@dataclass(frozen=True, slots=True)
class Places:
    """The possible places of a report, and the toponyms of its text."""

    choices: list[PlaceChoice]
    named: list[Named]


def list_places(connection: Connection, report: Row[Any]) -> Places:
    """List the choices of a report together with the places that its text names.

    The row has the columns for `list_choices` and also `id`, `campaign_id` and `text`.
    """
    choices, named = list_choices(report), []
    first = (choices[0].lat, choices[0].lon) if choices else None
    most = len(choices) + PLACES_MOST
    for mention in read_mentions(connection, report, first):
        same = next((choice for choice in choices if is_same(mention, choice.lat, choice.lon, choice.radius_m)), None)
        if same is None and len(choices) < most:
            words = " ".join(report.text[mention.start : mention.end].split())
            place = {**asdict(mention), "reasons": [Reason.of(ReasonCode.NAME, words, mention.name).to_row()]}
            same = _make_choice(report, len(choices) + 1, place, is_named=True)
            choices.append(same)
        if same is not None:
            named.append(Named(mention.start, mention.end, same.number))
    return Places(choices, named)


def list_choices(report: Row[Any]) -> list[PlaceChoice]:
    """List the suggestion and its alternatives, numbered from 1. The row has the location columns, `lat` and `lon`."""
    is_placed = report.lat is not None
    is_suggestion = is_placed and report.location_source != LocationSource.PIN
    places: list[Mapping[str, Any]] = list(report.alternatives or ())
    if is_suggestion:
        places.insert(0, make_suggestion(report))
    return [
        _make_choice(report, number, place, is_suggestion=is_suggestion and number == 1)
        for number, place in enumerate(places[:CHOICES_MOST], 1)
    ]


def _make_choice(
    report: Row[Any], number: int, place: Mapping[str, Any], *, is_suggestion: bool = False, is_named: bool = False
) -> PlaceChoice:
    lat, lon = float(place["lat"]), float(place["lon"])
    is_here = report.lat is not None and distance_m(lat, lon, report.lat, report.lon) < _SAME_M
    is_pinned = is_here and report.location_source == LocationSource.PIN
    return PlaceChoice(
        number, str(place.get("name") or ""), str(place.get("kind") or ""), lat, lon, float(place["radius_m"]),
        place.get("confidence"), read_reasons(place.get("reasons")),
        is_suggestion=is_suggestion, is_pinned=is_pinned, is_named=is_named,
    )  # fmt: skip


def choose_place(
    connection: Connection,
    report_id: int,
    account_id: int,
    *,
    number: int,
    at: tuple[float, float] | None = None,
    is_confirmed: bool = True,
) -> bool:
    """Set the pin at the place of that number. Returns whether that was the suggestion, which is confirmed by it.

    Both become learned placements. `at` is the point (lat, lon) that the moderator saw under that number. Raises
    InputRefused for a number that is not there, ChangeRefused when the number means another place by now, and the
    errors of `move_pin`.
    """
    choice = _get_choice(connection, report_id, number)
    if at is not None and not distance_m(*at, choice.lat, choice.lon) < _SAME_M:
        raise ChangeRefused("the place of that number has changed")
    kind = DecisionKind.CONFIRM_PLACE if choice.is_suggestion else DecisionKind.MOVE_PIN
    pin = {"lat": choice.lat, "lon": choice.lon, "radius_m": choice.radius_m}
    move_pin(connection, report_id, account_id, kind=kind, is_confirmed=is_confirmed, **pin)
    return choice.is_suggestion


def _get_choice(connection: Connection, report_id: int, number: int) -> PlaceChoice:
    lock_linking_of(connection, report_id)
    query = select(
        func.ST_Y(Report.point).label("lat"), func.ST_X(Report.point).label("lon"), Report.radius_m,
        Report.place_confidence, Report.location_source, Report.gazetteer_name, Report.location_reasons,
        Report.alternatives, Report.id, Report.campaign_id, Report.text,
    ).where(Report.id == report_id).with_for_update()  # fmt: skip
    row = connection.execute(query).first()
    if row is None:
        raise ReportUnknown
    choices = list_choices(row)
    if number > len(choices):
        choices = list_places(connection, row).choices
    if not 1 <= number <= len(choices):
        raise InputRefused("number")
    return choices[number - 1]
