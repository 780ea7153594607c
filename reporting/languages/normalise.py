"""Normalises words for comparison: case, accents, digits and invisible characters, without changing the script.

Latin letters lose their accents, because people text without them. Other scripts keep their letters: in Nepali पानी
(water) and पनि (also) would become one word in Latin letters, and only one of them is a report.
"""

import re
import unicodedata
from functools import lru_cache

from anyascii import anyascii

LAST_LATIN = "\u024f"  # the end of Latin Extended-B; everything up to here becomes ASCII

# Letters that Arabic writers mix freely, quotation marks, and tatweel, which is only decoration.
_VARIANTS = {"\u0649": "\u064a", "\u0629": "\u0647", "\u0640": "", "\u2018": "'", "\u2019": "'", "\u02bc": "'"}

_SEPARATORS = (
    "\\x00-/:-`{-\u024f"  # ASCII and Latin-1 signs: after folding no letter is left between z and U+024F
    "\u02b0-\u036f\u060c\u061b\u061f\u066a-\u066d\u06d4\u0964\u0965\u0970"
    "\u2000-\u2bff\u3000-\u303f\ud800-\uf8ff\ufe00-\ufe0f\ufffc-\uffff\U0001f000-\U0001faff"
)
_WORD = re.compile(f"[^{_SEPARATORS}]+")


def _is_dropped_mark(char: str) -> bool:
    """Return whether a mark is dropped: accents, Arabic and Hebrew vowel signs, the Indic dot below; no Indic vowel.

    These are the combining classes 200 and up, 10 to 35, and 7.
    """
    combining = unicodedata.combining(char)
    return combining == 7 or 10 <= combining <= 35 or combining >= 200


@lru_cache(maxsize=4096)
def _fold_char(char: str) -> str:
    if char in _VARIANTS:
        return _VARIANTS[char]
    if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Cn"}:
        return " " if char in "\t\n\r" else ""
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    kept = (c for c in unicodedata.normalize("NFKD", char) if not _is_dropped_mark(c))
    folded = "".join(_VARIANTS.get(c, c) for c in kept).casefold()
    return "".join(anyascii(c).lower() if "\x7f" < c <= LAST_LATIN else c for c in folded)


def fold(text: str) -> str:
    """Normalise a text: lower case, Latin without accents, digits as 0-9, no control or invisible characters.

    Punctuation stays, other scripts stay in their script. Never raises, whatever the characters.
    """
    if text.isascii() and text.isprintable():
        return text.lower()
    return "".join(map(_fold_char, text))


def words(text: str) -> list[str]:
    """Return the normalised words (tokens) of a text in order; punctuation, symbols and emoji separate them."""
    return split_words(fold(text))


def split_words(folded: str) -> list[str]:
    """Split a text that `fold` has normalised into its words."""
    return _WORD.findall(folded)
