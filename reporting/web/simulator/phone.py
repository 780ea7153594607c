"""The simulated phone: its fictional number, what it may say, and the conversation as the database has it."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, text

_THREAD_LONGEST: Final = 60

# Three ways to a sender's messages, each with an index: not yet read, set aside, and those that have a contact.
_CONVERSATION: Final = text(
    """
    WITH own AS (
        SELECT id FROM message WHERE state = 'received' AND address_hash = :address_hash AND line = :line
        UNION
        SELECT id FROM message WHERE state = 'set_aside' AND address_hash = :address_hash AND line = :line
        UNION
        SELECT message.id FROM message JOIN contact ON contact.id = message.contact_id
         WHERE contact.campaign_id = :campaign_id AND contact.address_hash = :address_hash),
    latest AS (SELECT id FROM own ORDER BY id DESC LIMIT :limit)
    SELECT message.id, message.direction, message.text, message.language, message.received_at, message.state,
           message.error, message.external_id, report.reference, report.id AS report_id
      FROM latest JOIN message USING (id) LEFT JOIN report ON report.message_id = message.id
     WHERE message.error IS DISTINCT FROM 'withdrawn'
     ORDER BY message.id
    """
)

# What a newcomer may click, by country; any other campaign gets the ones without a place in it.
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
    """Something to send with one click, in the language of that code."""

    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Bubble:
    """One message on the phone's screen; `reference` and `report_id` of the report that was made of it.

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
    """A number that is nobody's: country code 999 is not assigned, so that even a real gateway reaches no one."""
    return f"+999{secrets.randbelow(10**9):09d}"


def normalise_number(number: str) -> str | None:
    """A plus and 7 to 15 digits, as gateways write it; None when that is not what was typed."""
    digits = "".join(character for character in number if character.isdigit()).removeprefix("00")
    return f"+{digits}" if 7 <= len(digits) <= 15 and digits.isascii() else None


def list_examples(country: str) -> list[Example]:
    """Messages to try in a campaign of that country."""
    return [Example(language, said) for language, said in _EXAMPLES.get(country, _EXAMPLES_ANYWHERE)]


def list_bubbles(connection: Connection, campaign_id: int, line: str, address_hash: bytes) -> list[Bubble]:
    """The conversation of a number with the campaign's line, oldest first, the last sixty."""
    values = {"campaign_id": campaign_id, "line": line, "address_hash": address_hash, "limit": _THREAD_LONGEST}
    return [Bubble(*row) for row in connection.execute(_CONVERSATION, values)]
