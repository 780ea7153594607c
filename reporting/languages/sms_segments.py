"""What a text costs as SMS: its encoding, its length in that encoding and the number of segments.

Sources: 3GPP TS 23.038 (the GSM 7-bit default alphabet and its extension table) and TS 23.040 section 9.2.3.24.1
(in a concatenated message no escape sequence and no UCS-2 character is split between two parts).
"""

from dataclasses import dataclass
from typing import Final, Literal

from channels import gsm7

GSM_7: Final = "GSM-7"
UCS_2: Final = "UCS-2"

GSM_BASIC: Final = frozenset(gsm7.BASIC) - {"\x1b"}
GSM_EXTENSION: Final = frozenset(gsm7.EXTENSION.values())  # each takes an escape and a character: two septets

_SINGLE = {GSM_7: 160, UCS_2: 70}
_PART = {GSM_7: 153, UCS_2: 67}  # a part gives 6 of its 140 octets to the concatenation header


@dataclass(frozen=True)
class Segments:
    """`units` are septets in GSM-7 and 16-bit units in UCS-2; `count` is what the operator bills."""

    encoding: Literal["GSM-7", "UCS-2"]
    units: int
    count: int


def measure(text: str) -> Segments:
    """Encoding, length and number of segments of `text`.

    One character outside GSM-7 makes the whole message UCS-2. An empty text still is one segment when it is sent.
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
    """Fill part after part; a character of two units that does not fit whole opens the next part."""
    count, used = 1, 0
    for size in sizes:
        if used + size > capacity:
            count, used = count + 1, 0
        used += size
    return count
