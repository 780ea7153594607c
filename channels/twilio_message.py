"""What Twilio's calls say: a message by SMS, MMS or WhatsApp, a location, pictures, and what became of a sent text."""

import base64
import binascii
import hashlib
import json
import math
import re
from collections.abc import Mapping
from itertools import count

from channels.base import DeliveryReport, GatewayRequest, InboundMessage, Item, MediaReference

OPTED_OUT = "21610"  # the recipient sent STOP to Twilio itself
# What Twilio calls the states of an outbound message, and what we do; the rest are steps on the way to `sent`.
_STATES = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "delivered",
    "undelivered": "failed",
    "failed": "failed",
    "canceled": "failed",
}
# What Twilio answers by itself on SMS unless it was told otherwise. Its YES is left out: to us it is an answer.
_KEYWORDS = frozenset(
    {"stop", "stopall", "unsubscribe", "end", "quit", "revoke", "optout", "cancel", "start", "unstop", "help", "info"}
)
# What its advanced opt-out took a text for, which may have been any word that was configured there.
_ORDERS = {"STOP": "stop", "START": "start", "HELP": "help"}
_LONGEST_KEYWORD = 20  # with the blanks around it; longer texts need not be looked at
_WHATSAPP = "whatsapp:"
_MOST_MEDIA = 20
_SHORTEST_ENCODED = 160
_ENCODED = re.compile(r"[A-Za-z0-9+/]+={0,2}")


def read_fields(request: GatewayRequest) -> Mapping[str, str]:
    """The call's fields: of the form, of the address for a GET, of a JSON body. Raises BodyUnreadable."""
    if request.form or request.method != "POST" or not request.body:
        return request.form
    return {
        name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for name, value in request.json().items()
        if value is not None
    }


def read_message(fields: Mapping[str, str], request: GatewayRequest, *, answers_keywords: bool) -> InboundMessage:
    """The message of a call. `answers_keywords` says that Twilio answers STOP and the like itself."""
    external_id = fields.get("MessageSid") or fields.get("SmsMessageSid") or fields.get("SmsSid")
    party, text = fields.get("From") or None, fields.get("Body", "")
    point = _read_point(fields) if "Latitude" in fields else None
    if external_id and external_id.startswith("MM"):
        text = _decode(text)
    if not text and point is not None:
        text = ", ".join(part for part in (fields.get("Label"), fields.get("Address")) if part)
    return InboundMessage(
        # A signed call without an id is kept too: its content stands for the id.
        external_id=external_id or f"sha256:{hashlib.sha256(request.body or request.url.encode()).hexdigest()}",
        party=party,
        line=fields.get("To") or None,
        text=text,
        payload=fields,
        media=_read_media(fields) if "MediaUrl0" in fields else (),
        point=point,
        order=_ORDERS.get(fields.get("OptOutType", "")),
        is_gateway_answered="OptOutType" in fields or (answers_keywords and _is_keyword(text, party)),
    )


def read_status(fields: Mapping[str, str]) -> list[Item]:
    """What became of a text that was sent; nothing for the steps before `sent`."""
    external_id = fields.get("MessageSid") or fields.get("SmsSid")
    state = _STATES.get(fields.get("MessageStatus") or fields.get("SmsStatus") or "")
    if not external_id or state is None:
        return []
    code = fields.get("ErrorCode") or None
    return [DeliveryReport(external_id, state, code, is_opt_out=code == OPTED_OUT)]


def address_for(line: str, party: str) -> str | None:
    """`party` as `line` can reach it: on WhatsApp or as a phone. None for somebody who has no number there."""
    if line.startswith(_WHATSAPP):
        return party if party.startswith(_WHATSAPP) else f"{_WHATSAPP}{party}"
    number = party.removeprefix(_WHATSAPP)
    # WhatsApp may give a business an id of a person (US.1234...) instead of their number.
    return None if any(map(str.isalpha, number)) else number


def _is_keyword(text: str, party: str | None) -> bool:
    if len(text) > _LONGEST_KEYWORD or (party is not None and party.startswith(_WHATSAPP)):
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
    """A long SMS that was handed on as MMS may have its words in base64; anything less certain stays as it came."""
    if len(text) < _SHORTEST_ENCODED or len(text) % 4 or not _ENCODED.fullmatch(text):
        return text
    try:
        decoded = base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return text
    is_words = " " in decoded and all(character.isprintable() or character in "\r\n\t" for character in decoded)
    return decoded if is_words else text
