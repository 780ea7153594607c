"""Reads and writes whom reports are about: the table `affected`, one row a report that tells or was asked."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlalchemy import Connection, text

from reporting.models.states import AffectedRole, ItemStatus, ReportState
from reporting.reports.affected import AffectedPeople, mark_not_applicable
from reporting.reports.profile_store import read_answers, to_columns

_ITEMS: Final = "sex, sex_why, age, age_why, difficulty, difficulty_why"
# An answer that comes after an erasure brings nothing back.
_SET: Final = text(
    f"""
    INSERT INTO affected (report_id, is_sender, role, role_why, number, number_why, {_ITEMS})
    SELECT id, :is_sender, :role, :role_why, CAST(:number AS integer), :number_why,
           :sex, :sex_why, :age, :age_why, CAST(:difficulty AS jsonb), :difficulty_why
      FROM report WHERE id = :report_id AND state <> '{ReportState.ERASED}'
    ON CONFLICT (report_id) DO UPDATE
       SET is_sender = excluded.is_sender, role = excluded.role, role_why = excluded.role_why, number = excluded.number,
           number_why = excluded.number_why, sex = excluded.sex, sex_why = excluded.sex_why,
           age = excluded.age, age_why = excluded.age_why, difficulty = excluded.difficulty,
           difficulty_why = excluded.difficulty_why
    """
)
_FIND: Final = text(
    f"SELECT is_sender, role, role_why, number, number_why, {_ITEMS} FROM affected WHERE report_id = :report_id"
)
# Both reports of a division are about the same people, who count once (`aggregation/counting/unit.py`).
_COPY: Final = text(
    f"""
    INSERT INTO affected (report_id, first_report_id, is_sender, role, role_why, number, number_why, {_ITEMS})
    SELECT :second_id, coalesce(first_report_id, report_id), is_sender, role, role_why, number, number_why, {_ITEMS}
      FROM affected WHERE report_id = :report_id
    """
)


def record_affected(connection: Connection, told: Mapping[int, AffectedPeople]) -> None:
    """Write whom reports are about; what was told before of a report is replaced."""
    rows = [
        {"report_id": report_id, **_to_columns(mark_not_applicable(people))}
        for report_id, people in sorted(told.items())
    ]
    if rows:
        connection.execute(_SET, rows)


def find_affected(connection: Connection, report_id: int) -> AffectedPeople | None:
    """Find whom a report is about; None where nobody told and nobody was asked."""
    row = connection.execute(_FIND, {"report_id": report_id}).one_or_none()
    if row is None:
        return None
    return AffectedPeople(
        AffectedRole(row.role) if row.role is not None else None, row.number, read_answers(row),
        no_role=_read_reason(row.role, row.role_why), no_number=_read_reason(row.number, row.number_why),
        is_sender=row.is_sender,
    )  # fmt: skip


def change_affected(connection: Connection, report_id: int, change: Callable[[AffectedPeople], AffectedPeople]) -> None:
    """Change whom a report is about. The caller holds the lock on its sender: two answers do not come at a time."""
    before = find_affected(connection, report_id)
    record_affected(connection, {report_id: change(before if before is not None else AffectedPeople())})


def copy_affected(connection: Connection, report_id: int, second_id: int) -> None:
    """Write of a second report that it is about the same people as the first one, whom figures count once."""
    connection.execute(_COPY, {"report_id": report_id, "second_id": second_id})


def _read_reason(value: object, why: str) -> ItemStatus:
    return ItemStatus.NOT_ASKED if value is not None else ItemStatus(why)


def _to_columns(people: AffectedPeople) -> dict[str, Any]:
    return {
        "is_sender": people.is_sender,
        "role": people.role, "role_why": ItemStatus.ANSWERED if people.role is not None else people.no_role,
        "number": people.number, "number_why": ItemStatus.ANSWERED if people.number is not None else people.no_number,
        **to_columns(people.person),
    }  # fmt: skip
