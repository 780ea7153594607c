"""Decisions of a moderator about one report. Every act appends to the decision log in the caller's transaction.

All functions raise ReportUnknown, LeaseHeldByOther while another account holds the lease of the report, and
ChangeRefused where the report's state does not allow the act.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Connection, exists, func, select, update

from geo.plausibility import is_far_outside
from geo.reasons import LocationSource
from reporting.conversation.questions import NewQuestion, QuestionKind, ask
from reporting.incidents.linking import relink
from reporting.incidents.refresh import estimate_incidents
from reporting.models.base import now
from reporting.models.campaign import Topic
from reporting.models.report import Incident, Report
from reporting.models.states import DecisionKind, ReportState
from reporting.moderation.change_set import CHANGED, noted
from reporting.moderation.countable import check_confirmed
from reporting.moderation.decision_log import OpenReport, append_decision, change_report, open_report
from reporting.moderation.errors import InputRefused, PlaceFarOutside, ReplyRefused
from reporting.moderation.incident.status_notices import send_status_notices
from reporting.moderation.second_reading.hold import hold_verdict
from reporting.moderation.states import check_change
from reporting.outbox.outbox import queue_text
from reporting.reports.learn_place import learn_from_pin
from reporting.reports.location_columns import make_pin_columns, make_suggestion

REJECT_REASONS: Final = ("off_topic", "outside", "unclear", "false", "abuse", "spam", "test")
NOTE_LONGEST: Final = 1_000  # characters
REPLY_LONGEST: Final = 640  # characters: four segments of GSM-7, ten of UCS-2
ANSWERED_WITHIN: Final = timedelta(days=7)
RADIUS_LARGEST_M: Final = 1_000_000
_KINDS: Final[Mapping[ReportState, DecisionKind]] = {
    ReportState.APPROVED: DecisionKind.APPROVE,
    ReportState.REJECTED: DecisionKind.REJECT,
    ReportState.QUEUED: DecisionKind.REOPEN,
}


def approve(connection: Connection, report_id: int, account_id: int, *, is_confirmed: bool = True) -> bool:
    """Approve a report, so that figures may count it. Returns False where a second reader must do so first.

    A report without place or topic counts as unknown. `is_confirmed` says whether the moderator confirmed that.
    Raises ConfirmationMissing, ReadingOpen.
    """
    report = open_report(connection, report_id, account_id)
    check_change(report.state, ReportState.APPROVED)
    check_confirmed(connection, [report.id], is_confirmed=is_confirmed)
    if hold_verdict(connection, report, account_id, ReportState.APPROVED):
        return False
    apply_state(connection, report, account_id, ReportState.APPROVED)
    return True


def reject(connection: Connection, report_id: int, account_id: int, *, reason: str, note: str = "") -> bool:
    """Reject a report, so that no figure counts it. Returns False where a second reader must do so first.

    Raises InputRefused without one of REJECT_REASONS or with a note that is too long, ReadingOpen.
    """
    if reason not in REJECT_REASONS:
        raise InputRefused("reason")
    if len(note) > NOTE_LONGEST:
        raise InputRefused("note")
    report = open_report(connection, report_id, account_id)
    check_change(report.state, ReportState.REJECTED)
    if hold_verdict(connection, report, account_id, ReportState.REJECTED, reason=reason, note=note.strip()):
        return False
    apply_state(connection, report, account_id, ReportState.REJECTED, reason=reason, note=note.strip())
    return True


def reopen(connection: Connection, report_id: int, account_id: int) -> None:
    """Reopen a decided report: put it back into the queue."""
    report = open_report(connection, report_id, account_id)
    apply_state(connection, report, account_id, ReportState.QUEUED)


def move_pin(
    connection: Connection, report_id: int, account_id: int, *, lat: float, lon: float, radius_m: float,
    kind: str = DecisionKind.MOVE_PIN, is_confirmed: bool = True,
) -> None:  # fmt: skip
    """Set the pin of a report, and compare the report with others again.

    The geocoder learns the report's words and its place name, unless the report is sensitive. The machine's place is
    kept among the alternatives.

    Raises InputRefused for a point that is not on the globe or a radius that is no distance, and PlaceFarOutside for a
    point far outside of the campaign that was not confirmed. Nothing is learned from such a point.
    """
    _check_pin(lat, lon, radius_m)
    report = open_report(connection, report_id, account_id, moves_links=True)
    if not is_confirmed and is_far_outside(connection, report.campaign_id, lat, lon):
        raise PlaceFarOutside
    pin = make_pin_columns(connection, report.campaign_id, lat, lon, radius_m)
    with noted(connection, report.id) as note:
        change_report(connection, report.id, **pin, alternatives=_keep_suggestion(connection, report))
        relink(connection, [report.id])
    learn_from_pin(connection, report.id)
    before = {"lat": report.lat, "lon": report.lon, "radius_m": report.radius_m, "area_codes": report.area_codes}
    after = {"lat": lat, "lon": lon, "radius_m": radius_m, "area_codes": pin["area_codes"], CHANGED: note}
    append_decision(connection, report, account_id, kind, before=before, after=after)


def set_topic(connection: Connection, report_id: int, account_id: int, *, topic_code: str) -> None:
    """Set the topic of a report. Raises InputRefused for a topic that the campaign does not have."""
    report = open_report(connection, report_id, account_id, moves_links=True)
    topics = select(Topic.id, Topic.code).where(Topic.campaign_id == report.campaign_id)
    ids = {row.code: row.id for row in connection.execute(topics)}
    if topic_code not in ids:
        raise InputRefused("topic")
    codes = {topic_id: code for code, topic_id in ids.items()}
    with noted(connection, report.id) as note:
        change_report(connection, report.id, topic_id=ids[topic_code], topic_confidence=1.0)
        _name_lone_incident(connection, report, ids[topic_code])
        relink(connection, [report.id])
    before = {"topic": codes.get(report.topic_id) if report.topic_id is not None else None}
    append_decision(
        connection,
        report,
        account_id,
        DecisionKind.SET_TOPIC,
        before=before,
        after={"topic": topic_code, CHANGED: note},
    )


def reply(
    connection: Connection, report_id: int, account_id: int, *, text: str, respects_quiet_hours: bool = False
) -> int:
    """Queue a reply to the sender, and return its message id. With `respects_quiet_hours` it waits for their end.

    Raises InputRefused for a text that is empty or too long, ReplyRefused when the sender takes no messages.
    """
    text = text.strip()
    if not text or len(text) > REPLY_LONGEST:
        raise InputRefused("text")
    report = open_report(connection, report_id, account_id)
    if report.contact_id is None:
        raise ReplyRefused
    message_id = queue_text(
        connection,
        contact_id=report.contact_id,
        text=text,
        report_id=report.id,
        in_reply_to_id=report.message_id,
        respects_quiet_hours=respects_quiet_hours,
    )
    if message_id is None:
        raise ReplyRefused
    # The sender's next message is taken as an answer about this report, for ANSWERED_WITHIN.
    ask(connection, report.contact_id, report.id, NewQuestion(QuestionKind.MODERATOR), now() + ANSWERED_WITHIN)
    append_decision(connection, report, account_id, DecisionKind.REPLY, after={"message_id": message_id})
    return message_id


def apply_state(
    connection: Connection,
    report: OpenReport,
    account_id: int,
    state: ReportState,
    *,
    reason: str | None = None,
    note: str = "",
) -> None:
    """Give a report a state, append the decision and notify its sender; the change is checked."""
    check_change(report.state, state)
    change_report(connection, report.id, state=state, leased_by=None, leased_until=None)
    after = {"state": state, **({"note": note} if note else {})}
    before = {"state": report.state}
    append_decision(connection, report, account_id, _KINDS[state], reason=reason, before=before, after=after)
    estimate_incidents(connection, [report.incident_id])
    send_status_notices(connection, [report.id], state)


def _keep_suggestion(connection: Connection, report: OpenReport) -> list[dict[str, Any]]:
    """Return the alternatives, with the machine's place first where the report has no pin yet."""
    query = select(
        Report.alternatives, Report.location_source, Report.gazetteer_name, Report.location_reasons,
        Report.place_confidence, Report.radius_m,
        func.ST_Y(Report.point).label("lat"), func.ST_X(Report.point).label("lon"),
    ).where(Report.id == report.id)  # fmt: skip
    row = connection.execute(query).one()
    alternatives: list[dict[str, Any]] = list(row.alternatives)
    is_suggested = row.lat is not None and row.location_source != LocationSource.PIN
    return [make_suggestion(row), *alternatives] if is_suggested else alternatives


def _check_pin(lat: float, lon: float, radius_m: float) -> None:
    # `not a <= x` refuses NaN too: every comparison with NaN is false.
    if not -90 <= lat <= 90:
        raise InputRefused("lat")
    if not -180 <= lon <= 180:
        raise InputRefused("lon")
    if not 1 <= radius_m <= RADIUS_LARGEST_M:
        raise InputRefused("radius_m")


def _name_lone_incident(connection: Connection, report: OpenReport, topic_id: int) -> None:
    """Set the topic of an incident that has no other report."""
    others = exists().where(Report.incident_id == report.incident_id, Report.id != report.id)
    connection.execute(update(Incident).where(Incident.id == report.incident_id, ~others).values(topic_id=topic_id))
