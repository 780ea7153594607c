"""Incident updates: a text that every reporter of an incident gets once, in their language.

A sender of five reports is one reporter. An update is not sent to contacts who opted out, cannot be reached or are
muted as auto-responders; nor to senders whose report is sensitive, rejected, erased, or part of a duplicate burst.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, text

from reporting.campaigns.definition import pick_text, read_conversation
from reporting.incidents.solved_question import (
    SOLVED_KIND,
    end_solved_questions,
    list_who_may_be_asked,
    open_solved_questions,
)
from reporting.languages.sms_texts import Phrase, say, spoken_languages
from reporting.models.base import now
from reporting.models.states import DISMISSED, MessageState, Purpose, QuestionOutcome, UpdateKind
from reporting.outbox.outbox import WITHDRAWN, OutgoingText, queue_texts

SETTLES_AFTER: Final = timedelta(minutes=10)  # links that are undone in this time cause no message

_RECIPIENTS = """
    SELECT DISTINCT ON (contact.id) contact.id AS contact_id, report.id AS report_id, report.reference,
           report.message_id, report.campaign_id, contact.channel, contact.campaign_address, contact.language
      FROM report JOIN contact ON contact.id = report.contact_id
      LEFT JOIN duplicate_burst ON duplicate_burst.id = report.duplicate_burst_id
     WHERE NOT report.is_sensitive AND contact.opted_out_at IS NULL AND contact.number_encrypted IS NOT NULL
       AND contact.campaign_address IS NOT NULL AND contact.erased_at IS NULL {which}
     ORDER BY contact.id, report.id
"""
_OF_REPORTS = text(_RECIPIENTS.format(which="AND report.id = ANY(CAST(:report_ids AS bigint[]))"))
# Leaves out duplicate bursts, rejected and erased reports, muted contacts, and recipients who have got the update.
_UNTOLD = f"""
    AND report.incident_id = :incident_id AND report.state NOT IN {DISMISSED}
    AND (:reaches_copies OR duplicate_burst.id IS NULL OR duplicate_burst.dismissed_at IS NOT NULL)
    AND coalesce(contact.muted_until <= now(), true)
    AND NOT EXISTS (SELECT FROM update_recipient WHERE update_recipient.update_id = :update_id
        AND update_recipient.contact_id = contact.id)
"""
_UNTOLD_OF_ALL = text(_RECIPIENTS.format(which=_UNTOLD))
_UNTOLD_OF_SOME = text(_RECIPIENTS.format(which=_UNTOLD + " AND report.id = ANY(CAST(:report_ids AS bigint[]))"))
_SENDERS = text(
    f"""
    SELECT count(DISTINCT report.contact_id) FROM report LEFT JOIN duplicate_burst
        ON duplicate_burst.id = report.duplicate_burst_id
     WHERE report.incident_id = :incident_id AND report.state NOT IN {DISMISSED} AND NOT report.is_sensitive
       AND (duplicate_burst.id IS NULL OR duplicate_burst.dismissed_at IS NOT NULL)
    """
)
_CLAIM = text(
    """
    INSERT INTO update_recipient (update_id, contact_id)
    SELECT :update_id, each.id FROM unnest(CAST(:contact_ids AS bigint[])) AS each(id)
    ON CONFLICT DO NOTHING RETURNING contact_id
    """
)
_NOTE = text(
    "UPDATE update_recipient SET message_id = :message_id WHERE update_id = :update_id AND contact_id = :contact_id"
)
_CURRENT = text(
    """
    SELECT DISTINCT ON (anchor.incident_id) anchor.incident_id, said.id, said.campaign_id, said.kind, said.texts,
           said.reaches_copies, campaign.languages, campaign.conversation
      FROM incident_update AS said JOIN report AS anchor ON anchor.id = said.report_id
      JOIN campaign ON campaign.id = said.campaign_id
     WHERE anchor.incident_id = ANY(CAST(:ids AS bigint[])) AND said.withdrawn_at IS NULL
     ORDER BY anchor.incident_id, said.id DESC
    """
)
# Queued updates to senders whose report is now of another incident than the update.
_STRAYS = text(
    f"""
    WITH stray AS (
        SELECT message.id, update_recipient.update_id, update_recipient.contact_id
          FROM message JOIN update_recipient ON update_recipient.message_id = message.id
          JOIN incident_update AS said ON said.id = update_recipient.update_id
          JOIN report AS anchor ON anchor.id = said.report_id JOIN report AS own ON own.id = message.report_id
         WHERE message.report_id = ANY(CAST(:report_ids AS bigint[])) AND message.state = '{MessageState.QUEUED}'
           AND message.purpose = '{Purpose.UPDATE}' AND own.incident_id <> anchor.incident_id),
    ended AS (
        UPDATE question SET outcome = '{QuestionOutcome.SUPERSEDED}' FROM stray
         WHERE question.contact_id = stray.contact_id AND question.kind = '{SOLVED_KIND}'
           AND question.code = stray.update_id::text AND question.outcome IS NULL),
    gone AS (DELETE FROM update_recipient USING stray WHERE update_recipient.update_id = stray.update_id
        AND update_recipient.contact_id = stray.contact_id)
    UPDATE message SET state = '{MessageState.FAILED}', error = :error, retry_at = NULL
      FROM stray WHERE message.id = stray.id
    """
)
_TAKE_BACK = text(
    f"""
    WITH waiting AS (
        UPDATE message SET state = '{MessageState.FAILED}', error = :error, retry_at = NULL FROM update_recipient
         WHERE update_recipient.update_id = :update_id AND message.id = update_recipient.message_id
             AND message.state = '{MessageState.QUEUED}'
        RETURNING message.contact_id)
    DELETE FROM update_recipient USING waiting WHERE update_recipient.update_id = :update_id
        AND update_recipient.contact_id = waiting.contact_id
    """
)


@dataclass(frozen=True, slots=True)
class Recipient:
    """An update recipient: a reporter who can be notified, with the first of the reports that the update is about."""

    contact_id: int
    report_id: int
    reference: str
    message_id: int | None
    campaign_id: int
    channel: str
    campaign_address: str
    language: str | None


Words = Callable[[Recipient], tuple[str, str]]  # the text for somebody, and its language


def list_recipients(connection: Connection, report_ids: Sequence[int]) -> list[Recipient]:
    """List the reporters of these reports who can be notified, each once."""
    return [Recipient(*row) for row in connection.execute(_OF_REPORTS, {"report_ids": list(report_ids)})]


def queue_for_all(
    connection: Connection,
    recipients: Sequence[Recipient],
    words: Words,
    purpose: str,
    *,
    due_at: datetime | None = None,
    respects_quiet_hours: bool = True,
) -> list[int]:
    """Queue an outbound message for each recipient; return the ids of the messages in the same order."""
    outgoing = []
    for each in recipients:
        said, language = words(each)
        outgoing.append(
            OutgoingText(
                each.campaign_id, each.contact_id, each.channel, each.campaign_address,
                said, purpose, language, each.report_id,
                each.message_id, due_at, respects_quiet_hours,
            )
        )  # fmt: skip
    return queue_texts(connection, outgoing)


def choose_spoken(language: str | None, languages: Iterable[str]) -> str:
    """Choose the recipient's language if texts exist in it, else the campaign's first such language, else English."""
    return next((each for each in (language, *languages) if each in spoken_languages()), "en")


def find_current(connection: Connection, incident_id: int) -> Row[Any] | None:
    """Find the latest update of an incident that was not withdrawn."""
    return connection.execute(_CURRENT, {"ids": [incident_id]}).first()


def count_reporters(connection: Connection, incident_id: int) -> tuple[dict[str | None, int], int]:
    """Count the recipients of an update by language, and the senders that it would not reach; without duplicates."""
    values = {"update_id": 0, "incident_id": incident_id, "reaches_copies": False}
    reached = Counter(row.language for row in connection.execute(_UNTOLD_OF_ALL, values))
    senders = int(connection.execute(_SENDERS, {"incident_id": incident_id}).scalar_one())
    return dict(reached), max(0, senders - reached.total())


def notify_current(connection: Connection, incident_id: int, *, respects_quiet_hours: bool = True) -> int:
    """Send the latest update to all reporters who have not got it; return to how many."""
    update = find_current(connection, incident_id)
    return (
        0
        if update is None
        else _notify(connection, update, None, due_at=None, respects_quiet_hours=respects_quiet_hours)
    )


def notify_joiners(connection: Connection, incident_ids: Sequence[int], report_ids: Sequence[int] | None = None) -> int:
    """Send the latest update to the senders of reports that joined one of these incidents, after `SETTLES_AFTER`.

    Without `report_ids` to all reporters who have not got it. Nothing is sent in campaigns that switched off news.
    """
    if not incident_ids or report_ids == []:
        return 0
    due_at = now() + SETTLES_AFTER
    updates = [
        row
        for row in connection.execute(_CURRENT, {"ids": list(incident_ids)})
        if read_conversation(row.conversation).sends_news
    ]
    return sum(_notify(connection, update, report_ids, due_at=due_at, respects_quiet_hours=True) for update in updates)


def take_back_strays(connection: Connection, report_ids: Sequence[int]) -> None:
    """Withdraw queued updates to senders of these reports that are about another incident than theirs is now."""
    if report_ids:
        connection.execute(_STRAYS, {"report_ids": list(report_ids), "error": WITHDRAWN})


def take_back_waiting(connection: Connection, update_id: int) -> int:
    """Withdraw the queued messages of an update, and its questions; return how many messages."""
    end_solved_questions(connection, update_id)
    return connection.execute(_TAKE_BACK, {"update_id": update_id, "error": WITHDRAWN}).rowcount


def list_untold(connection: Connection, update: Row[Any], report_ids: Sequence[int] | None = None) -> list[Recipient]:
    """List the recipients who have not got an update: of its whole incident, or of these reports only."""
    values = {"update_id": update.id, "incident_id": update.incident_id, "reaches_copies": update.reaches_copies}
    if report_ids is None:
        return [Recipient(*row) for row in connection.execute(_UNTOLD_OF_ALL, values)]
    return [Recipient(*row) for row in connection.execute(_UNTOLD_OF_SOME, values | {"report_ids": list(report_ids)})]


def _notify(
    connection: Connection,
    update: Row[Any],
    report_ids: Sequence[int] | None,
    *,
    due_at: datetime | None,
    respects_quiet_hours: bool,
) -> int:
    """Queue an update for its recipients; return how many.

    The row of each recipient is inserted first, so that only one worker notifies them.
    """
    recipients = list_untold(connection, update, report_ids)
    contact_ids = [each.contact_id for each in recipients]
    claimed = set(connection.execute(_CLAIM, {"update_id": update.id, "contact_ids": contact_ids}).scalars())
    mine = [each for each in recipients if each.contact_id in claimed]
    if not mine:
        return 0
    asked: set[int] = set()
    if update.kind == UpdateKind.SOLVED:
        asked = list_who_may_be_asked(connection, update.incident_id, [each.contact_id for each in mine])
        of_asked = [(each.contact_id, each.report_id) for each in mine if each.contact_id in asked]
        open_solved_questions(connection, update.id, of_asked)
    words = _word(update, asked)
    ids = queue_for_all(
        connection, mine, words, Purpose.UPDATE, due_at=due_at, respects_quiet_hours=respects_quiet_hours
    )
    notes = [
        {"update_id": update.id, "contact_id": each.contact_id, "message_id": message_id}
        for each, message_id in zip(mine, ids, strict=True)
    ]
    connection.execute(_NOTE, notes)
    return len(mine)


def _word(update: Row[Any], asked: Collection[int]) -> Words:
    """Word an update; `asked` are the contacts who are asked whether it is solved."""

    def fixed(to: Recipient) -> tuple[str, str]:
        language = choose_spoken(to.language, update.languages)
        phrase = Phrase.ASK_SOLVED if to.contact_id in asked else Phrase.RESOLVED
        return say(phrase, language, reference=to.reference), language

    def written(to: Recipient) -> tuple[str, str]:
        wanted = [each for each in (to.language, *update.languages, "en", *update.texts) if each]
        language = next(each for each in wanted if each in update.texts)
        return f"{to.reference}: {pick_text(update.texts, [language])}", language

    return fixed if update.kind == UpdateKind.SOLVED else written
