"""The size of a text as SMS: encoding, length in that encoding, number of segments.

Sources: 3GPP TS 23.038 (the GSM 7-bit default alphabet and its extension table) and TS 23.040 section 9.2.3.24.1 (in a
concatenated message no escape sequence and no UCS-2 character is split between two segments).
"""

from dataclasses import dataclass
from typing import Final, Literal

from channels import gsm7

GSM_7: Final = "GSM-7"
UCS_2: Final = "UCS-2"

GSM_BASIC: Final = frozenset(gsm7.BASIC) - {"\x1b"}
GSM_EXTENSION: Final = frozenset(gsm7.EXTENSION.values())  # each takes an escape and a character: two septets

_SINGLE = {GSM_7: 160, UCS_2: 70}
_PART = {GSM_7: 153, UCS_2: 67}  # the concatenation header takes 6 of the 140 octets of a segment


@dataclass(frozen=True)
class Segments:
    """The size of a text as SMS. `units` are septets in GSM-7 and 16-bit units in UCS-2; the operator bills `count`."""

    encoding: Literal["GSM-7", "UCS-2"]
    units: int
    count: int


def measure(text: str) -> Segments:
    """Measure encoding, length and number of segments of `text`.

    One character outside GSM-7 makes the whole message UCS-2. An empty text is one segment when it is sent.
    """
    encoding: Literal["GSM-7", "UCS-2"] = GSM_7 if _is_gsm(text) else UCS_2
    sizes = [_size(char, encoding) for char in text]
    units = sum(sizes)
    count = 1 if units <= _SINGLE[encoding] else _parts(sizes, _PART[encoding])
    return Segments(encoding, units, count)


def _is_gsm(text: str) -> bool:
    return all(char in GSM_BASIC or char in GSM_EXTENSION for char in text)


def _size(char: str, encoding: str) -> int:
    if encoding == GSM_7:
        return 2 if char in GSM_EXTENSION else 1
    return 2 if ord(char) > 0xFFFF else 1


def _parts(sizes: list[int], capacity: int) -> int:
    """Count the segments; a character of two units that does not fit opens the next segment."""
    count, used = 1, 0
    for size in sizes:
        if used + size > capacity:
            count, used = count + 1, 0
        used += size
    return count
