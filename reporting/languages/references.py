"""The references by which people ask about their reports."""

from collections.abc import Sequence
from typing import Final

# No vowels, so that no word comes out, and nothing that is mistaken for something else on a small screen.
REFERENCE_ALPHABET: Final = "23456789CFGHJMPQRVWX"
REFERENCE_LENGTHS: Final = frozenset({8, 10})  # 8 of reports by SMS of before; they stay good


def find_reference(said: Sequence[str]) -> str | None:
    """The reference that words are, typed in small letters or with blanks in between; None when they are none."""
    typed = "".join(said).upper()
    is_one = len(typed) in REFERENCE_LENGTHS and all(character in REFERENCE_ALPHABET for character in typed)
    return typed if is_one else None
