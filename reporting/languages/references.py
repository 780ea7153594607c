"""References of reports, which people send to ask for the status of a report."""

from collections.abc import Sequence
from typing import Final

# No vowels, so that no words arise, and no characters that look alike on a small screen.
REFERENCE_ALPHABET: Final = "23456789CFGHJMPQRVWX"
REFERENCE_LENGTHS: Final = frozenset({8, 10})  # earlier versions made references of 8, which stay valid


def find_reference(said: Sequence[str]) -> str | None:
    """Find the reference that words are, typed in small letters or with blanks in between; None if they are none."""
    typed = "".join(said).upper()
    is_one = len(typed) in REFERENCE_LENGTHS and all(character in REFERENCE_ALPHABET for character in typed)
    return typed if is_one else None
