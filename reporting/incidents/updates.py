"""One answer to all: a text that every reporter of an incident gets once, in their language.

Who has sent five reports is one reporter. Nobody is told who opted out, cannot be reached, whose phone answers by
itself, whose report is restricted, rejected or erased, or who only sent a copy of a text that very many sent.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, text

from reporting.campaigns.definition import pick_text, read_conversation
from reporting.languages.sms_texts import Phrase, say, spoken_languages
from reporting.models.base import now
from reporting.models.incident import SOLVED
from reporting.models.message import UPDATE
from reporting.outbox.outbox import WITHDRAWN, OutgoingText, queue_texts

SETTLES_AFTER: Final = timedelta(minutes=10)  # what is undone by then was never announced

_RECIPIENTS = """
    SELECT DISTINCT ON (contact.id) contact.id AS contact_id, report.id AS report_id, report.reference,
           report.message_id, report.campaign_id, contact.channel, contact.line, contact.language
      FROM report JOIN contact ON contact.id = report.contact_id
      LEFT JOIN duplicate_burst ON duplicate_burst.id = report.duplicate_burst_id
     WHERE NOT report.is_sensitive AND contact.opted_out_at IS NULL AND contact.number_encrypted IS NOT NULL
       AND contact.line IS NOT NULL AND contact.erased_at IS NULL {which}
     ORDER BY contact.id, report.id
"""
_OF_REPORTS = text(_RECIPIENTS.format(which="AND report.id = ANY(CAST(:report_ids AS bigint[]))"))
# A report's words are its own only if they are no copy; rejected reports are of nothing any more.
_UNTOLD = """
    AND report.incident_id = :incident_id AND report.state NOT IN ('rejected', 'erased')
    AND (:reaches_copies OR duplicate_burst.id IS NULL OR duplicate_burst.dismissed_at IS NOT NULL)
    AND coalesce(contact.muted_until <= now(), true)
    AND NOT EXISTS (SELECT FROM update_recipient WHERE update_recipient.update_id = :update_id
        AND update_recipient.contact_id = contact.id)
"""
_UNTOLD_OF_ALL = text(_RECIPIENTS.format(which=_UNTOLD))
_UNTOLD_OF_SOME = text(_RECIPIENTS.format(which=_UNTOLD + " AND report.id = ANY(CAST(:report_ids AS bigint[]))"))
_SENDERS = text(
    """
    SELECT count(DISTINCT report.contact_id) FROM report LEFT JOIN duplicate_burst
        ON duplicate_burst.id = report.duplicate_burst_id
     WHERE report.incident_id = :incident_id AND report.state NOT IN ('rejected', 'erased') AND NOT report.is_sensitive
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
# Texts that wait for people whose report is of another incident than the update by now.
_STRAYS = text(
    """
    WITH stray AS (
        SELECT message.id, update_recipient.update_id, update_recipient.contact_id
          FROM message JOIN update_recipient ON update_recipient.message_id = message.id
          JOIN incident_update AS said ON said.id = update_recipient.update_id
          JOIN report AS anchor ON anchor.id = said.report_id JOIN report AS own ON own.id = message.report_id
         WHERE message.report_id = ANY(CAST(:report_ids AS bigint[])) AND message.state = 'queued'
           AND message.purpose = 'update' AND own.incident_id <> anchor.incident_id),
    gone AS (DELETE FROM update_recipient USING stray WHERE update_recipient.update_id = stray.update_id
        AND update_recipient.contact_id = stray.contact_id)
    UPDATE message SET state = 'failed', error = :error, retry_at = NULL FROM stray WHERE message.id = stray.id
    """
)
_TAKE_BACK = text(
    """
    WITH waiting AS (
        UPDATE message SET state = 'failed', error = :error, retry_at = NULL FROM update_recipient
         WHERE update_recipient.update_id = :update_id AND message.id = update_recipient.message_id
             AND message.state = 'queued'
        RETURNING message.contact_id)
    DELETE FROM update_recipient USING waiting WHERE update_recipient.update_id = :update_id
        AND update_recipient.contact_id = waiting.contact_id
    """
)


@dataclass(frozen=True, slots=True)
class Recipient:
    """A reporter who can be told something, with the first of the reports that it is about."""

    contact_id: int
    report_id: int
    reference: str
    message_id: int | None
    campaign_id: int
    channel: str
    line: str
    language: str | None


Words = Callable[[Recipient], tuple[str, str]]  # the text for somebody, and its language


def list_recipients(connection: Connection, report_ids: Sequence[int]) -> list[Recipient]:
    """Everybody who sent one of these reports and can be told of it, once."""
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
    """Queue a text for each; the ids of the texts in the same order."""
    outgoing = []
    for each in recipients:
        said, language = words(each)
        outgoing.append(
            OutgoingText(
                each.campaign_id, each.contact_id, each.channel, each.line, said, purpose, language, each.report_id,
                each.message_id, due_at, respects_quiet_hours,
            )
        )  # fmt: skip
    return queue_texts(connection, outgoing)


def choose_spoken(language: str | None, languages: Iterable[str]) -> str:
    """The person's language if we speak it, else the campaign's first that we speak, else English."""
    return next((each for each in (language, *languages) if each in spoken_languages()), "en")


def find_current(connection: Connection, incident_id: int) -> Row[Any] | None:
    """The last update of an incident that was not taken back."""
    return connection.execute(_CURRENT, {"ids": [incident_id]}).first()


def count_reporters(connection: Connection, incident_id: int) -> tuple[dict[str | None, int], int]:
    """How many people an update would reach by language, and how many senders it would not; copies left out."""
    values = {"update_id": 0, "incident_id": incident_id, "reaches_copies": False}
    reached = Counter(row.language for row in connection.execute(_UNTOLD_OF_ALL, values))
    senders = int(connection.execute(_SENDERS, {"incident_id": incident_id}).scalar_one())
    return dict(reached), max(0, senders - reached.total())


def notify_current(connection: Connection, incident_id: int, *, respects_quiet_hours: bool = True) -> int:
    """Tell the last update to all reporters who were not told; how many it is told."""
    update = find_current(connection, incident_id)
    return (
        0 if update is None else _tell(connection, update, None, due_at=None, respects_quiet_hours=respects_quiet_hours)
    )


def notify_joiners(connection: Connection, incident_ids: Sequence[int], report_ids: Sequence[int] | None = None) -> int:
    """Tell the senders of reports that came to one of these incidents its last update, once it has settled; without
    `report_ids` all who do not know it.

    Nobody is told by itself in a campaign that tells no news.
    """
    if not incident_ids or report_ids == []:
        return 0
    due_at = now() + SETTLES_AFTER
    updates = [
        row
        for row in connection.execute(_CURRENT, {"ids": list(incident_ids)})
        if read_conversation(row.conversation).sends_news
    ]
    return sum(_tell(connection, update, report_ids, due_at=due_at, respects_quiet_hours=True) for update in updates)


def take_back_strays(connection: Connection, report_ids: Sequence[int]) -> None:
    """Take back the updates that wait for senders of these reports and are of another incident than theirs by now."""
    if report_ids:
        connection.execute(_STRAYS, {"report_ids": list(report_ids), "error": WITHDRAWN})


def take_back_waiting(connection: Connection, update_id: int) -> int:
    """Take back what has not left yet of an update; how many texts that were."""
    return connection.execute(_TAKE_BACK, {"update_id": update_id, "error": WITHDRAWN}).rowcount


def list_untold(connection: Connection, update: Row[Any], report_ids: Sequence[int] | None = None) -> list[Recipient]:
    """Who is to be told an update and was not: of all its incident, or of these reports alone."""
    values = {"update_id": update.id, "incident_id": update.incident_id, "reaches_copies": update.reaches_copies}
    if report_ids is None:
        return [Recipient(*row) for row in connection.execute(_UNTOLD_OF_ALL, values)]
    return [Recipient(*row) for row in connection.execute(_UNTOLD_OF_SOME, values | {"report_ids": list(report_ids)})]


def _tell(
    connection: Connection,
    update: Row[Any],
    report_ids: Sequence[int] | None,
    *,
    due_at: datetime | None,
    respects_quiet_hours: bool,
) -> int:
    """The row of `told` comes first: whoever has it tells, and nobody else does."""
    recipients = list_untold(connection, update, report_ids)
    contact_ids = [each.contact_id for each in recipients]
    claimed = set(connection.execute(_CLAIM, {"update_id": update.id, "contact_ids": contact_ids}).scalars())
    mine = [each for each in recipients if each.contact_id in claimed]
    if not mine:
        return 0
    ids = queue_for_all(
        connection, mine, _word(update), UPDATE, due_at=due_at, respects_quiet_hours=respects_quiet_hours
    )
    notes = [
        {"update_id": update.id, "contact_id": each.contact_id, "message_id": message_id}
        for each, message_id in zip(mine, ids, strict=True)
    ]
    connection.execute(_NOTE, notes)
    return len(mine)


def _word(update: Row[Any]) -> Words:
    def fixed(to: Recipient) -> tuple[str, str]:
        language = choose_spoken(to.language, update.languages)
        return say(Phrase.RESOLVED, language, reference=to.reference), language

    def written(to: Recipient) -> tuple[str, str]:
        wanted = [each for each in (to.language, *update.languages, "en", *update.texts) if each]
        language = next(each for each in wanted if each in update.texts)
        return f"{to.reference}: {pick_text(update.texts, [language])}", language

    return fixed if update.kind == SOLVED else written
