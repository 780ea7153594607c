"""What is said about a report beyond its words: the answers to a form, and, apart from them, about the person."""

from collections.abc import Mapping
from typing import Any, Final

import orjson
from sqlalchemy import Connection, text

from reporting.conversation.demographics import AGE_BANDS, SEX_WORDS
from reporting.conversation.questions import QuestionKind

_COLUMNS: Final = {QuestionKind.SEX: "sex", QuestionKind.AGE_BAND: "age_band"}
_APART: Final = frozenset({"topic", *_COLUMNS.values()})
_ADD_ANSWERS: Final = text("UPDATE report SET answers = answers || CAST(:answers AS jsonb) WHERE id = :report_id")
_KNOWN: Final = text(
    """
    INSERT INTO report_demographics (report_id, sex, age_band, difficulty)
    SELECT report.id, known.sex, known.age_band, known.difficulty
      FROM report
      JOIN LATERAL (
           SELECT report_demographics.sex, report_demographics.age_band, report_demographics.difficulty
             FROM report_demographics JOIN report AS earlier ON earlier.id = report_demographics.report_id
            WHERE earlier.contact_id = report.contact_id AND earlier.id < report.id AND report_demographics.is_sender
            ORDER BY earlier.id DESC LIMIT 1) AS known ON true
     WHERE report.id = ANY(:report_ids)
    ON CONFLICT (report_id) DO NOTHING
    """
)


def add_answers(connection: Connection, report_id: int, answers: Mapping[str, object]) -> None:
    """Add answers to a report's form by question code; a later answer replaces an earlier one."""
    connection.execute(_ADD_ANSWERS, {"report_id": report_id, "answers": _to_json(answers)})


def copy_known_demographics(connection: Connection, report_ids: list[int]) -> None:
    """Give new reports what their senders told about themselves with an earlier one."""
    if report_ids:
        connection.execute(_KNOWN, {"report_ids": report_ids})


def set_demographic(connection: Connection, report_id: int, kind: QuestionKind, code: str | None, value: str) -> None:
    """Note one item about the person: a code of CL_SEX or CL_AGE, or an answer of 1 to 4 for a domain (`code`)."""
    if kind is QuestionKind.DIFFICULTY and code is not None:
        _set_difficulty(connection, report_id, code, int(value))
    elif kind in _COLUMNS:
        column = _COLUMNS[kind]
        statement = (
            f"INSERT INTO report_demographics (report_id, {column}) VALUES (:report_id, :value)"  # noqa: S608  # names of this file
            f" ON CONFLICT (report_id) DO UPDATE SET {column} = excluded.{column}, answered_at = now()"
        )
        connection.execute(text(statement), {"report_id": report_id, "value": value})


def clear_demographic(connection: Connection, report_id: int, kind: QuestionKind, code: str | None) -> None:
    """Forget one item again."""
    if kind is QuestionKind.DIFFICULTY and code is not None:
        statement = text("UPDATE report_demographics SET difficulty = difficulty - :code WHERE report_id = :report_id")
        connection.execute(statement, {"report_id": report_id, "code": code})
    elif kind in _COLUMNS:
        statement = text(f"UPDATE report_demographics SET {_COLUMNS[kind]} = NULL WHERE report_id = :report_id")  # noqa: S608
        connection.execute(statement, {"report_id": report_id})


def select_report_answers(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Select the answers that stand with the report: those about the person stand apart, the topic is its own."""
    return {code: value for code, value in answers.items() if code not in _APART}


def correct_form(connection: Connection, report_id: int, answers: Mapping[str, Any]) -> None:
    """Take the answers of a form that was filled in again: they replace those before, also about the person."""
    add_answers(connection, report_id, select_report_answers(answers))
    record_form_demographics(connection, report_id, answers)


def record_form_demographics(connection: Connection, report_id: int, answers: Mapping[str, Any]) -> None:
    """Note what a form told about the person; values that are no codes are left out."""
    for kind, codes in ((QuestionKind.SEX, SEX_WORDS), (QuestionKind.AGE_BAND, AGE_BANDS)):
        value = answers.get(_COLUMNS[kind])
        if value in codes:
            set_demographic(connection, report_id, kind, None, str(value))


def _set_difficulty(connection: Connection, report_id: int, domain: str, value: int) -> None:
    statement = text(
        """
        INSERT INTO report_demographics (report_id, difficulty)
        VALUES (:report_id, jsonb_build_object(CAST(:domain AS text), CAST(:value AS integer)))
        ON CONFLICT (report_id) DO UPDATE
           SET difficulty = report_demographics.difficulty || excluded.difficulty, answered_at = now()
        """
    )
    connection.execute(statement, {"report_id": report_id, "domain": domain, "value": value})


def _to_json(answers: Mapping[str, object]) -> str:
    return orjson.dumps(dict(answers)).decode()
