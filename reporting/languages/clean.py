"""Brings what people type into one form without changing what it says."""

import re
import unicodedata

_CONTROL = re.compile(r"[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\u2060\ufeff]")
_SPACES = re.compile(r"[ \t\u00a0\u2000-\u200a\u202f\u3000]+")


def normalise_text(text: str) -> str:
    """Canonical composition, no control characters, single spaces, no space at the ends; lines stay lines.

    Joiners (U+200C, U+200D) stay: several scripts spell with them.
    """
    composed = unicodedata.normalize("NFC", text)
    return _SPACES.sub(" ", _CONTROL.sub(" ", composed.replace("\r\n", "\n"))).strip()
