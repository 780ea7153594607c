"""Parses Twilio's calls: a message by SMS, MMS or WhatsApp, a location, pictures, and delivery reports."""

import base64
import json
import math
import re
from collections.abc import Mapping
from itertools import count

from channels.base.items import DeliveryReport, DeliveryState, InboundMessage, Item, MediaReference
from channels.base.request import GatewayRequest
from channels.content_ids import make_content_id
from channels.twilio.signature import join_fields

OPTED_OUT = "21610"  # the recipient sent STOP to Twilio itself
# Twilio's states of an outbound message and ours; its other states come before `sent`.
_STATES = {
    "sent": DeliveryState.SENT,
    "delivered": DeliveryState.DELIVERED,
    "read": DeliveryState.DELIVERED,
    "undelivered": DeliveryState.FAILED,
    "failed": DeliveryState.FAILED,
    "canceled": DeliveryState.FAILED,
}
# Keywords that Twilio answers itself on SMS by default. Its YES is left out: to us it is an answer.
_KEYWORDS = frozenset(
    {"stop", "stopall", "unsubscribe", "end", "quit", "revoke", "optout", "cancel", "start", "unstop", "help", "info"}
)
# Commands that Twilio's advanced opt-out recognised, in whatever words were configured there.
_ORDERS = {"STOP": "stop", "START": "start", "HELP": "help"}
_LONGEST_KEYWORD = 20  # characters with blanks around; a longer text is no keyword
_WHATSAPP = "whatsapp:"
_MOST_MEDIA = 20
_SHORTEST_ENCODED = 8
_LONGEST_CHARACTER = 4  # octets
_LONGEST_WORD = 16  # shorter words are too often printable when decoded, by chance
_FOREIGN = 2  # non-ASCII letters
_ENCODED = re.compile(r"[A-Za-z0-9+/]+={0,2}")


def read_fields(request: GatewayRequest) -> Mapping[str, str]:
    """Read the fields of a call: of the form, of the query string for a GET, of a JSON body. Raises BodyUnreadable."""
    if request.form or request.method != "POST" or not request.body:
        return request.form
    return {
        name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for name, value in request.json().items()
        if value is not None
    }


def read_message(fields: Mapping[str, str], request: GatewayRequest, *, answers_keywords: bool) -> InboundMessage:
    """Read the inbound message of a call. `answers_keywords`: Twilio answers STOP and the like itself."""
    external_id = fields.get("MessageSid") or fields.get("SmsMessageSid") or fields.get("SmsSid")
    address, text = fields.get("From") or None, fields.get("Body", "")
    point = _read_point(fields) if "Latitude" in fields else None
    if " " not in text:
        text = _decode(text)
    if not text and point is not None:
        text = ", ".join(part for part in (fields.get("Label"), fields.get("Address")) if part)
    return InboundMessage(
        external_id=external_id or _make_id(fields, request),
        address=address,
        campaign_address=fields.get("To") or None,
        text=text,
        payload=fields,
        media=_read_media(fields) if "MediaUrl0" in fields else (),
        point=point,
        order=_ORDERS.get(fields.get("OptOutType", "")),
        is_gateway_answered="OptOutType" in fields or (answers_keywords and _is_keyword(text, address)),
    )


def _make_id(fields: Mapping[str, str], request: GatewayRequest) -> str:
    """Make the id of a signed call without one, from signed content only."""
    is_form = request.method == "POST" and bool(request.form)
    said = join_fields(fields).encode() if is_form else request.body if request.method == "POST" else b""
    return make_content_id(said or request.url.encode("utf-8", "replace"))


def read_status(fields: Mapping[str, str]) -> list[Item]:
    """Read a delivery report; empty for states before `sent`."""
    external_id = fields.get("MessageSid") or fields.get("SmsSid")
    state = _STATES.get(fields.get("MessageStatus") or fields.get("SmsStatus") or "")
    if not external_id or state is None:
        return []
    code = fields.get("ErrorCode") or None
    return [DeliveryReport(external_id, state, code, is_opt_out=code == OPTED_OUT)]


def address_for(campaign_address: str, address: str) -> str | None:
    """Return the recipient's address for `campaign_address`: on WhatsApp or by phone.

    None for a recipient without a number there.
    """
    if campaign_address.startswith(_WHATSAPP):
        return address if address.startswith(_WHATSAPP) else f"{_WHATSAPP}{address}"
    number = address.removeprefix(_WHATSAPP)
    # WhatsApp may give a business an id of a user (US.1234...) instead of their number.
    return None if any(map(str.isalpha, number)) else number


def _is_keyword(text: str, address: str | None) -> bool:
    if len(text) > _LONGEST_KEYWORD or (address is not None and address.startswith(_WHATSAPP)):
        return False
    return text.strip().casefold() in _KEYWORDS


def _read_media(fields: Mapping[str, str]) -> tuple[MediaReference, ...]:
    found = []
    for number in count():
        url = fields.get(f"MediaUrl{number}")
        if not url or number == _MOST_MEDIA:
            break
        found.append(MediaReference(url, fields.get(f"MediaContentType{number}") or None))
    return tuple(found)


def _read_point(fields: Mapping[str, str]) -> tuple[float, float] | None:
    try:
        latitude, longitude = float(fields["Latitude"]), float(fields["Longitude"])
    except (KeyError, ValueError):
        return None
    is_on_earth = math.isfinite(latitude) and abs(latitude) <= 90 and abs(longitude) <= 180
    return (latitude, longitude) if is_on_earth else None


def _decode(text: str) -> str:
    """Decode a long SMS that came as MMS with its text in base64, cut anywhere; what is less certain stays as it is.

    A word may look like base64 by chance ("Inondasyon"). So the result must be printable UTF-8, and either contain a
    blank, be in another script, or come from text with the padding of base64.
    """
    written = "".join(text.split("\n")).replace("\r", "")
    if len(written) < _SHORTEST_ENCODED or not _ENCODED.fullmatch(written):
        return text
    whole = written.rstrip("=")
    whole = whole[: len(whole) - 1] if len(whole) % 4 == 1 else whole
    octets = base64.b64decode(whole + "=" * (-len(whole) % 4))
    try:
        decoded = octets.decode()
    except UnicodeDecodeError as error:
        if error.reason != "unexpected end of data" or error.start < len(octets) - _LONGEST_CHARACTER:
            return text
        decoded = octets[: error.start].decode()
    is_printed = all(character.isprintable() or character in "\r\n\t\u200c\u200d" for character in decoded)
    is_long = len(written) >= _LONGEST_WORD
    is_foreign = sum(not letter.isascii() for letter in decoded) > _FOREIGN
    is_likely = written.endswith("=") or is_foreign or (is_long and " " in decoded)
    return decoded if is_printed and is_likely and any(map(str.isalpha, decoded)) else text
