"""Division of a report whose text tells of two incidents into two reports, and the undo of it.

Both reports come from the same message and the same sender, and are about the same people: each counts once. Each
report has its own reference, place and topic, and a moderator decides on each. The pair is stored as unlinked, so that
no machine links the two again.
"""

from typing import Any, Final

from sqlalchemy import Connection, func, insert, select

from reporting.incidents.linking import relink
from reporting.models.account import Decision
from reporting.models.campaign import Topic
from reporting.models.report import Incident, Link, Report
from reporting.models.states import DecisionKind, LinkState, ReportState
from reporting.moderation.decision_log import OpenReport, append_decision, change_report, open_report
from reporting.moderation.errors import ChangeRefused, InputRefused
from reporting.moderation.report.place_choices import list_places
from reporting.reports import location_columns
from reporting.reports.affected_store import copy_affected
from reporting.reports.create import make_reference
from reporting.reports.profile_store import copy_profile

SECOND: Final = "second_id"  # the key in a decision's `after`
AS_IT_IS: Final = 0  # the second report has the place of the first one
NOWHERE: Final = -1

# Columns that both reports share: sender, time and text.
_SHARED: Final = (
    Report.campaign_id, Report.source, Report.message_id, Report.contact_id, Report.text, Report.text_key,
    Report.language, Report.language_confidence, Report.occurred_at, Report.occurred_precision_s, Report.reported_at,
    Report.duplicate_burst_id, Report.is_sensitive, Report.sensitive_reason, Report.account_id, Report.browser_hash,
)  # fmt: skip
_WHERE: Final = (
    Report.point, Report.radius_m, Report.place_confidence, Report.location_source, Report.gazetteer_name,
    Report.location_reasons, Report.area_codes, Report.alternatives,
)  # fmt: skip


def divide(connection: Connection, report_id: int, account_id: int, *, topic_code: str, place: int = AS_IT_IS) -> int:
    """Add a second report for the other incident in the text, and return its id.

    It waits in the queue as a new report does. `topic_code` is the topic of the second report, "" where it is unknown.
    `place` is the number of a place of the first report, AS_IT_IS or NOWHERE. Raises InputRefused for an unknown topic
    or place, ChangeRefused where both topic and place would be the same.
    """
    report = open_report(connection, report_id, account_id, moves_links=True)
    topic_id = _find_topic(connection, report, topic_code)
    where = _find_place(connection, report, place)
    if topic_id == report.topic_id and where is None:
        raise ChangeRefused
    told = connection.execute(select(Report.other_topics, Report.other_places).where(Report.id == report.id)).one()
    second_id, reference = _add_second(connection, report, topic_id, where)
    copy_affected(connection, report.id, second_id)
    copy_profile(connection, report.id, second_id)
    change_report(connection, report.id, other_topics=[], other_places=[])
    values = {"report_id": second_id, "candidate_id": report.id, "score": 0.0, "reasons": [{"kind": "person"}]}
    connection.execute(insert(Link).values(**values, state=LinkState.UNLINKED))
    before = {"other_topics": told.other_topics, "other_places": told.other_places}
    append_decision(
        connection,
        report,
        account_id,
        DecisionKind.DIVIDE,
        before=before,
        after={SECOND: second_id, "second": reference},
    )
    second = open_report(connection, second_id, account_id)
    append_decision(
        connection, second, account_id, DecisionKind.DIVIDE, after={"first": get_reference(connection, report.id)}
    )
    relink(connection, [second_id])
    return second_id


def join_again(connection: Connection, report: OpenReport, account_id: int, decision_id: int) -> dict[str, Any]:
    """Undo a division: reject the second report without a notification, and restore the hints of the first one.

    Returns the values for the decision log. Raises ChangeRefused where the second report was already decided on.
    """
    before, after = get_division(connection, report.id, decision_id)
    second = open_report(connection, after[SECOND], account_id)
    if second.state != ReportState.QUEUED:
        raise ChangeRefused
    change_report(connection, second.id, state=ReportState.REJECTED, leased_by=None, leased_until=None)
    change_report(connection, report.id, **before)
    append_decision(
        connection,
        second,
        account_id,
        DecisionKind.REJECT,
        before={"state": ReportState.QUEUED},
        after={"state": ReportState.REJECTED},
    )
    return {SECOND: second.id}


def get_division(connection: Connection, report_id: int, decision_id: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Get the recorded values of a division, before and after.

    Raises ChangeRefused unless it is a division of this report.
    """
    query = select(Decision.before, Decision.after).where(
        Decision.id == decision_id, Decision.report_id == report_id, Decision.kind == DecisionKind.DIVIDE
    )
    row = connection.execute(query).one_or_none()
    if row is None or SECOND not in row.after:
        raise ChangeRefused
    return row.before, row.after


def is_second_open(connection: Connection, second_id: int) -> bool:
    """Return whether the second report of a division still waits for a decision."""
    return connection.execute(select(Report.state).where(Report.id == second_id)).scalar() == ReportState.QUEUED


def _find_topic(connection: Connection, report: OpenReport, code: str) -> int | None:
    if not code:
        return None
    query = select(Topic.id).where(Topic.campaign_id == report.campaign_id, Topic.code == code)
    found = connection.execute(query).scalar()
    if found is None:
        raise InputRefused("topic")
    return found


def _find_place(connection: Connection, report: OpenReport, number: int) -> dict[str, Any] | None:
    """Return the location columns of the place of that number.

    Returns None where the second report keeps the place of the first one.
    """
    if number == AS_IT_IS:
        return None
    if number == NOWHERE:
        return dict(location_columns.NOWHERE) if report.lat is not None else None
    query = select(
        Report.id, Report.campaign_id, Report.text, Report.radius_m, Report.place_confidence,
        Report.location_source, Report.gazetteer_name, Report.location_reasons, Report.alternatives,
        func.ST_Y(Report.point).label("lat"), func.ST_X(Report.point).label("lon"),
    ).where(Report.id == report.id)  # fmt: skip
    choices = list_places(connection, connection.execute(query).one()).choices
    if not 1 <= number <= len(choices):
        raise InputRefused("place")
    choice = choices[number - 1]
    is_here = choice.is_pinned or choice.is_suggestion
    if is_here:
        return None
    # A moderator chose this place. The text names two places, so nothing is learned from it.
    point = {"lat": choice.lat, "lon": choice.lon, "radius_m": choice.radius_m}
    return location_columns.make_pin_columns(connection, report.campaign_id, **point) | {"alternatives": []}


def _add_second(
    connection: Connection, report: OpenReport, topic_id: int | None, where: dict[str, Any] | None
) -> tuple[int, str]:
    row = connection.execute(select(*_SHARED, *_WHERE, Report.source_id).where(Report.id == report.id)).one()
    values, reference = dict(row._mapping), make_reference()
    if values["source_id"] is not None:  # the source's id stays with the first report
        values["source_id"] = f"{values['source_id']}#{reference}"
    values |= where or {}
    values |= {"topic_id": topic_id, "topic_confidence": None if topic_id is None else 1.0, "reference": reference}
    incident = insert(Incident).values(campaign_id=report.campaign_id, topic_id=topic_id).returning(Incident.id)
    values["incident_id"] = connection.execute(incident).scalar_one()
    return int(connection.execute(insert(Report).values(values).returning(Report.id)).scalar_one()), reference


def get_reference(connection: Connection, report_id: int) -> str:
    """Get the reference of a report."""
    return str(connection.execute(select(Report.reference).where(Report.id == report_id)).scalar_one())
