"""What a moderator typed into the search of the desk: a reference, a whole phone number, or words.

A number is looked up by its keyed hash and never stored or shown. Words and numbers stand in no address: the desk's
address has the id of a sender, or words that are encrypted.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from channels.phone_number import spell_international
from reporting.crypto.pseudonyms import Pseudonyms
from reporting.languages.references import find_reference
from reporting.models.message import Contact
from reporting.models.report import Report

LONGEST = 200  # characters
_SHORTEST_DIGITS = 7


@dataclass(frozen=True, slots=True)
class Found:
    """What was typed: `report_id` of a reference, `sender` (a contact's id) of a number, or else `words`.

    `is_number` without a sender: nobody with this number has written to the campaign.
    """

    words: str = ""
    report_id: int | None = None
    sender: int | None = None
    is_number: bool = False


def read_search(
    connection: Connection, campaign_id: int, country: str, pseudonyms: Pseudonyms, typed: str, *, sees_restricted: bool
) -> Found:
    """Read what was typed. A reference of a restricted report is one only for accounts that may see it."""
    words = " ".join(typed[:LONGEST].split())
    report_id = _find_report(connection, campaign_id, words, sees_restricted=sees_restricted)
    if report_id is not None:
        return Found(report_id=report_id)
    if sum(sign.isdigit() for sign in words) >= _SHORTEST_DIGITS and not any(sign.isalpha() for sign in words):
        return Found(sender=_find_sender(connection, campaign_id, country, pseudonyms, words), is_number=True)
    return Found(words=words)


def _find_report(connection: Connection, campaign_id: int, words: str, *, sees_restricted: bool) -> int | None:
    reference = find_reference(words.split())
    if reference is None:
        return None
    query = select(Report.id).where(Report.campaign_id == campaign_id, Report.reference == reference)
    if not sees_restricted:
        query = query.where(Report.is_sensitive.is_(False))
    return connection.execute(query).scalar()


def _find_sender(
    connection: Connection, campaign_id: int, country: str, pseudonyms: Pseudonyms, number: str
) -> int | None:
    hashed = pseudonyms.hash_address(spell_international(number, country))
    query = select(Contact.id).where(Contact.campaign_id == campaign_id, Contact.address_hash == hashed)
    return connection.execute(query).scalar()
