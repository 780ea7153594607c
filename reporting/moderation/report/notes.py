"""Private notes of moderators on a report, and the colleagues that they mention in them.

The words are encrypted with the key that is kept outside the database, are in no log, export or figure, and go with the
words of the report.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, insert, text

from reporting.crypto.pseudonyms import Pseudonyms
from reporting.languages.normalise import fold
from reporting.models.desk import NoteMention, ReportNote
from reporting.models.states import DecisionKind
from reporting.moderation.decision_log import append_decision, open_report
from reporting.moderation.errors import InputRefused
from reporting.moderation.report.assignment import Colleague, list_colleagues

PRIVATE_NOTE_LONGEST: Final = 2_000  # characters
_LISTED: Final = 100
_NOTES = text(
    """
    SELECT report_note.id, account.name AS account_name, report_note.created_at, report_note.text_encrypted
      FROM report_note LEFT JOIN account ON account.id = report_note.account_id
     WHERE report_note.report_id = :report_id ORDER BY report_note.id
    """
)
_MENTIONS = text(
    """
    SELECT report_note.id, report_note.report_id, report.reference, author.name AS author_name, report_note.created_at
      FROM note_mention
      JOIN report_note ON report_note.id = note_mention.note_id
      JOIN report ON report.id = report_note.report_id
      LEFT JOIN account AS author ON author.id = report_note.account_id
     WHERE note_mention.account_id = :account_id AND note_mention.seen_at IS NULL
       AND report_note.campaign_id = :campaign_id AND (NOT report.is_sensitive OR :sees_restricted)
     ORDER BY report_note.id LIMIT :limit
    """
)
_SEEN = text(
    "UPDATE note_mention SET seen_at = now() WHERE account_id = :account_id AND seen_at IS NULL"
    " AND note_id IN (SELECT id FROM report_note WHERE report_id = :report_id)"
)


@dataclass(frozen=True, slots=True)
class NoteView:
    """A note in words, for people who may see the report."""

    id: int
    account_name: str | None
    created_at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Mention:
    """A note in which somebody is mentioned and which they have not seen yet, without its words."""

    note_id: int
    report_id: int
    reference: str
    author_name: str | None
    created_at: datetime


def add_note(connection: Connection, report_id: int, account_id: int, *, words: str, seals: Pseudonyms) -> int:
    """Add a note to a report and mention whom it names by `@`; return its id. Nobody's lease stands in the way.

    Raises InputRefused for a note that is empty or too long, ReportUnknown.
    """
    words = words.strip()
    if not words or len(words) > PRIVATE_NOTE_LONGEST:
        raise InputRefused("note")
    report = open_report(connection, report_id, account_id, is_beside=True)
    row = {"campaign_id": report.campaign_id, "report_id": report.id, "account_id": account_id}
    statement = insert(ReportNote).values(row | {"text_encrypted": seals.seal(words)}).returning(ReportNote.id)
    note_id = int(connection.execute(statement).scalar_one())
    able = list_colleagues(connection, report.campaign_id, sees_restricted=report.is_sensitive)
    mentioned = [each.id for each in find_mentioned(words, able) if each.id != account_id]
    if mentioned:
        connection.execute(insert(NoteMention), [{"note_id": note_id, "account_id": each} for each in mentioned])
    append_decision(connection, report, account_id, DecisionKind.NOTE, after={"note_id": note_id})
    return note_id


def find_mentioned(words: str, colleagues: Iterable[Colleague]) -> Sequence[Colleague]:
    """Find the colleagues whose whole name stands behind an `@` in a note, whatever its case and accents.

    Of two names of which one begins the other the longer one is meant; two people of one name are both.
    """
    said = " ".join(fold(words[:PRIVATE_NOTE_LONGEST]).split())
    by_name: dict[str, list[Colleague]] = {}
    for each in colleagues:
        by_name.setdefault("@" + " ".join(fold(each.name).split()), []).append(each)
    found: list[Colleague] = []
    for name in sorted(by_name, key=len, reverse=True):
        before = said
        said = re.sub(rf"{re.escape(name)}(?!\w)", " ", said)
        found += by_name[name] if said != before else []
    return found


def list_notes(connection: Connection, report_id: int, seals: Pseudonyms) -> list[NoteView]:
    """List the notes of a report in their order. The caller has logged that the account sees the report's words."""
    rows = connection.execute(_NOTES, {"report_id": report_id})
    return [NoteView(row.id, row.account_name, row.created_at, seals.unseal(row.text_encrypted)) for row in rows]


def list_mentions(connection: Connection, campaign_id: int, account_id: int, *, sees_restricted: bool) -> list[Mention]:
    """List the notes in which an account is mentioned and which it has not seen yet."""
    values = {
        "campaign_id": campaign_id, "account_id": account_id, "sees_restricted": sees_restricted, "limit": _LISTED,
    }  # fmt: skip
    return [Mention(*row) for row in connection.execute(_MENTIONS, values)]


def mark_mentions_seen(connection: Connection, report_id: int, account_id: int) -> None:
    """Note that an account has seen the notes of a report in which it is mentioned."""
    connection.execute(_SEEN, {"report_id": report_id, "account_id": account_id})
