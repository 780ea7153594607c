"""Parses field values of gateways: texts that may be numbers or missing, times in several formats, error reasons."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any, Final
from urllib.parse import parse_qsl

from channels.base.request import GatewayRequest
from channels.content_ids import make_content_id

# An earlier time means that the clock was not set: a phone that starts without a network says 1970.
_EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_MILLISECONDS_FROM: Final = 1e11  # as seconds this would be the year 5138
_WITH_SECONDS: Final = re.compile(r"\d\d?:\d\d:\d\d|\d{10}|\d{6}T?\d{6}")
_CODE: Final = re.compile(r"[A-Za-z][A-Za-z_ .:/-]{0,79}")


def read_text(values: Mapping[str, Any], name: str) -> str:
    """Read a field as text; empty where it is missing. Gateways also send numbers."""
    value = values.get(name)
    return "" if value is None or isinstance(value, (dict, list)) else str(value)


def find_text(values: Mapping[str, Any], name: str) -> str | None:
    """Find a field's text; None where it is missing or empty."""
    return read_text(values, name) or None


def read_mapping(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Read a field that is an object; empty where it is none."""
    value = values.get(name)
    return value if isinstance(value, dict) else {}


def read_octets(request: GatewayRequest, name: str) -> bytes:
    """Read a field of a form or query string as bytes, for gateways that pass on the network's raw bytes."""
    source = request.url.partition("?")[2] if request.method != "POST" else request.body.decode("latin-1")
    for field_name, value in parse_qsl(source, keep_blank_values=True, encoding="latin-1"):
        if field_name == name:
            return value.encode("latin-1", "replace")
    return b""


def find_time(told: str, zone: tzinfo = UTC) -> datetime | None:
    """Parse a time in ISO 8601, in `zone` where it names none; None if unreadable or from a clock that was not set."""
    try:
        moment = datetime.fromisoformat(told.strip())
        return _check(moment if moment.tzinfo else moment.replace(tzinfo=zone))
    except (ValueError, OverflowError):
        return None


def find_epoch_time(told: str) -> datetime | None:
    """Parse a time in seconds or milliseconds since 1970; None if unreadable or from a clock that was not set."""
    try:
        number = float(told)
        return _check(datetime.fromtimestamp(number / 1000 if number > _MILLISECONDS_FROM else number, UTC))
    except (ValueError, OverflowError, OSError):
        return None


def make_id(request: GatewayRequest, *, is_dated: bool = False) -> str:
    """Make the id of a message that came without one from its content, so that a repeated call is a duplicate.

    The id also contains the day (UTC): "no water again" next week is a new report, and no gateway retries that long.
    With `is_dated` it does not: such a call has a signed time, and whoever captured it must not replay it as new
    tomorrow.
    """
    said = request.body or request.url.encode("utf-8", "replace")
    return make_content_id(b"" if is_dated else datetime.now(UTC).date().isoformat().encode(), said)


def make_twin(sent_at: datetime | None, told: str, *more: object) -> str | None:
    """Make a key that two calls with the same message of one sender share, from the time that the gateway gave for it.

    None without a time, for a clock that was not set, or without seconds: within a minute somebody may well write the
    same text twice.
    """
    if sent_at is None or not _WITH_SECONDS.search(told):
        return None
    return "|".join((told.strip(), *map(str, more)))


def make_code(reason: str) -> str | None:
    """Make an error code that may be stored and shown.

    A reason with digits could contain a number, so it becomes "unnamed".
    """
    if not reason:
        return None
    return reason if _CODE.fullmatch(reason) else "unnamed"


def _check(moment: datetime) -> datetime | None:
    moment = moment.astimezone(UTC)
    return moment if moment > _EARLIEST else None
