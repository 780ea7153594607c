"""Removes repetition from long texts, so that a page of one repeated word does not cost as much as a page of words."""

from collections.abc import Iterator
from typing import Final

_SHORT: Final = 1_000  # characters; a shorter text is read as it is
_PIECE: Final = 100  # characters; longer words are cut into pieces of this length
_BEFORE: Final = 4  # preceding words that must be equal too before a word counts as repeated


def collapse_repetition(text: str) -> str:
    """Remove each word that occurred before after the same four words; texts up to 1,000 characters are unchanged.

    Words are joined by single blanks.
    """
    if len(text) <= _SHORT:
        return text
    pieces = [piece for chunk in text.split() for piece in _cut(chunk)]
    seen: set[tuple[str, ...]] = set()
    kept = []
    for number, piece in enumerate(pieces):
        window = tuple(pieces[max(0, number - _BEFORE) : number + 1])
        if window not in seen:
            seen.add(window)
            kept.append(piece)
    return " ".join(kept)


def _cut(chunk: str) -> Iterator[str]:
    return (chunk[start : start + _PIECE] for start in range(0, len(chunk), _PIECE))
