"""Learned placements from reports: the place's name on the first line of the text, the report's words below."""

from typing import Any

from sqlalchemy import Connection, Row, func, select

from geo.learned_placements import FROM_MODERATOR, add_placement, delete_placements
from geo.plausibility import is_far_outside
from geo.reasons import LocationSource
from reporting.models.report import Report
from reporting.reports.create import PLACE


def make_placement_text(place: object, said: str) -> str:
    """Make the text of a learned placement; "" where both parts are empty.

    A place written in several lines is one name.
    """
    name = " ".join(place.split()) if isinstance(place, str) else ""
    return "\n".join(part for part in (name, said.strip()) if part)


def learn_from_pin(connection: Connection, report_id: int) -> None:
    """Update the learned placement of a report from its moderator's pin.

    The placement is deleted where the report has no pin or no words, is sensitive, or where the pin lies far outside of
    all places of the campaign: later reports would be located there by mistake.
    """
    query = select(
        Report.campaign_id, Report.text, Report.answers, Report.is_sensitive, Report.location_source, Report.radius_m,
        func.ST_Y(Report.point).label("lat"), func.ST_X(Report.point).label("lon"),
    ).where(Report.id == report_id)  # fmt: skip
    report = connection.execute(query).one()
    words = make_placement_text(report.answers.get(PLACE), report.text)
    if (
        not words
        or report.is_sensitive
        or report.location_source != LocationSource.PIN
        or _is_astray(connection, report)
    ):
        delete_placements(connection, report.campaign_id, FROM_MODERATOR, str(report_id))
        return
    pin: dict[str, Any] = {"lat": report.lat, "lon": report.lon, "radius_m": report.radius_m}
    add_placement(connection, report.campaign_id, words, **pin, source=FROM_MODERATOR, source_id=str(report_id))


def _is_astray(connection: Connection, report: Row[Any]) -> bool:
    return is_far_outside(connection, report.campaign_id, report.lat, report.lon)
