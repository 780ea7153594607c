"""Contacts: find or add them by their pseudonym, and lock them while their messages are processed."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, case, func, or_, text, update
from sqlalchemy.dialects.postgresql import insert

from channels.built_in.capabilities import get_capabilities
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


_SET_LANGUAGES: Final = text(
    """
    UPDATE contact SET language = written.language
      FROM unnest(CAST(:ids AS bigint[]), CAST(:languages AS text[])) AS written(id, language)
     WHERE contact.id = written.id
    """
)
# One order for all, so that two that wait for each other's senders never deadlock.
_LOCK_SENDERS: Final = text(
    """
    SELECT pg_advisory_xact_lock(hashtextextended(sender.hash, 0))
      FROM (SELECT hash FROM unnest(CAST(:hashes AS text[])) AS given(hash) ORDER BY hash) AS sender
    """
)
_TRY_SENDERS: Final = text(
    """
    SELECT sender.hash FROM unnest(CAST(:hashes AS text[])) AS sender(hash)
     WHERE NOT pg_try_advisory_xact_lock(hashtextextended(sender.hash, 0))
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


def lock_senders(connection: Connection, messages: Sequence[InboxMessage]) -> set[int]:
    """Lock the senders of messages until the transaction ends; return the ids of messages that another worker's hold.

    A batch that waited for one sender would make its worker wait for the whole batch of the other. Where every sender
    is held, there is nothing else to do: they are waited for, and none is returned.
    """
    hashes = {message.address_hash.hex() for message in messages if message.address_hash is not None}
    if not hashes:
        return set()
    held = set(connection.execute(_TRY_SENDERS, {"hashes": sorted(hashes)}).scalars())
    of_held = {m.id for m in messages if m.address_hash is not None and m.address_hash.hex() in held}
    if len(of_held) < len(messages):
        return of_held
    connection.execute(_LOCK_SENDERS, {"hashes": sorted(held)})
    return set()


def lock_sender_hashes(connection: Connection, hashes: Iterable[bytes]) -> None:
    """Lock senders until the transaction ends, in the order of workers, and wait for those that a worker holds."""
    held = sorted({address_hash.hex() for address_hash in hashes})
    if held:
        connection.execute(_LOCK_SENDERS, {"hashes": held})


def add_contacts(connection: Connection, campaign_id: int, channel: str, hashes: Collection[bytes]) -> dict[bytes, int]:
    """Find contacts by their pseudonyms, add those that are missing, without a number, and lock them all.

    Returns their ids. The senders must be locked before.
    """
    if not hashes:
        return {}
    rows = [
        {"campaign_id": campaign_id, "address_hash": address_hash, "channel": channel}
        for address_hash in sorted(hashes)
    ]
    # To update nothing locks a contact, so that retention does not delete it before it has a report.
    statement = (
        insert(Contact)
        .values(rows)
        .on_conflict_do_update(index_elements=["campaign_id", "address_hash"], set_={"channel": Contact.channel})
    )
    added = connection.execute(statement.returning(Contact.id, Contact.address_hash))
    return {bytes(row.address_hash): row.id for row in added}


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
            "campaign_address": message.campaign_address if get_capabilities(message.channel).proves_number else None,
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
                    (incoming.campaign_address.is_(None) & Contact.campaign_address.is_not(None), Contact.channel),
                    else_=incoming.channel,
                ),
                "campaign_address": func.coalesce(incoming.campaign_address, Contact.campaign_address),
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


def set_languages(connection: Connection, contacts: Sequence[KnownContact]) -> None:
    """Store the languages that contacts write in."""
    if contacts:
        values = {"ids": [contact.id for contact in contacts], "languages": [contact.language for contact in contacts]}
        connection.execute(_SET_LANGUAGES, values)


def choose_language(connection: Connection, contact: KnownContact, language: str) -> None:
    """Store the language that a contact has chosen."""
    contact.language = language
    contact.is_language_chosen = True
    chosen = update(Contact).where(Contact.id == contact.id)
    connection.execute(chosen.values(language=language, is_language_chosen=True))
