"""Locate a report by what its sender tells later, unless a moderator has already decided or set a pin."""

from typing import Any, Final

from sqlalchemy import Connection, select

from geo.reasons import LocationSource, Reason, ReasonCode
from geo.types import GUESS_BELOW, Location
from reporting.extraction.reader import TextAnalyser
from reporting.incidents.linking import relink
from reporting.incidents.lock import lock_linking
from reporting.models.report import QUEUED, Report
from reporting.reports.create import set_place

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


def place_by_words(connection: Connection, reader: TextAnalyser, report_id: int, told: str, said_before: str) -> bool:
    """Locate a report by the words of the answer (`told`), then by earlier words. Returns whether it is located now."""
    location = reader.locator.locate(told, said_before)
    return location is not None and _set(connection, reader, report_id, location) and not location.is_guess


def place_chosen(connection: Connection, reader: TextAnalyser, report_id: int, choice: dict[str, Any]) -> bool:
    """Locate a report at the place that its sender chose among those offered."""
    location = Location(
        choice["lat"], choice["lon"], choice["radius_m"], _CHOSEN_CONFIDENCE, _CHOSEN, (),
        choice["words"][-1], source=LocationSource.CHOICE,
    )  # fmt: skip
    return _set(connection, reader, report_id, location)


def place_position(
    connection: Connection, reader: TextAnalyser, report_id: int, point: tuple[float, float], accuracy_m: float | None
) -> bool:
    """Locate a report at the position that a phone sent. `accuracy_m` is the phone's own radius in metres."""
    return _set(connection, reader, report_id, locate_position(point, accuracy_m))


def _set(connection: Connection, reader: TextAnalyser, report_id: int, location: Location) -> bool:
    lock_linking(connection, reader.campaign_id)
    query = select(Report.state, Report.location_source).where(Report.id == report_id).with_for_update(key_share=True)
    report = connection.execute(query).one()
    if report.state != QUEUED or report.location_source == LocationSource.PIN:
        return False
    set_place(connection, reader.campaign_id, report_id, location)
    relink(connection, [report_id])
    return True
