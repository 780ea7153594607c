"""Whether an incident is solved, as its reporters say: who is asked, and what they answered.

Each reporter is asked once about an incident, with the text that tells them that it is solved. Nobody is asked while
another question waits for their answer, nor who told something sensitive lately, nor about a topic that is urgent or
sensitive: they are told, and left in peace.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, text

from reporting.models.states import QuestionOutcome

SOLVED_KIND: Final = "solved"  # of the question; its code is the id of the update
YES, NO = 0, 1  # of its choices
_CHOICES: Final = json.dumps([{"code": "yes", "words": []}, {"code": "no", "words": []}])
_MAY_BE_ASKED: Final = text(
    f"""
    SELECT contact.id FROM unnest(CAST(:contact_ids AS bigint[])) AS contact(id)
     WHERE NOT EXISTS (SELECT FROM question WHERE question.contact_id = contact.id AND question.answered_at IS NULL
                          AND question.outcome IS NULL AND question.expires_at > now())
       AND NOT EXISTS (SELECT FROM report WHERE report.contact_id = contact.id AND report.is_sensitive
                          AND report.reported_at > now() - interval '30 days')
       AND NOT EXISTS (SELECT FROM report JOIN topic ON topic.id = report.topic_id
                        WHERE report.contact_id = contact.id AND report.incident_id = :incident_id
                          AND (topic.is_urgent OR topic.sensitivity IN ('high', 'severe')))
       AND NOT EXISTS (SELECT FROM question JOIN report ON report.id = question.report_id
                        WHERE question.contact_id = contact.id AND question.kind = '{SOLVED_KIND}'
                          AND report.incident_id = :incident_id)
    """
)
_ASK: Final = text(
    f"""
    WITH asked AS (
        UPDATE update_recipient SET is_asked = true
         WHERE update_id = :update_id AND contact_id = ANY(CAST(:contact_ids AS bigint[])))
    INSERT INTO question (contact_id, report_id, kind, code, choices, expires_at)
    SELECT asked.contact_id, asked.report_id, '{SOLVED_KIND}', CAST(:update_id AS text), CAST(:choices AS jsonb),
           now() + interval '7 days'
      FROM unnest(CAST(:contact_ids AS bigint[]), CAST(:report_ids AS bigint[])) AS asked(contact_id, report_id)
    """
)
_END: Final = text(
    f"""
    UPDATE question SET outcome = '{QuestionOutcome.SUPERSEDED}' FROM update_recipient AS asked
     WHERE asked.update_id = :update_id AND asked.is_asked AND question.contact_id = asked.contact_id
       AND question.kind = '{SOLVED_KIND}' AND question.code = CAST(:update_id AS text) AND question.outcome IS NULL
    """
)
_ANSWER: Final = text(
    "UPDATE update_recipient SET is_solved = :is_solved WHERE update_id = :update_id AND contact_id = :contact_id"
)
_COUNT: Final = text(
    """
    SELECT count(*) AS asked, count(*) FILTER (WHERE is_solved) AS solved,
           count(*) FILTER (WHERE NOT is_solved) AS disputed
      FROM update_recipient WHERE update_id = :update_id AND is_asked
    """
)


@dataclass(frozen=True, slots=True)
class SolvedAnswers:
    """How many reporters were asked whether an incident is solved, and how many of them say yes and no."""

    asked: int
    solved: int
    disputed: int


def list_who_may_be_asked(connection: Connection, incident_id: int, contact_ids: Sequence[int]) -> set[int]:
    """List those of these reporters of an incident who may be asked whether it is solved."""
    values = {"incident_id": incident_id, "contact_ids": list(contact_ids)}
    return set(connection.execute(_MAY_BE_ASKED, values).scalars())


def open_solved_questions(connection: Connection, update_id: int, asked: Sequence[tuple[int, int]]) -> None:
    """Open the question of each contact, about a report of theirs; they are recipients of the update."""
    if asked:
        contact_ids, report_ids = zip(*asked, strict=True)
        values = {"contact_ids": list(contact_ids), "report_ids": list(report_ids), "choices": _CHOICES}
        connection.execute(_ASK, values | {"update_id": update_id})


def end_solved_questions(connection: Connection, update_id: int) -> None:
    """End the questions of an update that was withdrawn."""
    connection.execute(_END, {"update_id": update_id})


def record_solved_answer(connection: Connection, update_id: int, contact_id: int, *, is_solved: bool) -> None:
    """Record what a reporter said."""
    connection.execute(_ANSWER, {"update_id": update_id, "contact_id": contact_id, "is_solved": is_solved})


def count_solved_answers(connection: Connection, update_id: int) -> SolvedAnswers:
    """Count the answers to an update, for moderators: in public they are figures with noise."""
    return SolvedAnswers(*connection.execute(_COUNT, {"update_id": update_id}).one())
