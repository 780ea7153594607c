"""Writes what people told about themselves, in versions by contact, and whom reports are about.

What is told in the conversation about one report is one version: it is completed while that conversation lasts. The
first thing that is told with another report begins the next version with what is known. A version is in force from its
report on, so that a figure of a past month can use the one that was in force then. (A version for each single answer
would be six for the six questions on daily activities, and none of them whole.)
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Row, text

from reporting.campaigns.retention_policy import read_retention
from reporting.models.base import now
from reporting.models.states import AnswerMode, ItemStatus, ReportState
from reporting.reports.profile import PersonAnswers, PersonItem, fill_gaps, leave_open, merge, take_back
from reporting.reports.profile_in_force import IN_FORCE, VERSIONS_OF_SENDER

_ITEMS: Final = "sex, sex_why, age, age_why, difficulty, difficulty_why"
# The version in force of each report's sender; of a sender who is nobody's contact, what came with the report.
_STANDING: Final = text(
    f"""
    SELECT report.id AS about_id, report.campaign_id, report.contact_id, report.reported_at, campaign.settings,
           (SELECT max(version) FROM reporter_profile
             WHERE contact_id = report.contact_id AND campaign_id = report.campaign_id) AS last_version,
           standing.*
      FROM report JOIN campaign ON campaign.id = report.campaign_id
      LEFT JOIN LATERAL (
           (SELECT id, report_id, version, mode, created_at, {_ITEMS} FROM ({VERSIONS_OF_SENDER}) AS own
             WHERE {IN_FORCE})
           UNION ALL
           (SELECT id, report_id, version, mode, created_at, {_ITEMS} FROM reporter_profile AS own
             WHERE own.report_id = report.id AND own.contact_id IS NULL AND report.contact_id IS NULL
             LIMIT 1)) AS standing ON true
     WHERE report.id = ANY(:report_ids) AND report.state <> '{ReportState.ERASED}'
     ORDER BY report.reported_at, report.id
    """
)
_BEFORE: Final = text(
    f"""
    SELECT {_ITEMS} FROM reporter_profile
     WHERE contact_id = :contact_id AND campaign_id = :campaign_id AND (created_at, version) < (:since, :version)
     ORDER BY created_at DESC, version DESC LIMIT 1
    """
)
_ADD: Final = text(
    f"""
    INSERT INTO reporter_profile (campaign_id, contact_id, report_id, version, mode, created_at, expires_at, {_ITEMS})
    VALUES (:campaign_id, :contact_id, :report_id, :version, :mode, :created_at, :expires_at,
            :sex, :sex_why, :age, :age_why, CAST(:difficulty AS jsonb), :difficulty_why)
    RETURNING id
    """
)
_COMPLETE: Final = text(
    """
    UPDATE reporter_profile
       SET sex = :sex, sex_why = :sex_why, age = :age, age_why = :age_why, mode = :mode, expires_at = :expires_at,
           difficulty = CAST(:difficulty AS jsonb), difficulty_why = :difficulty_why
     WHERE id = :id
    """
)
# What came with a report of nobody's contact is found by that report alone.
_COPY: Final = text(
    f"""
    INSERT INTO reporter_profile (campaign_id, report_id, version, mode, created_at, expires_at, {_ITEMS})
    SELECT campaign_id, :second_id, version, mode, created_at, expires_at, {_ITEMS}
      FROM reporter_profile WHERE report_id = :report_id AND contact_id IS NULL
    """
)
_KEEP_LONGER: Final = text("UPDATE reporter_profile SET expires_at = :expires_at WHERE id = :id")


@dataclass(frozen=True, slots=True)
class _Version:
    """A version as it is stored; `since` it is in force."""

    id: int
    report_id: int | None
    number: int
    since: datetime
    mode: AnswerMode
    answers: PersonAnswers


def record_profiles(
    connection: Connection,
    told: Mapping[int, PersonAnswers],
    mode: AnswerMode = AnswerMode.SELF,
    *,
    is_proved: bool = True,
) -> None:
    """Write what the senders of reports told about themselves, by report.

    Two transactions must not write of one contact at a time: the caller holds the lock on the contact or its sender.
    Whose number is not proved (`is_proved`) may be somebody else: then nothing that was told before is changed.
    """
    named = sorted(report_id for report_id, answers in told.items() if not answers.is_empty)
    rows = connection.execute(_STANDING, {"report_ids": named}).all() if named else ()
    written: dict[int, _Version] = {}  # the last one of each contact
    numbers: dict[int, int] = {}
    for row in rows:
        key = row.contact_id or -row.about_id
        known = _choose(row, _read_version(row), written.get(key))
        before = known.answers if known is not None else PersonAnswers()
        bring = merge if is_proved or row.contact_id is None else fill_gaps
        after = bring(before, told[row.about_id])
        if known is not None and after == before:
            if told[row.about_id].is_told and is_proved:
                connection.execute(_KEEP_LONGER, {"id": known.id, "expires_at": _find_expiry(row)})
        elif known is not None and known.report_id == row.about_id:
            written[key] = _complete(connection, row, known, after)
        elif after != before:
            numbers[key] = numbers.get(key, row.last_version or 0) + 1
            written[key] = _begin(connection, row, numbers[key], mode, after)


def take_answer_back(connection: Connection, report_id: int, item: PersonItem, domain: str | None = None) -> None:
    """Take back what the conversation about a report told of an item, or of one domain of the difficulties."""
    row = connection.execute(_STANDING, {"report_ids": [report_id]}).first()
    version = _read_version(row) if row is not None else None
    if row is None or version is None or version.report_id != report_id:
        return
    values = {
        "contact_id": row.contact_id, "campaign_id": row.campaign_id, "since": version.since, "version": version.number,
    }  # fmt: skip
    earlier = connection.execute(_BEFORE, values).first()
    before = read_answers(earlier) if earlier is not None else PersonAnswers()
    _complete(connection, row, version, take_back(version.answers, before, item, domain))


def refuse_domain(connection: Connection, report_id: int) -> None:
    """Note that a question on one domain was skipped: a refusal of the six, unless another one is answered."""
    row = connection.execute(_STANDING, {"report_ids": [report_id]}).first()
    version = _read_version(row) if row is not None else None
    if version is None or not version.answers.difficulty:
        record_profiles(connection, {report_id: leave_open(PersonItem.DIFFICULTY, ItemStatus.REFUSED)})


def copy_profile(connection: Connection, report_id: int, second_id: int) -> None:
    """Write of a second report of the same sender what came with the first one, where the sender is no contact."""
    connection.execute(_COPY, {"report_id": report_id, "second_id": second_id})


def read_profile(connection: Connection, report_id: int) -> PersonAnswers:
    """Read what is known of the sender of a report, as it was in force then; nothing where nothing was told."""
    row = connection.execute(_STANDING, {"report_ids": [report_id]}).first()
    version = _read_version(row) if row is not None else None
    return version.answers if version is not None else PersonAnswers()


def _choose(row: Row[Any], stored: _Version | None, written: _Version | None) -> _Version | None:
    """Choose the version in force when a report came: the stored one, or one that was written just now."""
    versions = [version for version in (stored, written) if version is not None]
    return max(versions, key=lambda each: (each.since <= row.reported_at, each.since), default=None)


def _begin(connection: Connection, row: Row[Any], number: int, mode: AnswerMode, answers: PersonAnswers) -> _Version:
    values = {
        "campaign_id": row.campaign_id, "contact_id": row.contact_id, "report_id": row.about_id, "version": number,
        "mode": mode, "created_at": row.reported_at, "expires_at": _find_expiry(row), **to_columns(answers),
    }  # fmt: skip
    added = connection.execute(_ADD, values).scalar_one()
    return _Version(added, row.about_id, number, row.reported_at, mode, answers)


def _complete(connection: Connection, row: Row[Any], version: _Version, after: PersonAnswers) -> _Version:
    values = {"id": version.id, "mode": version.mode, "expires_at": _find_expiry(row), **to_columns(after)}
    connection.execute(_COMPLETE, values)
    return replace(version, answers=after)


def _find_expiry(row: Row[Any]) -> Any:
    """Find until when a profile is kept: counted from the last answer, as the campaign's retention says."""
    return now() + timedelta(days=read_retention(row.settings).profiles_days)


def _read_version(row: Row[Any]) -> _Version | None:
    if row.id is None:
        return None
    return _Version(row.id, row.report_id, row.version, row.created_at, AnswerMode(row.mode), read_answers(row))


def read_answers(row: Row[Any]) -> PersonAnswers:
    """Read the items about a person from the columns of a row."""
    return PersonAnswers(
        row.sex, ItemStatus(row.sex_why), row.age, ItemStatus(row.age_why), row.difficulty,
        ItemStatus(row.difficulty_why),
    )  # fmt: skip


def to_columns(answers: PersonAnswers) -> dict[str, Any]:
    """Make the columns of the items about a person."""
    return {
        "sex": answers.sex, "sex_why": answers.sex_why, "age": answers.age, "age_why": answers.age_why,
        "difficulty": orjson.dumps(dict(answers.difficulty)).decode(), "difficulty_why": answers.difficulty_why,
    }  # fmt: skip
