"""Cleans typed text without changing its meaning."""

import re
import unicodedata

_CONTROL = re.compile(r"[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\u2060\ufeff]")
_SPACES = re.compile(r"[ \t\u00a0\u2000-\u200a\u202f\u3000]+")


def normalise_text(text: str) -> str:
    """Normalise a text: NFC, no control characters, single spaces, trimmed; line breaks stay.

    Joiners (U+200C, U+200D) stay, because several scripts need them for spelling.
    """
    composed = unicodedata.normalize("NFC", text)
    return _SPACES.sub(" ", _CONTROL.sub(" ", composed.replace("\r\n", "\n"))).strip()
