"""The kinds of values in the file of a language: lists, tables and patterns, and what is checked of them.

A list stands in one text, parted by commas; only `Maybe...` may be empty.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final, Literal

MAY_BE_EMPTY: Final = "may be empty"


@dataclass(frozen=True, slots=True)
class Placeholders:
    """The placeholders of the patterns of a list (`patterns.py`): those that each needs, and those that it may have."""

    needed: frozenset[str] = frozenset()
    allowed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class KeyParts:
    """The words of which each key of a table is made; each of them stands in one key at least."""

    parts: frozenset[str]


Words = tuple[str, ...]
MaybeWords = Annotated[Words, MAY_BE_EMPTY]
ByNumber = Mapping[int, Words]  # numbers may be left out
MaybeByNumber = Annotated[ByNumber, MAY_BE_EMPTY]
ByWord = Mapping[str, Words]
MaybeByWord = Annotated[ByWord, MAY_BE_EMPTY]
Side = Annotated[Words, MAY_BE_EMPTY, Placeholders(frozenset({"DIRECTION", "X"}))]
Between = Annotated[Words, MAY_BE_EMPTY, Placeholders(frozenset({"A", "B"}), frozenset({"AND"}))]
Beside = Annotated[Words, MAY_BE_EMPTY, Placeholders(frozenset({"X"}))]
Footers = Annotated[Words, MAY_BE_EMPTY, Placeholders(allowed=frozenset({"DEVICE"}))]
Patterns = Annotated[Words, MAY_BE_EMPTY, Placeholders()]
ByName = Mapping[str, str]  # texts as they stand, with a notation of their own
MaybeByName = Annotated[ByName, MAY_BE_EMPTY]
MaybeText = Annotated[str, MAY_BE_EMPTY]
# The first word of the names that Unicode gives to their letters.
Script = Literal[
    "Latin", "Arabic", "Armenian", "Bengali", "Cyrillic", "Devanagari", "Ethiopic", "Georgian", "Greek", "Gujarati",
    "Gurmukhi", "Hebrew", "Kannada", "Khmer", "Lao", "Malayalam", "Myanmar", "Oriya", "Sinhala", "Tamil", "Telugu",
    "Thai", "Tibetan",
]  # fmt: skip
