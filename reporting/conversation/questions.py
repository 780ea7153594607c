"""The questions we ask people, one open at a time: the state of a conversation, kept in the database.

What was asked carries the choices it was asked with, so that its answer is read the same way after a change of the
campaign's definition.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, exists, func, insert, select, text, update

from reporting.incidents.solved_question import SOLVED_KIND
from reporting.models.base import now
from reporting.models.message import Question
from reporting.models.states import QuestionOutcome, ReportState

# How long after its end an answer that cannot mean anything else still counts: people find their phone days later.
LATE_ANSWER = timedelta(days=7)
GOES_ON = timedelta(hours=2)
_CLOCKS_APART = timedelta(minutes=10)


class QuestionKind(StrEnum):
    """What a question is about."""

    PLACE = "place"  # where is it
    WHICH_PLACE = "which_place"  # which of these places
    FORM = "form"  # a question of the campaign's form, by its code
    SEX = "sex"
    AGE_BAND = "age_band"
    OFFER_SERIES = "offer_series"  # whether the six questions on daily activities may be asked
    DIFFICULTY = "difficulty"  # one of them, by its domain
    AFFECTED = "affected"  # whom the report is about
    AFFECTED_NUMBER = "affected_number"
    AFFECTED_SEX = "affected_sex"
    AFFECTED_AGE = "affected_age"
    AFFECTED_DIFFICULTY = "affected_difficulty"
    FORGET = "forget"
    LANGUAGE = "language"
    SOLVED = SOLVED_KIND  # whether what they reported is solved, as we were told; its code is the update
    MODERATOR = "moderator"  # what a moderator wrote about a report


PLACE_KINDS = frozenset({QuestionKind.PLACE, QuestionKind.WHICH_PLACE})
# Two choices, of which the first is a yes.
YES_NO_KINDS = frozenset(
    {QuestionKind.OFFER_SERIES, QuestionKind.AFFECTED_DIFFICULTY, QuestionKind.FORGET, QuestionKind.SOLVED}
)
# What is asked about the sender.
PERSON_KINDS = frozenset({QuestionKind.SEX, QuestionKind.AGE_BAND, QuestionKind.OFFER_SERIES, QuestionKind.DIFFICULTY})


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A question that waits for its answer.

    A choice has `words` (every way to say it) and either a `code` or a place: name, lat, lon, radius_m. `topic_id`,
    `is_located` and `said` (its text) are of the report it is about.
    """

    id: int
    report_id: int | None
    kind: QuestionKind
    code: str | None
    choices: list[dict[str, Any]]
    is_late: bool
    reminders: int
    limits: tuple[float | None, float | None] | None = None  # of a number
    topic_id: int | None = None
    is_located: bool = False
    said: str = ""
    about_since: datetime | None = None  # when what it is about was written; None: whenever
    is_decided: bool = False  # its report is: nobody looks for answers there any more

    def may_be_answered_at(self, written_at: datetime) -> bool:
        """Whether something written then can be its answer; clocks of phones and gateways are some minutes off.

        What follows a report may be one before we asked: "near Lalitpur" in a second text, while we had a backlog.
        """
        return self.about_since is None or written_at >= self.about_since - _CLOCKS_APART

    @property
    def has_choices(self) -> bool:
        """Whether one of several things is to be chosen."""
        return bool(self.choices) and "words" in self.choices[0]


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question of a report's conversation so far; `outcome` is None while it waits."""

    id: int
    kind: QuestionKind
    code: str | None
    outcome: str | None


@dataclass(frozen=True, slots=True)
class NewQuestion:
    """A question to be asked. One that takes a number has `limits`, each of which may be missing."""

    kind: QuestionKind
    code: str | None = None
    choices: list[dict[str, Any]] = field(default_factory=list)
    limits: tuple[float | None, float | None] | None = None


_OPEN = text(
    f"""
    SELECT DISTINCT ON (question.contact_id)
           question.contact_id, question.id, question.report_id, question.kind, question.code, question.choices,
           question.expires_at <= now() AS is_late, question.reminders, report.topic_id,
           report.point IS NOT NULL AND coalesce(report.place_confidence, 0) >= 0.5 AS is_located,
           coalesce(report.text, '') AS said,
           coalesce(report.state, '{ReportState.QUEUED}') <> '{ReportState.QUEUED}' AS is_decided,
           CASE WHEN question.kind IN ('{QuestionKind.MODERATOR}', '{QuestionKind.SOLVED}') THEN question.asked_at
                ELSE coalesce(report.reported_at, question.asked_at) END AS about_since
      FROM question LEFT JOIN report ON report.id = question.report_id
     WHERE question.contact_id = ANY(:contact_ids) AND question.answered_at IS NULL AND question.outcome IS NULL
       AND (CAST(:kind AS text) IS NULL OR question.kind = :kind)
       AND question.expires_at > now() - :late
     ORDER BY question.contact_id, question.id DESC
    """
)


def list_open_questions(
    connection: Connection, contact_ids: Iterable[int], kind: QuestionKind | None = None
) -> dict[int, OpenQuestion]:
    """List the latest question (of a kind) by contact that waits for its answer.

    One that ended some days ago is among them (`is_late`).
    """
    ids = list(contact_ids)
    if not ids:
        return {}
    rows = connection.execute(_OPEN, {"contact_ids": ids, "late": LATE_ANSWER, "kind": kind})
    return {row.contact_id: _from_row(row) for row in rows}


def _from_row(row: Any) -> OpenQuestion:
    choices = list(row.choices)
    limits = None
    if choices and "low" in choices[0]:
        limits, choices = (choices[0]["low"], choices[0]["high"]), []
    return OpenQuestion(
        row.id, row.report_id, QuestionKind(row.kind), row.code, choices, row.is_late, row.reminders, limits,
        row.topic_id, row.is_located, row.said, row.about_since, row.is_decided,
    )  # fmt: skip


def list_asked(connection: Connection, report_id: int) -> list[AskedQuestion]:
    """Every question that was asked about a report, in order."""
    query = (
        select(Question.id, Question.kind, Question.code, Question.outcome)
        .where(Question.report_id == report_id)
        .order_by(Question.id)
    )
    return [AskedQuestion(row.id, QuestionKind(row.kind), row.code, row.outcome) for row in connection.execute(query)]


def list_answered_demographics(connection: Connection, contact_id: int, since: datetime) -> set[QuestionKind]:
    """List the kinds of questions about a person that a contact was asked since then; nobody is each time."""
    query = (
        select(Question.kind)
        .where(Question.contact_id == contact_id, Question.asked_at > since, Question.kind.in_(PERSON_KINDS))
        .distinct()
    )
    return {QuestionKind(kind) for kind in connection.execute(query).scalars()}


@dataclass(frozen=True, slots=True)
class OpenedQuestion:
    """A question that is asked of a contact, about a report or none."""

    contact_id: int
    report_id: int | None
    question: NewQuestion
    expires_at: datetime

    @property
    def is_moderators(self) -> bool:
        """Whether a moderator asks."""
        return self.question.kind is QuestionKind.MODERATOR

    def to_row(self) -> dict[str, Any]:
        """Make the columns of the question."""
        low_high = self.question.limits
        bounds = [{"low": low_high[0], "high": low_high[1]}] if low_high is not None else []
        return {
            "contact_id": self.contact_id,
            "report_id": self.report_id,
            "kind": self.question.kind,
            "code": self.question.code,
            "choices": self.question.choices or bounds,
            "expires_at": self.expires_at,
        }


def ask(
    connection: Connection, contact_id: int, report_id: int | None, question: NewQuestion, expires_at: datetime
) -> None:
    """Open a question; the one that was open before ends without an answer."""
    open_questions(connection, [OpenedQuestion(contact_id, report_id, question, expires_at)])


def open_questions(connection: Connection, asked: Sequence[OpenedQuestion]) -> None:
    """Open questions, one of each contact; those that were open before end without an answer.

    What a moderator asked is not ended by what a machine asks, nor the other way round.
    """
    for is_moderators in (False, True):
        contact_ids = [each.contact_id for each in asked if each.is_moderators is is_moderators]
        of_kind = Question.kind == QuestionKind.MODERATOR if is_moderators else Question.kind != QuestionKind.MODERATOR
        if contact_ids:
            connection.execute(
                update(Question)
                .where(Question.contact_id == func.any(contact_ids))
                .where(Question.answered_at.is_(None), Question.outcome.is_(None), of_kind)
                .values(outcome=QuestionOutcome.SUPERSEDED)
            )
    if asked:
        connection.execute(insert(Question), [each.to_row() for each in asked])


def is_asked(connection: Connection, contact_id: int, kind: QuestionKind) -> bool:
    """Whether a question of this kind waits for the contact's answer."""
    open_ones = exists().where(
        Question.contact_id == contact_id,
        Question.kind == kind,
        Question.outcome.is_(None),
        Question.expires_at > now(),
    )
    return bool(connection.execute(select(open_ones)).scalar_one())


def close_question(connection: Connection, question_id: int, outcome: str, message_id: int | None) -> None:
    """Note that a question has come to its end."""
    connection.execute(
        update(Question)
        .where(Question.id == question_id)
        .values(answered_at=now(), answer_message_id=message_id, outcome=outcome)
    )


def end_soon(connection: Connection, question_id: int) -> None:
    """Note that a moderator has their answer; what is written in the next hours goes on with it."""
    ends_at = func.least(Question.expires_at, func.now() + GOES_ON)
    connection.execute(update(Question).where(Question.id == question_id).values(expires_at=ends_at))


def set_outcome(connection: Connection, question_ids: Sequence[int], outcome: str) -> None:
    """Change what became of questions, as BACK does."""
    connection.execute(update(Question).where(Question.id.in_(question_ids)).values(outcome=outcome))


def record_reminder(connection: Connection, question_id: int) -> None:
    """Note that a question was repeated, since its answer could not be read."""
    connection.execute(
        update(Question).where(Question.id == question_id).values(reminders=Question.reminders + 1, asked_at=func.now())
    )
