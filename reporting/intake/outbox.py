"""The outbox: texts wait in the database until a sender has taken them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import Connection, func, insert, or_, select, update

from channels.base import Sender, SendError
from reporting.db import Database
from reporting.intake.pseudonym import Pseudonyms, normalise_party
from reporting.models.base import now
from reporting.models.message import COMMAND, FAILED, OUTBOUND, QUEUED, REPLY, SENT, Contact, Message

_log = structlog.get_logger()

_MAX_TRIES = 5
_FIRST_RETRY_S = 15


@dataclass(frozen=True, slots=True)
class OutgoingText:
    """A text to be queued."""

    campaign_id: int
    contact_id: int
    channel: str
    line: str | None
    text: str
    purpose: str
    language: str | None = None
    report_id: int | None = None
    answers_id: int | None = None


def queue_texts(connection: Connection, texts: list[OutgoingText]) -> list[int]:
    """Put texts into the outbox, in the caller's transaction; returns their message ids."""
    if not texts:
        return []
    rows = [
        {
            "campaign_id": outgoing.campaign_id,
            "channel": outgoing.channel,
            "direction": OUTBOUND,
            "line": outgoing.line,
            "text": outgoing.text,
            "language": outgoing.language,
            "state": QUEUED,
            "purpose": outgoing.purpose,
            "contact_id": outgoing.contact_id,
            "report_id": outgoing.report_id,
            "answers_id": outgoing.answers_id,
        }
        for outgoing in texts
    ]
    return list(connection.execute(insert(Message).values(rows).returning(Message.id)).scalars())


def queue_text(
    connection: Connection,
    *,
    contact_id: int,
    text: str,
    report_id: int | None,
    answers_id: int | None = None,
    purpose: str = REPLY,
) -> int | None:
    """Queue one text to a contact; its message id, or None when they opted out or cannot be reached."""
    query = select(
        Contact.campaign_id,
        Contact.channel,
        Contact.line,
        Contact.language,
        Contact.opted_out_at,
        Contact.number_sealed,
    ).where(Contact.id == contact_id)
    contact = connection.execute(query).one()
    if contact.opted_out_at is not None or contact.number_sealed is None or contact.line is None:
        return None
    outgoing = OutgoingText(
        contact.campaign_id, contact_id, contact.channel, contact.line, text, purpose, contact.language, report_id,
        answers_id,
    )  # fmt: skip
    return queue_texts(connection, [outgoing])[0]


def is_reachable(party: str) -> bool:
    """Whether a reply can reach the sender: a name such as a network's own, or a short code, takes none."""
    return sum(character.isdigit() for character in normalise_party(party)) >= 7


def deliver(database: Database, senders: Mapping[str, Sender], pseudonyms: Pseudonyms, limit: int = 500) -> int:
    """Send what waits, one text a transaction; returns how many were taken up (sent, failed or put off)."""
    handled = 0
    while handled < limit:
        with database.begin() as connection:
            row = _claim(connection, list(senders))
            if row is None:
                break
            _send(connection, row, senders[row.channel], pseudonyms)
        handled += 1
    return handled


def _claim(connection: Connection, channels: list[str]) -> Any:
    query = (
        select(
            Message.id, Message.channel, Message.line, Message.text, Message.purpose, Message.attempts,
            Message.contact_id, Contact.number_sealed, Contact.opted_out_at,
        )
        .join(Contact, Contact.id == Message.contact_id)
        .where(Message.state == QUEUED, Message.channel.in_(channels))
        .where(or_(Message.retry_at.is_(None), Message.retry_at <= func.now()))
        .order_by(Message.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=Message)
    )  # fmt: skip
    return connection.execute(query).first()


def _send(connection: Connection, row: Any, sender: Sender, pseudonyms: Pseudonyms) -> None:
    if row.opted_out_at is not None and row.purpose != COMMAND:
        _finish(connection, row.id, FAILED, error="opted_out")
        return
    if row.number_sealed is None or row.line is None:
        _finish(connection, row.id, FAILED, error="no_number")
        return
    try:
        external_id = sender.send(line=row.line, party=pseudonyms.unseal(row.number_sealed), text=row.text)
    except SendError as error:
        _log.warning("text_not_sent", message_id=row.id, code=error.code, retryable=error.retryable)
        _note_error(connection, row, error)
        return
    _finish(connection, row.id, SENT, external_id=external_id)


def _note_error(connection: Connection, row: Any, error: SendError) -> None:
    if error.is_opt_out:
        connection.execute(update(Contact).where(Contact.id == row.contact_id).values(opted_out_at=now()))
    if not error.retryable or row.attempts + 1 >= _MAX_TRIES:
        _finish(connection, row.id, FAILED, error=error.code)
        return
    delay = timedelta(seconds=_FIRST_RETRY_S * 4**row.attempts)
    connection.execute(
        update(Message)
        .where(Message.id == row.id)
        .values(attempts=Message.attempts + 1, error=error.code, retry_at=now() + delay)
    )


def _finish(
    connection: Connection, message_id: int, state: str, *, external_id: str | None = None, error: str | None = None
) -> None:
    connection.execute(
        update(Message).where(Message.id == message_id).values(state=state, external_id=external_id, error=error)
    )
