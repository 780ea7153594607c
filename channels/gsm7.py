"""The GSM 7-bit alphabet of SMS (3GPP TS 23.038: default alphabet and extension), for gateways that send raw bytes."""

from typing import Final

_ESCAPE: Final = 0x1B
BASIC: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION: Final = {
    0x0A: "\f", 0x14: "^", 0x28: "{", 0x29: "}", 0x2F: "\\", 0x3C: "[", 0x3D: "~", 0x3E: "]", 0x40: "|", 0x65: "€",
}  # fmt: skip
_CHARACTERS: Final = frozenset(BASIC) - {"\x1b"} | frozenset(EXTENSION.values())


def is_writable(text: str) -> bool:
    """Tell whether the alphabet has every character of `text`."""
    return _CHARACTERS.issuperset(text)


def decode(octets: bytes) -> str:
    """Decode unpacked septets, one in each byte. Raises ValueError for a byte above 127."""
    found: list[str] = []
    is_escaped = False
    for octet in octets:
        if octet >= len(BASIC):
            raise ValueError("not a septet")
        if octet == _ESCAPE and not is_escaped:
            is_escaped = True
            continue
        # An unknown escape stands for the character of the basic table, as the standard demands.
        found.append(EXTENSION.get(octet, BASIC[octet]) if is_escaped else BASIC[octet])
        is_escaped = False
    return "".join(found)
