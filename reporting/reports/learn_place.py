"""What placed reports teach the geocoder: the words that name the place on the first line, what was said below it."""

from typing import Any

from sqlalchemy import Connection, Row, func, select

from geo.lessons import TAUGHT_BY_MODERATOR, forget, teach
from geo.plausibility import is_far_outside
from geo.reasons import LocationSource
from reporting.models.report import Report
from reporting.reports.create import PLACE


def make_lesson_text(place: object, said: str) -> str:
    """The words of a lesson; "" where nothing was said. A place that is told in several lines is still one name."""
    name = " ".join(place.split()) if isinstance(place, str) else ""
    return "\n".join(part for part in (name, said.strip()) if part)


def learn_from_pin(connection: Connection, report_id: int) -> None:
    """Let the report's lesson be what its pin says now: none without a pin, without words, of a restricted one, or
    where the pin lies far from all that the campaign knows: later reports would be guessed there.
    """
    query = select(
        Report.campaign_id, Report.text, Report.answers, Report.is_sensitive, Report.location_source, Report.radius_m,
        func.ST_Y(Report.point).label("lat"), func.ST_X(Report.point).label("lon"),
    ).where(Report.id == report_id)  # fmt: skip
    report = connection.execute(query).one()
    words = make_lesson_text(report.answers.get(PLACE), report.text)
    if (
        not words
        or report.is_sensitive
        or report.location_source != LocationSource.PIN
        or _is_astray(connection, report)
    ):
        forget(connection, report.campaign_id, TAUGHT_BY_MODERATOR, str(report_id))
        return
    pin: dict[str, Any] = {"lat": report.lat, "lon": report.lon, "radius_m": report.radius_m}
    teach(connection, report.campaign_id, words, **pin, source=TAUGHT_BY_MODERATOR, source_id=str(report_id))


def _is_astray(connection: Connection, report: Row[Any]) -> bool:
    return is_far_outside(connection, report.campaign_id, report.lat, report.lon)
