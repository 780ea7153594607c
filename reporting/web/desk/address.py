"""The address of the desk: every filter stands in it, so that a list can be kept, shared and gone back to.

What people wrote and their numbers stand in no address, because addresses are logged: words that are searched are
encrypted, a sender is the id of a contact.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NoBase64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from cryptography.exceptions import InvalidTag
from flask import request
from sqlalchemy import Connection
from werkzeug.datastructures import MultiDict

from reporting.crypto.pseudonyms import Pseudonyms
from reporting.models.states import ReportState
from reporting.moderation.desk.filters import NONE, Box, Filters, Holder
from reporting.moderation.desk.listing import Cursor, Order
from reporting.moderation.errors import InputRefused
from reporting.web.current_campaign import find_topic_id
from reporting.web.edge.clean_input import Fields, read_number, read_whole
from reporting.web.edge.request_transaction import get_program

STATES: Final = (ReportState.QUEUED, ReportState.APPROVED, ReportState.REJECTED)
FILTERS: Final = (
    "state", "restricted", "topic", "area", "place", "box", "language", "channel", "photo", "older", "newer",
    "cluster", "holder", "sender", "words", "spelling", "order",
)  # fmt: skip
FIELD: Final = "desk"  # the field of a form that holds the filters of the desk
QUERY_LONGEST: Final = 4_000  # characters
_YES: Final = "yes"
_LONGEST: Final = 100  # characters of a code
_HOURS_MOST: Final = 100_000.0
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Address:
    """What the address asks for; `asked` are its filters as they stand in it."""

    filters: Filters
    order: Order
    after: Cursor | None
    asked: dict[str, Any]

    @property
    def query(self) -> str:
        """The filters as a query string, without the page and the report."""
        return urlencode(self.asked)


def read_address(
    connection: Connection, campaign_id: int, arguments: MultiDict[str, str], pseudonyms: Pseudonyms
) -> Address:
    """Read filters, order and page. Raises InputRefused where a value cannot be read."""
    asked = {name: value for name in FILTERS if (value := arguments.get(name, "").strip())}
    try:
        filters = Filters(
            state=STATES[STATES.index(ReportState(asked.get("state", ReportState.QUEUED)))],
            is_restricted=asked.get("restricted") == _YES,
            topic=_read_topic(connection, campaign_id, asked.get("topic")),
            area=_read_code(asked, "area"),
            place=NONE if asked.get("place") == NONE else None,
            box=_read_box(asked.get("box")),
            language=_read_code(asked, "language"),
            channel=_read_code(asked, "channel"),
            has_photo=asked.get("photo") == _YES,
            older_h=_read_hours(asked, "older"),
            newer_h=_read_hours(asked, "newer"),
            cluster=_read_whole(asked, "cluster"),
            holder=Holder(asked["holder"]) if "holder" in asked else None,
            sender=_read_whole(asked, "sender"),
            words=open_words(pseudonyms, asked["words"]) if "words" in asked else None,
            is_spelling=asked.get("spelling") == _YES,
        )
        order = Order(asked.get("order", Order.URGENT))
        return Address(filters, order, _read_cursor(arguments.get("after")), asked)
    except (ValueError, OverflowError, InvalidTag, NoBase64):
        raise InputRefused("address") from None


def find_form_address(connection: Connection, campaign_id: int) -> Address | None:
    """Find the filters of the desk in the form of this request; None where it is no form of the desk."""
    written = request.form.get(FIELD)
    if written is None:
        return None
    return read_query(connection, campaign_id, written, get_program().pseudonyms)


def read_query(connection: Connection, campaign_id: int, query: str, pseudonyms: Pseudonyms) -> Address:
    """Read filters that were kept as a query string. Raises InputRefused."""
    try:
        arguments = Fields(parse_qsl(query[:QUERY_LONGEST], max_num_fields=len(FILTERS)))
    except ValueError:
        raise InputRefused("address") from None
    return read_address(connection, campaign_id, arguments, pseudonyms)


def is_swapped() -> bool:
    """Tell whether the browser's script puts the answer into the page, so that it wants a piece and no whole page."""
    return request.headers.get("HX-Request") == "true"


def write_cursor(cursor: Cursor) -> str:
    """Write the place of a page as microseconds, report and urgency, so that no time is rounded."""
    return f"{(cursor.at - _EPOCH) // timedelta(microseconds=1)}-{cursor.report_id}-{cursor.urgency}"


def seal_words(pseudonyms: Pseudonyms, words: str) -> str:
    """Encrypt words for an address."""
    return urlsafe_b64encode(pseudonyms.seal(words)).decode()


def open_words(pseudonyms: Pseudonyms, sealed: str) -> str:
    """Decrypt words of an address. Raises InvalidTag or ValueError where they were not encrypted here."""
    return pseudonyms.unseal(urlsafe_b64decode(sealed.encode()))


def _read_cursor(written: str | None) -> Cursor | None:
    if not written:
        return None
    microseconds, report_id, urgency = (read_whole(part) for part in written.split("-"))
    return Cursor(_EPOCH + timedelta(microseconds=microseconds), report_id, urgency)


def _read_topic(connection: Connection, campaign_id: int, code: str | None) -> str | None:
    if code is None or code == NONE:
        return code
    topic_id = find_topic_id(connection, campaign_id, code[:_LONGEST])
    if topic_id is None:
        raise ValueError(code)
    return str(topic_id)


def _read_code(asked: Mapping[str, str], name: str) -> str | None:
    value = asked.get(name)
    if value is not None and len(value) > _LONGEST:
        raise ValueError(name)
    return value


def _read_box(written: str | None) -> Box | None:
    if written is None:
        return None
    west, south, east, north = (read_number(part) for part in written.split(","))
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise ValueError("box")
    return Box(west, south, east, north)


def _read_hours(asked: Mapping[str, str], name: str) -> float | None:
    if name not in asked:
        return None
    hours = read_number(asked[name])
    if not 0 < hours <= _HOURS_MOST:
        raise ValueError(name)
    return hours


def _read_whole(asked: Mapping[str, str], name: str) -> int | None:
    return read_whole(asked[name]) if name in asked else None
