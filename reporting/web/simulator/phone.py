"""The simulated phone: its fictional number, example messages, and the conversation from the database."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, text

from reporting.models.states import MessageState
from reporting.outbox.outbox import WITHDRAWN

_THREAD_LONGEST: Final = 60

# A sender's messages in three groups, each with its own index: not yet processed, dead letters, and with a contact.
_CONVERSATION: Final = text(
    f"""
    WITH own AS (
        SELECT id FROM message WHERE state = '{MessageState.RECEIVED}' AND address_hash = :address_hash
           AND campaign_address = :campaign_address
        UNION
        SELECT id FROM message WHERE state = '{MessageState.SET_ASIDE}' AND address_hash = :address_hash
           AND campaign_address = :campaign_address
        UNION
        SELECT message.id FROM message JOIN contact ON contact.id = message.contact_id
         WHERE contact.campaign_id = :campaign_id AND contact.address_hash = :address_hash),
    latest AS (SELECT id FROM own ORDER BY id DESC LIMIT :limit)
    SELECT message.id, message.direction, message.text, message.language, message.received_at, message.state,
           message.error, message.external_id, report.reference, report.id AS report_id
      FROM latest JOIN message USING (id) LEFT JOIN report ON report.message_id = message.id
     WHERE message.error IS DISTINCT FROM '{WITHDRAWN}'
     ORDER BY message.id
    """
)

# Example messages by country; campaigns of other countries get examples without a place.
_EXAMPLES: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "NP": (
        ("en", "No water in the taps of Bhaktapur since three days"),
        ("ne", "dhading ma pahiro gayo bato banda cha"),
        ("ne", "पोखरामा बिजुली छैन, हिजो राति देखि"),
        ("en", "the helth post in Gorkha has no medicin"),
        ("en", "Big pothole on the road, a bus turned over"),
        ("en", "STOP"),
    ),
    "HT": (
        ("ht", "Nou bezwen dlo nan Delmas 33, anpil moun ap soufri"),
        ("fr", "Il n'y a plus d'eau à Carrefour depuis trois jours"),
        ("ht", "Wout la bloke nan Leogane"),
        ("en", "STOP"),
    ),
}
_EXAMPLES_ANYWHERE: Final = (("en", "There is no water in our street since Monday"), ("en", "HELP"), ("en", "STOP"))


@dataclass(frozen=True, slots=True)
class Example:
    """An example message that is sent with one click, in the language of that code."""

    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Bubble:
    """One message on the phone's screen; `reference` and `report_id` are those of its report.

    `error` says why it failed, `external_id` is its id at the gateway.
    """

    id: int
    direction: str
    text: str
    language: str | None
    at: datetime
    state: str
    error: str | None
    external_id: str | None
    reference: str | None
    report_id: int | None


def make_number() -> str:
    """Make a number that belongs to nobody: country code 999 is not assigned, so even a real gateway reaches no one."""
    return f"+999{secrets.randbelow(10**9):09d}"


def normalise_number(number: str) -> str | None:
    """Normalise a number to a plus and 7 to 15 digits, as gateways write it; None for any other input."""
    digits = "".join(character for character in number if character.isdigit()).removeprefix("00")
    return f"+{digits}" if 7 <= len(digits) <= 15 and digits.isascii() else None


def list_examples(country: str) -> list[Example]:
    """List example messages for a campaign of that country."""
    return [Example(language, said) for language, said in _EXAMPLES.get(country, _EXAMPLES_ANYWHERE)]


def list_bubbles(connection: Connection, campaign_id: int, campaign_address: str, address_hash: bytes) -> list[Bubble]:
    """List the last sixty messages between a number and the campaign's address, oldest first."""
    values = {
        "campaign_id": campaign_id,
        "campaign_address": campaign_address,
        "address_hash": address_hash,
        "limit": _THREAD_LONGEST,
    }
    return [Bubble(*row) for row in connection.execute(_CONVERSATION, values)]
