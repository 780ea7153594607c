"""Contacts: find or add them by their pseudonym, and lock them while their messages are processed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, case, func, or_, text, update
from sqlalchemy.dialects.postgresql import insert

from reporting.inbox.number_proof import proves_number
from reporting.inbox.work_queue import InboxMessage
from reporting.models.message import Contact

_CLOCK_TICK: Final = timedelta(seconds=10)  # gateways' times are exact to a second, or missing
_OPT_OUT_EVERYWHERE: Final = text(
    """
    UPDATE contact SET opted_out_at = greatest(opted_out_at, CAST(:said_at AS timestamptz))
     WHERE campaign_id IN (SELECT id FROM campaign) AND address_hash = :address_hash AND channel = :channel
    RETURNING campaign_id, id
    """
)


@dataclass(slots=True)
class KnownContact:
    """A contact as the pipeline sees it; updated in the course of a batch."""

    id: int
    language: str | None
    is_opted_out: bool
    is_language_chosen: bool = False


ContactKey = tuple[int, bytes]


def lock_contacts(
    connection: Connection, messages: Iterable[tuple[int, InboxMessage]]
) -> dict[ContactKey, KnownContact]:
    """Add or update the contacts of (campaign id, message) pairs and lock them until the transaction ends.

    All workers lock in the same order, so that two of them never deadlock. Only a message whose channel proves the
    number sets the campaign address from which all outbound messages to the contact go.
    """
    latest: dict[ContactKey, InboxMessage] = {}
    for campaign_id, message in messages:
        if message.address_hash is not None:
            latest[campaign_id, message.address_hash] = message
    if not latest:
        return {}
    rows = [
        {
            "campaign_id": campaign_id,
            "address_hash": address_hash,
            "number_encrypted": message.address_encrypted,
            "channel": message.channel,
            "line": message.line if proves_number(message.channel) else None,
        }
        for (campaign_id, address_hash), message in sorted(latest.items(), key=lambda item: item[0])
    ]
    statement = insert(Contact).values(rows)
    incoming = statement.excluded
    locked = connection.execute(
        statement.on_conflict_do_update(
            index_elements=["campaign_id", "address_hash"],
            set_={
                "number_encrypted": incoming.number_encrypted,
                # An unproved number, or one without a campaign address, is answered where it wrote to us before.
                "channel": case(
                    (incoming.line.is_(None) & Contact.line.is_not(None), Contact.channel), else_=incoming.channel
                ),
                "line": func.coalesce(incoming.line, Contact.line),
            },
        ).returning(
            Contact.id,
            Contact.campaign_id,
            Contact.address_hash,
            Contact.language,
            Contact.opted_out_at,
            Contact.is_language_chosen,
        )
    ).all()
    return {
        (row.campaign_id, bytes(row.address_hash)): KnownContact(
            row.id, row.language, row.opted_out_at is not None, row.is_language_chosen
        )
        for row in locked
    }


def opt_out(connection: Connection, contact: KnownContact, said_at: datetime) -> None:
    """Record a contact's opt-out (STOP); it holds whatever came in between."""
    contact.is_opted_out = True
    latest = func.greatest(Contact.opted_out_at, said_at)
    connection.execute(update(Contact).where(Contact.id == contact.id).values(opted_out_at=latest))


def opt_out_everywhere(connection: Connection, message: InboxMessage) -> tuple[int, int] | None:
    """Record an opt-out that came without a campaign address in all campaigns that know the sender on that channel.

    Gateways report opt-outs from all campaigns in this way. Returns (campaign id, contact id) of one of them; None if
    no campaign knows the sender.
    """
    values = {"address_hash": message.address_hash, "channel": message.channel, "said_at": message.received_at}
    left = connection.execute(_OPT_OUT_EVERYWHERE, values).all()
    return (left[0].campaign_id, left[0].id) if left else None


def opt_in(connection: Connection, contact: KnownContact, said_at: datetime) -> bool:
    """Withdraw a contact's opt-out; False if they sent STOP after this message, which only arrived later."""
    is_latest = or_(Contact.opted_out_at.is_(None), Contact.opted_out_at <= said_at + _CLOCK_TICK)
    changed = connection.execute(
        update(Contact).where(Contact.id == contact.id, is_latest).values(opted_out_at=None).returning(Contact.id)
    ).first()
    contact.is_opted_out = changed is None
    return changed is not None


def set_language(connection: Connection, contact: KnownContact, language: str, *, is_chosen: bool = False) -> None:
    """Store the language that a contact writes in, or has chosen."""
    contact.language = language
    contact.is_language_chosen = contact.is_language_chosen or is_chosen
    connection.execute(
        update(Contact)
        .where(Contact.id == contact.id)
        .values(language=language, is_language_chosen=contact.is_language_chosen)
    )
