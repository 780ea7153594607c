"""Parses Vonage's calls: a message or a segment of one, a delivery report, a message of the Messages API."""

import json
import math
from collections.abc import Mapping
from typing import Any

from channels.base.items import (
    DeliveryReport,
    DeliveryState,
    InboundMessage,
    Item,
    MediaReference,
    MessageSegment,
)
from channels.base.request import GatewayRequest
from channels.parse_fields import find_time
from channels.phone_number import spell_international

_MOST_PARTS = 255
_STATES = {
    "delivered": DeliveryState.DELIVERED,
    "read": DeliveryState.DELIVERED,
    "accepted": DeliveryState.SENT,
    "buffered": DeliveryState.SENT,
    "submitted": DeliveryState.SENT,
    "failed": DeliveryState.FAILED,
    "rejected": DeliveryState.FAILED,
    "expired": DeliveryState.FAILED,
    "undeliverable": DeliveryState.FAILED,
}
_SHORTEST_NUMBER = 7  # digits; a short code has fewer
_MEDIA = ("image", "audio", "video", "file", "vcard")


def read_fields(request: GatewayRequest, half: str = "?") -> Mapping[str, str]:
    """Read the fields of a form, query string or JSON body as text, `half` for a lone surrogate.

    Raises BodyUnreadable.
    """
    if request.form or request.method != "POST" or not request.body:
        return request.form
    return spell_values(request.json(half))


def spell_values(values: Mapping[str, Any]) -> Mapping[str, str]:
    """Convert JSON values to the texts that form fields would have."""
    return {name: _as_text(value) for name, value in values.items() if value is not None}


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def read_sms(fields: Mapping[str, str], content_id: str) -> Item:
    """Read a message, or a segment that Vonage does not join; `content_id` is for one without an id."""
    message = InboundMessage(
        external_id=fields.get("messageId") or content_id,
        address=_spell(fields.get("msisdn")),
        campaign_address=_spell(fields.get("to")),
        text=fields.get("text", ""),  # a binary message has no text, only its payload
        payload=fields,
        sent_at=find_time(fields.get("message-timestamp", "")),
    )
    number, total = _read_number(fields.get("concat-part")), _read_number(fields.get("concat-total"))
    reference = fields.get("concat-ref")
    if fields.get("concat") != "true" or not reference or not 1 <= number <= total <= _MOST_PARTS or total == 1:
        return message
    group = "|".join((message.address or "", message.campaign_address or "", reference, str(total)))
    return MessageSegment(message, group, number, total)


def read_delivery(fields: Mapping[str, str]) -> list[Item]:
    """Read the delivery report of an SMS."""
    return _report(fields.get("messageId"), fields.get("status"), fields.get("err-code"))


def read_status(values: Mapping[str, Any]) -> list[Item]:
    """Read the delivery report of a message from the Messages API."""
    error = values.get("error")
    code = error.get("title") or error.get("code") if isinstance(error, dict) else None
    return _report(values.get("message_uuid"), values.get("status"), code)


def _report(external_id: Any, status: Any, code: Any) -> list[Item]:
    state = _STATES.get(status) if isinstance(status, str) else None
    if not external_id or state is None:
        return []
    is_code = state is DeliveryState.FAILED and code not in (None, "", "0")
    return [DeliveryReport(str(external_id), state, str(code)[:20] if is_code else None)]


def read_message(values: Mapping[str, Any], content_id: str) -> InboundMessage:
    """Read a message of the Messages API, by SMS, WhatsApp or another of its channels."""
    channel = values.get("channel")
    media = tuple(_read_media(values[name]) for name in _MEDIA if _has_url(values.get(name)))
    location = values["location"] if isinstance(values.get("location"), dict) else {}
    prefix = "" if channel in (None, "sms", "mms") else f"{channel}:"
    return InboundMessage(
        external_id=_text_of(values.get("message_uuid")) or content_id,
        address=_prefix(prefix, _spell(_address(values.get("from")))),
        campaign_address=_prefix(prefix, _spell(_address(values.get("to")))),
        text=_read_words(values, location),
        payload=values,
        sent_at=find_time(_text_of(values.get("timestamp")) or ""),
        media=media,
        point=_read_point(location),
    )


def _read_words(values: Mapping[str, Any], location: Mapping[str, Any]) -> str:
    """Read the text; without one the captions, a chosen reply, or the name of a shared place."""
    if text := _text_of(values.get("text")):
        return text
    told = [values[name].get("caption") for name in _MEDIA if _has_url(values.get(name))]
    for name in ("reply", "button"):
        if isinstance(values.get(name), dict):
            told += [values[name].get("title"), values[name].get("text")]
    told += [location.get("name"), location.get("address")]
    return ", ".join(filter(None, map(_text_of, told)))


def _spell(number: str | None) -> str | None:
    """Normalise a number, which Vonage sends without a plus; a short code or a name stays as it is."""
    if not number:
        return None
    is_whole = number.isdecimal() and len(number) >= _SHORTEST_NUMBER
    return spell_international(f"+{number}" if is_whole else number, None) or None


def _prefix(prefix: str, address: str | None) -> str | None:
    return f"{prefix}{address}" if address else None


def _address(value: Any) -> str | None:
    """Return the number or id of one side: a text, or in older versions of the API an object."""
    if isinstance(value, dict):
        value = value.get("number") or value.get("id")
    return _text_of(value)


def _text_of(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _has_url(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("url"), str) and bool(value["url"])


def _read_media(value: Mapping[str, Any]) -> MediaReference:
    return MediaReference(value["url"], None, _text_of(value.get("name")))


def _read_point(location: Mapping[str, Any]) -> tuple[float, float] | None:
    try:
        latitude, longitude = float(location["lat"]), float(location["long"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    is_on_earth = math.isfinite(latitude) and abs(latitude) <= 90 and abs(longitude) <= 180
    return (latitude, longitude) if is_on_earth else None


def _read_number(written: str | None) -> int:
    return int(written) if written and written.isascii() and written.isdigit() and len(written) <= 3 else 0
