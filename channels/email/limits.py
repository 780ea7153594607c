"""Limits of an email message: the number and depth of its parts, and the length of each header."""

import re
from collections.abc import Sequence
from email.message import EmailMessage
from email.policy import EmailPolicy
from itertools import islice
from typing import Any, Final

_PARTS_MOST: Final = 100
_DEEPEST: Final = 20  # nesting of parts
_HEADER_LONGEST: Final = 1_000  # characters
_OTHER_LONGEST: Final = {
    "subject": 2_000, "to": 4_000, "cc": 4_000, "authentication-results": 10_000, "from": 500, "sender": 500,
    "reply-to": 500, "content-type": 400, "content-disposition": 400, "content-transfer-encoding": 100,
}  # fmt: skip
_LAST_COUNTS: Final = "references"  # its last id is the message that is answered
_DECLARED: Final = re.compile(rb"boundary\s{0,9}=\s{0,9}\"?([^\"\s;]{1,70})", re.IGNORECASE)
_LINE: Final = re.compile(rb"^--([^\r\n]{1,75})", re.MULTILINE)


class ShortHeaders(EmailPolicy):
    """Parses headers as the standard library does, but only their beginning: its cost is quadratic in their length.

    One instance a message: it parses each header once, which the standard library does at every look at it.
    """

    def __init__(self) -> None:
        super().__init__(message_factory=EmailMessage)
        object.__setattr__(self, "_parsed", {})  # a policy's attributes are fixed otherwise

    def header_fetch_parse(self, name: str, value: str) -> Any:
        """Parse the value of a header, or return what was parsed before."""
        parsed: dict[tuple[str, str], Any] = self.__dict__["_parsed"]
        if (name, value) not in parsed:
            parsed[name, value] = super().header_fetch_parse(name, value)
        return parsed[name, value]

    def header_source_parse(self, sourcelines: Sequence[str]) -> tuple[str, str]:
        """Parse name and value of a header, and cut the value."""
        name, value = super().header_source_parse(list(sourcelines))
        longest = _OTHER_LONGEST.get(name.lower(), _HEADER_LONGEST)
        return name, value[-longest:] if name.lower() == _LAST_COUNTS else value[:longest]


def limit_parts(raw: bytes) -> bytes:
    """Cut an email message after the most parts or the deepest level that people's messages have.

    Its text comes first.
    """
    declared = list(islice(_DECLARED.finditer(raw), _DEEPEST + 1))
    if len(declared) > _DEEPEST:
        raw = raw[: declared[-1].start()]
    boundaries = {match[1] for match in declared}
    count = 0
    for line in _LINE.finditer(raw) if boundaries else ():
        if line[1].rstrip() in boundaries:
            count += 1
            if count > _PARTS_MOST:
                return raw[: line.start()]
    return raw
