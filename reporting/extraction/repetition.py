"""Long texts without what they say over and over: a page of one word must not cost as much as a page of words."""

from collections.abc import Iterator
from typing import Final

_SHORT: Final = 1_000  # characters; a shorter text is read as it is
_PIECE: Final = 100  # characters of what has no blank in it that are compared as one
_BEFORE: Final = 4  # words that were said just before, too, when a word counts as said again


def collapse_repetition(text: str) -> str:
    """The words of a long text with single blanks, each only where it and the four before it stand there first."""
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
