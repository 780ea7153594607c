"""The second reading: handed out to somebody else than the first reader, who gives a verdict without seeing theirs."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, Row, func, select, text, update

from reporting.models.campaign import Topic
from reporting.models.second_reading import SecondReading
from reporting.models.states import DECIDED, DecisionKind, ReadingChoice, ReportState
from reporting.moderation.access_log import record_access
from reporting.moderation.decision_log import OpenReport, append_decision, open_report
from reporting.moderation.decisions import REJECT_REASONS, apply_state, set_topic
from reporting.moderation.desk.lease import LEASE_S
from reporting.moderation.errors import ChangeRefused, InputRefused, OwnReading, ReportUnknown
from reporting.moderation.report.form_answers import AnswerView, list_answers

_KNOWN: Final = frozenset({ReportState.APPROVED, ReportState.REJECTED})
# A sampled report is not handed out to whoever touched it, or saw its page after it was decided on. The page of a
# report whose verdict is held does not tell it. Whoever has leased the reading is past these questions.
_ELIGIBLE: Final = f"""
      FROM second_reading AS reading JOIN report ON report.id = reading.report_id
     WHERE reading.campaign_id = :campaign_id AND reading.settled_at IS NULL AND reading.second_at IS NULL
       AND reading.first_account_id IS DISTINCT FROM :account_id AND report.purged_at IS NULL
       AND (NOT report.is_sensitive OR :sees_restricted)
       AND (reading.leased_by = :account_id OR reading.leased_until IS NULL OR reading.leased_until <= now())
       AND (reading.chosen_by = '{ReadingChoice.SENSITIVE}' OR report.state = reading.first_verdict)
       AND (reading.leased_by = :account_id OR reading.chosen_by = '{ReadingChoice.SENSITIVE}' OR NOT (
            EXISTS (SELECT FROM decision
                     WHERE decision.report_id = report.id AND decision.account_id = :account_id)
            OR EXISTS (SELECT FROM access_log
                        WHERE access_log.report_id = report.id AND access_log.account_id = :account_id
                          AND access_log.looked_at >= reading.first_at)))
"""
_CLAIM = text(
    f"""
    UPDATE second_reading SET leased_by = :account_id, leased_until = now() + make_interval(secs => :lease_s)
     WHERE id = (SELECT reading.id {_ELIGIBLE} AND reading.id <> :after_id
                  ORDER BY coalesce(reading.leased_by = :account_id AND reading.leased_until > now(), false) DESC,
                           report.is_sensitive DESC, reading.id
                  LIMIT 1 FOR UPDATE OF reading SKIP LOCKED)
    RETURNING id
    """
)
_COUNT = text(f"SELECT count(*) {_ELIGIBLE}")
_GIVE_BACK = text(
    "UPDATE second_reading SET leased_by = NULL, leased_until = NULL"
    " WHERE id = :id AND leased_by = :account_id AND second_at IS NULL"
)
_OWN = text(
    """
    SELECT id FROM second_reading WHERE report_id = :report_id AND leased_by = :account_id AND leased_until > now()
       AND second_at IS NULL
    """
)
_READ = text(
    """
    SELECT reading.*, report.text, report.language, report.reported_at, report.answers, report.is_sensitive,
           report.reference, first_topic.code AS first_topic, second_topic.code AS second_topic
      FROM second_reading AS reading
      JOIN report ON report.id = reading.report_id
      LEFT JOIN topic AS first_topic ON first_topic.id = reading.first_topic_id
      LEFT JOIN topic AS second_topic ON second_topic.id = reading.second_topic_id
     WHERE reading.id = :id AND reading.campaign_id = :campaign_id AND (NOT report.is_sensitive OR :sees_restricted)
    """
)
_DISPUTED = text(
    f"""
    SELECT reading.id, report.reference, reading.second_at, report.is_sensitive
      FROM second_reading AS reading JOIN report ON report.id = reading.report_id
     WHERE reading.campaign_id = :campaign_id AND reading.settled_at IS NULL AND reading.second_at IS NOT NULL
       AND reading.first_account_id IS DISTINCT FROM :account_id AND reading.second_account_id <> :account_id
       AND CASE WHEN report.is_sensitive THEN :sees_restricted ELSE :supervises END
       AND (reading.chosen_by = '{ReadingChoice.SENSITIVE}' OR report.state IN {DECIDED})
     ORDER BY report.is_sensitive DESC, reading.id LIMIT :limit
    """
)
_LISTED: Final = 100


class Outcome(StrEnum):
    """What a second reading brought."""

    AGREED = "agreed"
    DISPUTED = "disputed"  # a third reader settles it


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a reader decides: a state, for a rejection its reason, else the code of the topic, empty where none fits."""

    state: str
    reason: str = ""
    topic: str = ""


@dataclass(frozen=True, slots=True)
class ReadingView:
    """What a second reader sees of a report: what its sender wrote, and nothing that anybody did with it."""

    id: int
    report_id: int
    text: str
    language: str | None
    reported_at: datetime
    is_sensitive: bool
    answers: list[AnswerView]


@dataclass(frozen=True, slots=True)
class DisputeView:
    """What a third reader sees: the report, and both verdicts."""

    reading: ReadingView
    reference: str
    first: Verdict
    second: Verdict


@dataclass(frozen=True, slots=True)
class Dispute:
    """A report on which two readers disagree, in a list."""

    id: int
    reference: str
    second_at: datetime
    is_sensitive: bool


def claim_next(
    connection: Connection, campaign_id: int, account_id: int, *, sees_restricted: bool, after_id: int = 0
) -> int | None:
    """Lease the next reading to an account and return its id; None where nothing waits for this account.

    Its own lease comes first, then sensitive reports, whose verdict is held, then the oldest. `after_id` is passed
    over.
    """
    values = _name_reader(campaign_id, account_id, sees_restricted) | {"lease_s": LEASE_S, "after_id": after_id}
    found = connection.execute(_CLAIM, values).scalar()
    return None if found is None else int(found)


def count_readable(connection: Connection, campaign_id: int, account_id: int, *, sees_restricted: bool) -> int:
    """Count the readings that wait for this account, or that anybody like it may take."""
    return int(connection.execute(_COUNT, _name_reader(campaign_id, account_id, sees_restricted)).scalar_one())


def give_reading_back(connection: Connection, reading_id: int, account_id: int) -> None:
    """End the account's own lease of a reading."""
    connection.execute(_GIVE_BACK, {"id": reading_id, "account_id": account_id})


def find_own_reading(connection: Connection, report_id: int, account_id: int) -> int | None:
    """Find the reading of a report that the account has leased and not finished: its page must not show the verdict."""
    found = connection.execute(_OWN, {"report_id": report_id, "account_id": account_id}).scalar()
    return None if found is None else int(found)


def show_reading(
    connection: Connection, campaign_id: int, reading_id: int, account_id: int, *, sees_restricted: bool
) -> ReadingView:
    """Show the report of a reading that the account has leased, and log the access. Raises ReportUnknown."""
    row = _find(connection, campaign_id, reading_id, sees_restricted)
    if row.leased_by != account_id or row.second_at is not None:
        raise ReportUnknown
    return _view(connection, row, account_id)


def give_second_verdict(
    connection: Connection, campaign_id: int, reading_id: int, account_id: int, verdict: Verdict, *,
    sees_restricted: bool,
) -> Outcome:  # fmt: skip
    """Record the second reader's verdict. Where both agree it is settled, and a held verdict counts from now on.

    Raises ReportUnknown, InputRefused, LeaseHeldByOther, and ChangeRefused where another account took the reading.
    """
    row = _find(connection, campaign_id, reading_id, sees_restricted)
    report = open_report(connection, row.report_id, account_id)
    topic_id = _check(connection, campaign_id, verdict)
    is_own = (SecondReading.leased_by == account_id) & SecondReading.second_at.is_(None)
    change = (
        update(SecondReading)
        .where(SecondReading.id == reading_id, is_own, SecondReading.settled_at.is_(None))
        .values(
            second_account_id=account_id, second_verdict=verdict.state, second_reason=verdict.reason or None,
            second_topic_id=topic_id, second_at=func.now(), leased_by=None, leased_until=None,
        )
    )  # fmt: skip
    if connection.execute(change).rowcount == 0:
        raise ChangeRefused
    append_decision(connection, report, account_id, DecisionKind.SECOND_READING)
    is_same_topic = verdict.state == ReportState.REJECTED or topic_id == row.first_topic_id
    if verdict.state != row.first_verdict or not is_same_topic:
        return Outcome.DISPUTED
    _settle(connection, reading_id, verdict.state, None)
    if row.chosen_by == ReadingChoice.SENSITIVE:
        note = row.first_note or ""
        apply_state(connection, report, account_id, ReportState(verdict.state), reason=row.first_reason, note=note)
    return Outcome.AGREED


def list_disputes(
    connection: Connection, campaign_id: int, account_id: int, *, sees_restricted: bool, supervises: bool
) -> list[Dispute]:
    """List what this account may settle: ordinary reports as a supervisor, sensitive ones as safeguarding."""
    values = _name_reader(campaign_id, account_id, sees_restricted) | {"supervises": supervises, "limit": _LISTED}
    return [Dispute(*row) for row in connection.execute(_DISPUTED, values)]


def show_dispute(
    connection: Connection, campaign_id: int, reading_id: int, account_id: int, *, sees_restricted: bool,
    supervises: bool,
) -> DisputeView:  # fmt: skip
    """Show both verdicts on a report to a third reader, and log the access. Raises ReportUnknown, OwnReading."""
    row = _find_disputed(connection, campaign_id, reading_id, account_id, sees_restricted, supervises)
    first = Verdict(row.first_verdict, row.first_reason or "", row.first_topic or "")
    second = Verdict(row.second_verdict, row.second_reason or "", row.second_topic or "")
    return DisputeView(_view(connection, row, account_id), row.reference, first, second)


def settle(
    connection: Connection, campaign_id: int, reading_id: int, account_id: int, verdict: Verdict, *,
    sees_restricted: bool, supervises: bool,
) -> None:  # fmt: skip
    """Settle a disagreement by a third reader's verdict, which is what counts from now on.

    Raises ReportUnknown, OwnReading, InputRefused, LeaseHeldByOther, and ChangeRefused where it was settled already.
    """
    row = _find_disputed(connection, campaign_id, reading_id, account_id, sees_restricted, supervises)
    report = open_report(connection, row.report_id, account_id, moves_links=True)
    topic_id = _check(connection, campaign_id, verdict)
    if not _settle(connection, reading_id, verdict.state, account_id):
        raise ChangeRefused
    append_decision(connection, report, account_id, DecisionKind.SETTLE_READINGS)
    _apply(connection, report, account_id, verdict, topic_id)


def _apply(connection: Connection, report: OpenReport, account_id: int, verdict: Verdict, topic_id: int | None) -> None:
    """Make the report what the third reader decided, as far as it is something else."""
    if topic_id is not None and topic_id != report.topic_id:
        set_topic(connection, report.id, account_id, topic_code=verdict.topic)
    if report.state != verdict.state:
        apply_state(connection, report, account_id, ReportState(verdict.state), reason=verdict.reason or None)


def _settle(connection: Connection, reading_id: int, state: str, account_id: int | None) -> bool:
    is_open = (SecondReading.id == reading_id) & SecondReading.settled_at.is_(None)
    # The note of a held rejection is in the decision log from now on, and goes with that.
    values = {"settled_by": account_id, "settled_verdict": state, "settled_at": func.now(), "first_note": None}
    return connection.execute(update(SecondReading).where(is_open).values(values)).rowcount > 0


def _find(connection: Connection, campaign_id: int, reading_id: int, sees_restricted: bool) -> Row[Any]:
    values = {"id": reading_id, "campaign_id": campaign_id, "sees_restricted": sees_restricted}
    row = connection.execute(_READ, values).first()
    if row is None:
        raise ReportUnknown
    return row


def _find_disputed(
    connection: Connection, campaign_id: int, reading_id: int, account_id: int, sees_restricted: bool, supervises: bool
) -> Row[Any]:
    row = _find(connection, campaign_id, reading_id, sees_restricted)
    if row.second_at is None or row.settled_at is not None or not (row.is_sensitive or supervises):
        raise ReportUnknown
    if account_id in (row.first_account_id, row.second_account_id):
        raise OwnReading
    return row


def _view(connection: Connection, row: Row[Any], account_id: int) -> ReadingView:
    record_access(connection, account_id, [row.report_id], details_of=row.report_id)
    answers = list_answers(connection, row.campaign_id, row.answers)
    return ReadingView(row.id, row.report_id, row.text, row.language, row.reported_at, row.is_sensitive, answers)


def _check(connection: Connection, campaign_id: int, verdict: Verdict) -> int | None:
    """Check a verdict, and return the id of its topic; None of a rejection, and where none fits.

    Raises InputRefused.
    """
    if verdict.state not in _KNOWN:
        raise InputRefused("verdict")
    if verdict.state == ReportState.REJECTED:
        if verdict.reason not in REJECT_REASONS:
            raise InputRefused("reason")
        return None
    if not verdict.topic:
        return None
    topics = select(Topic.id).where(Topic.campaign_id == campaign_id, Topic.code == verdict.topic)
    found = connection.execute(topics).scalar()
    if found is None:
        raise InputRefused("topic")
    return int(found)


def _name_reader(campaign_id: int, account_id: int, sees_restricted: bool) -> dict[str, Any]:
    return {"campaign_id": campaign_id, "account_id": account_id, "sees_restricted": sees_restricted}
