"""Tokens of a text with their positions, for finding every toponym in it; hashtags are split into words."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from geo.text.normalise import LONGEST_TEXT, NOISE, without_postposition
from geo.text.toponym_cues import load_cues

_WORD: Final = re.compile(r"#\w+|(?:[^\W\d_]\.){2,}(?:[^\W\d_]\b)?|[^\W_]+(?:['’][^\W_]{2,})*")
_CAMEL: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\dA-Z_]+|\d+")
_BREAK: Final = re.compile(r"[,;:()\[\]!?|/\n\r\t\"“”•…@#]|\s[-–—]|\.\s*\S?$")
_JOINERS: Final = "\u200c\u200d"  # zero-width joiners inside one word, in Nepali and Persian


@dataclass(frozen=True, slots=True)
class Token:
    """One word of a text with its position.

    `is_joined` tells whether a name may run on from the word before. A suffix such as a postposition ("मा", in) lies
    between `start` and `end`, but is not in `text`.
    """

    text: str
    start: int
    end: int
    is_joined: bool
    tag: int = -1  # number of its hashtag, -1 for none

    @property
    def is_capital(self) -> bool:
        """Tell whether the word begins with a capital letter, as names do."""
        return self.text[0].isupper()

    @property
    def is_small(self) -> bool:
        """Tell whether the word begins with a small letter, as names do not.

        Most scripts have no capitals: there a word is neither capital nor small.
        """
        return self.text[0].islower()


def list_tokens(text: str) -> list[Token]:
    """List the words of a text in order, without links, addresses and handles.

    Positions count characters of the text.
    """
    text = text[:LONGEST_TEXT]
    plain = NOISE.sub(lambda match: "@" * len(match[0]), _write_plainly(text))
    tokens: list[Token] = []
    behind = 0
    for number, match in enumerate(_WORD.finditer(plain)):
        if match[0].startswith("#"):
            tokens += _read_tag(match, text, number)
        else:
            gap = plain[behind : match.start()]
            is_joined = bool(tokens) and tokens[-1].tag < 0 and not _is_break(gap, tokens[-1])
            word = without_postposition(text[match.start() : match.end()])
            tokens.append(Token(word, match.start(), match.end(), is_joined))
        behind = match.end()
    return tokens


def _write_plainly(text: str) -> str:
    """Replace combining signs (Nepali vowels, Arabic harakat) by a letter, so that words stay whole.

    Keeps the length.
    """
    if text.isascii():
        return text
    return "".join("x" if char in _JOINERS or unicodedata.category(char)[0] == "M" else char for char in text)


def _is_break(gap: str, before: Token) -> bool:
    """Tell whether a name must end in the gap; a full stop ends one unless it shortens a word ("St. Louis")."""
    if "." in gap:
        return before.end - before.start > 3 or bool(_BREAK.search(gap.replace(".", "")))
    return bool(_BREAK.search(gap))


def _read_tag(match: re.Match[str], text: str, number: int) -> list[Token]:
    start, word = match.start() + 1, text[match.start() + 1 : match.end()]
    pieces = [(piece.start(), word[piece.start() : piece.end()]) for piece in _CAMEL.finditer(match[0][1:])]
    if len(pieces) == 1:
        at, plain = pieces[0]
        pieces = [(at + shift, part) for shift, part in _strip(plain)]
    return [
        Token(part, start + at, start + at + len(part), position > 0, number)
        for position, (at, part) in enumerate(pieces)
    ]


def _strip(word: str) -> list[tuple[int, str]]:
    """Split a hashtag in one case into the place and the word that is glued to it ("prayfor"), with their positions."""
    low = word.casefold()
    for affix in load_cues().hashtags:
        rest = len(word) - len(affix)
        if rest >= 2 and low.startswith(affix):
            return [(0, word[: len(affix)]), (len(affix), word[len(affix) :])]
        if rest >= 2 and low.endswith(affix):
            return [(0, word[:rest]), (rest, word[rest:])]
    return [(0, word)]
