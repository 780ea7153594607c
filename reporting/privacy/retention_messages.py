"""Retention of messages and contacts: delete what gateways sent, then the words, then the numbers.

Messages that are not yet processed and dead letters are never changed, nor anything of a contact who has a report that
waits for a decision.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, text

from channels.built_in.capabilities import WITH_KEPT_PAYLOAD, get_capabilities
from reporting.campaigns.retention_policy import Cutoffs
from reporting.crypto.pseudonyms import Pseudonyms
from reporting.media.attachments import delete_media
from reporting.models.states import FINISHED, UNSENT, MediaState, MessageState, ReportState

MESSAGES_AT_ONCE: Final = 5_000
CONTACTS_AT_ONCE: Final = 1_000
PROFILES_AT_ONCE: Final = 5_000

_BLOCK = f"""
    FROM message
   WHERE message.campaign_id IS NOT DISTINCT FROM CAST(:campaign_id AS bigint)
     AND message.id > :after AND message.id <= :last
     AND message.state IN {FINISHED}
     AND message.received_at < :before
"""
_LAST = text("SELECT coalesce(min(id), 1) - 1 AS first, coalesce(max(id), 0) AS last FROM message")
# A phone may send the same form again after months, so the marks that recognise a form stay: all else is deleted.
_RAW = text(
    f"""
    WITH due AS (SELECT message.id {_BLOCK} AND num_nonnulls(message.address_encrypted, message.details_encrypted,
                 message.network_hash, message.content_hash, message.twin_hash,
                 CASE WHEN message.channel <> ALL(:marked) THEN message.payload_encrypted END) > 0)
    UPDATE message SET address_encrypted = NULL, details_encrypted = NULL, network_hash = NULL, content_hash = NULL,
           twin_hash = NULL,
           payload_encrypted = CASE WHEN message.channel = ANY(:marked) THEN message.payload_encrypted END
      FROM due WHERE message.id = due.id
    """
)
_MARKED = text(
    f"SELECT message.id, message.channel, message.payload_encrypted {_BLOCK}"
    " AND message.channel = ANY(:marked) AND message.payload_encrypted IS NOT NULL"
)
_SEAL_MARKS = text("UPDATE message SET payload_encrypted = :sealed WHERE id = :id")
_FREE = f"""
    AND (message.report_id IS NULL OR EXISTS
         (SELECT FROM report WHERE report.id = message.report_id
             AND (report.purged_at IS NOT NULL OR report.state = '{ReportState.ERASED}')))
    AND (message.contact_id IS NULL OR NOT EXISTS
         (SELECT FROM report WHERE report.contact_id = message.contact_id AND report.state = '{ReportState.QUEUED}'))
"""
_WITH_WORDS = text(
    f"""
    SELECT message.id {_BLOCK} {_FREE}
       AND (message.text <> '' OR EXISTS
            (SELECT FROM media WHERE media.message_id = message.id AND media.state <> '{MediaState.ERASED}'))
    """
)
_WORDS = text("UPDATE message SET text = '' WHERE id = ANY(:message_ids) AND text <> ''")
_ROWS = text(
    f"""
    WITH due AS (SELECT message.id {_BLOCK} {_FREE} AND message.text = ''
                    AND num_nonnulls(message.contact_id, message.address_hash, message.language) > 0)
    UPDATE message SET contact_id = NULL, address_hash = NULL, language = NULL FROM due WHERE message.id = due.id
    """
)

# Quiet contacts: since `before` no message from or to them, no decision on their reports, and no open question.
_QUIET = f"""
    AND NOT EXISTS (SELECT FROM message WHERE message.contact_id = contact.id
                       AND (message.received_at >= :before OR message.state IN {UNSENT}))
    AND NOT EXISTS (SELECT FROM message WHERE message.address_hash = contact.address_hash
        AND message.state = '{MessageState.RECEIVED}')
    AND NOT EXISTS (SELECT FROM message WHERE message.address_hash = contact.address_hash
        AND message.state = '{MessageState.SET_ASIDE}')
    AND NOT EXISTS (SELECT FROM report WHERE report.contact_id = contact.id
                       AND (report.state = '{ReportState.QUEUED}' OR EXISTS (SELECT FROM decision
                             WHERE decision.report_id = report.id AND decision.decided_at >= :before)))
    AND NOT EXISTS (SELECT FROM question WHERE question.contact_id = contact.id AND question.answered_at IS NULL
                       AND question.outcome IS NULL AND question.expires_at > now())
"""
# Contacts are locked first and then checked again: a contact who writes at this moment keeps their number.
_LOCK_NUMBERED = text(
    """
    SELECT id FROM contact WHERE campaign_id = :campaign_id AND id > :after AND created_at < :before
       AND number_encrypted IS NOT NULL AND erased_at IS NULL ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED
    """
)
_NUMBERS = text(f"UPDATE contact SET number_encrypted = NULL WHERE id = ANY(:ids) {_QUIET}")
_LOCK_FORGOTTEN = text(
    """
    SELECT id FROM contact WHERE campaign_id = :campaign_id AND id > :after AND created_at < :before
       AND number_encrypted IS NULL AND opted_out_at IS NULL ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED
    """
)
_CONTACTS = text(
    f"""
    DELETE FROM contact WHERE id = ANY(:ids) {_QUIET}
       AND NOT EXISTS (SELECT FROM message WHERE message.contact_id = contact.id)
       AND NOT EXISTS (SELECT FROM report WHERE report.contact_id = contact.id)
    """
)

_PROFILES = text(
    """
    DELETE FROM reporter_profile
     WHERE id IN (SELECT id FROM reporter_profile
                   WHERE campaign_id = :campaign_id AND expires_at < now() ORDER BY expires_at LIMIT :limit)
    """
)


@dataclass(frozen=True, slots=True)
class Block:
    """Messages with ids above `after` up to `last`, of one campaign or, where `campaign_id` is None, of no campaign."""

    campaign_id: int | None
    after: int
    last: int

    @property
    def values(self) -> Mapping[str, Any]:
        """The bound parameters of the statements."""
        return {"campaign_id": self.campaign_id, "after": self.after, "last": self.last}


def list_blocks(connection: Connection, campaign_id: int | None) -> list[Block]:
    """List all messages in blocks of MESSAGES_AT_ONCE ids, small enough for one transaction each."""
    span = connection.execute(_LAST).one()
    starts = range(span.first, span.last, MESSAGES_AT_ONCE)
    return [Block(campaign_id, start, start + MESSAGES_AT_ONCE) for start in starts]


def drop_raw(connection: Connection, pseudonyms: Pseudonyms, block: Block, before: datetime) -> int:
    """Delete numbers, networks and gateway payloads of messages, but not their words.

    Returns how many messages changed.
    """
    values = {**block.values, "before": before, "marked": WITH_KEPT_PAYLOAD}
    kept = []
    for row in connection.execute(_MARKED, values):
        marks = get_capabilities(row.channel).kept_payload
        told = json.loads(pseudonyms.unseal(row.payload_encrypted))
        if not told.keys() <= marks:
            sealed = pseudonyms.seal(json.dumps({name: told[name] for name in told.keys() & marks}))
            kept.append({"id": row.id, "sealed": sealed})
    if kept:
        connection.execute(_SEAL_MARKS, kept)
    return connection.execute(_RAW, values).rowcount


def drop_texts(connection: Connection, block: Block, before: datetime) -> tuple[int, int]:
    """Delete the words and pictures of messages that no report needs.

    Returns how many messages lost their words and how many pictures were deleted.
    """
    ids = list(connection.execute(_WITH_WORDS, {**block.values, "before": before}).scalars())
    if not ids:
        return 0, 0
    return connection.execute(_WORDS, {"message_ids": ids}).rowcount, delete_media(connection, ids)


def drop_senders(connection: Connection, block: Block, before: datetime) -> int:
    """Delete the link from messages without words to their senders. Returns how many messages changed."""
    return connection.execute(_ROWS, {**block.values, "before": before}).rowcount


def drop_numbers_of_quiet(
    connection: Connection, campaign_id: int, cutoffs: Cutoffs, after: int
) -> tuple[int, int | None]:
    """Delete the numbers of contacts without recent messages, open reports or open questions.

    Returns how many, and the contact id after which the next call goes on (None at the end).
    """
    return _change_contacts(connection, campaign_id, cutoffs.numbers, after, _LOCK_NUMBERED, _NUMBERS)


def drop_contacts(connection: Connection, campaign_id: int, cutoffs: Cutoffs, after: int) -> tuple[int, int | None]:
    """Delete the pseudonyms of contacts that nothing refers to. Contacts who opted out stay known.

    Returns how many, and the contact id after which the next call goes on (None at the end).
    """
    return _change_contacts(connection, campaign_id, cutoffs.rows, after, _LOCK_FORGOTTEN, _CONTACTS)


def drop_profiles(connection: Connection, campaign_id: int) -> int:
    """Delete what people told about themselves so long ago that it expired, PROFILES_AT_ONCE at most.

    Returns how many versions.
    """
    return connection.execute(_PROFILES, {"campaign_id": campaign_id, "limit": PROFILES_AT_ONCE}).rowcount


def _change_contacts(
    connection: Connection, campaign_id: int, before: datetime, after: int, lock: Any, change: Any
) -> tuple[int, int | None]:
    values = {"campaign_id": campaign_id, "before": before, "after": after, "limit": CONTACTS_AT_ONCE}
    ids = list(connection.execute(lock, values).scalars())
    count = connection.execute(change, {"ids": ids, "before": before}).rowcount if ids else 0
    return count, ids[-1] if len(ids) == CONTACTS_AT_ONCE else None
