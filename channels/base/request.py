"""A webhook call as it arrived, with its body as JSON."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from channels.base.errors import BodyUnreadable

_HALF = re.compile("[\ud800-\udfff]")

_DEEPEST = 32  # deepest nesting of objects and lists


@dataclass(frozen=True, slots=True)
class GatewayRequest:
    """A webhook call as it arrived.

    `url` is the public URL from the settings, never built from request headers. `form` holds the fields of the body, or
    of the query string where the call is a GET. `token` is the last part of a path with a secret, for gateways that
    sign nothing.
    """

    url: str
    headers: Mapping[str, str]
    body: bytes
    form: Mapping[str, str]
    method: str = "POST"
    query: Mapping[str, str] = field(default_factory=dict)
    token: str | None = None

    def json(self, half: str = "?") -> dict[str, Any]:
        """Parse the body as a JSON object, with `half` for each lone surrogate. Raises BodyUnreadable."""
        try:
            value = json.loads(_decode(self.body))
            if _is_deep(value):
                raise BodyUnreadable
            if b"\\u" in self.body or not self.body.isascii():
                value = json.loads(mend_halves(json.dumps(value, ensure_ascii=False), half))
        except (ValueError, RecursionError):
            raise BodyUnreadable from None
        if not isinstance(value, dict):
            raise BodyUnreadable
        return value


def _is_deep(value: Any) -> bool:
    """Tell whether a value is nested deeper than any gateway sends.

    Code that walks it would overflow the stack, if not the JSON parser.
    """
    level = [value]
    for _ in range(_DEEPEST):
        level = [
            inner
            for each in level
            if isinstance(each, (dict, list))
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return False
    return True


def mend_halves(words: str, half: str = "?") -> str:
    """Replace each lone surrogate (half a character) by `half`.

    JSON can carry one, but UTF-8 and the database cannot.
    """
    return _HALF.sub(half, words)


def _decode(body: bytes) -> str:
    """Decode a body in any encoding of JSON; a wrong byte is replaced, so that the rest stays readable."""
    encoding = json.detect_encoding(body)
    return body.decode(encoding, "replace")


MAX_BODY_BYTES = 64 * 1024  # of a call, for all channels whose calls contain no pictures
