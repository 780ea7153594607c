"""Normalisation (folding) of names: every spelling becomes plain lower-case words, so that names can be compared.

"Delmas 33", "DELMAS33" and "delmas-33" fold to the same words. Accents are removed, and other scripts are
transliterated to Latin letters.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import Final

from anyascii import anyascii

from config.html_entities import unescape
from config.languages.load import collect
from config.languages.words import LanguageWords

# Never part of a name: links, e-mail addresses, handles.
NOISE = re.compile(r"https?://\S+|(?<!\S)\S[^\s@]*@\S[^\s.]*\.\S+|(?<!\w)@\w+")
# Apostrophes as they are typed, and the signs that write ayn and hamza in Latin letters ("San‘a’", "Taʿizz").
_MARKS = "'’`´‘ʼʻʿʾ′"
_APOSTROPHE = re.compile(rf"(?<=\w)[{_MARKS}](?=\w)")
# Arabic writes "in", "and", "to" and "like" as prefixes (proclitics) of the article; the name follows.
_BEFORE_ARTICLE = re.compile(r"(?<!\w)(?:(?:[وف]?[بك]|[وف])ال|[وف]?لل)(?=[\u0621-\u064a]{3})")
# Arabic writes no short vowels, so its long ones and ayn are kept as letters: without them "Aden" is two consonants.
# Hamza is often dropped or misplaced; vowel marks and tatweel (stretching) carry no meaning.
_ARABIC = str.maketrans(
    {"ا": "a", "أ": "a", "إ": "a", "آ": "a", "ٱ": "a", "ع": "a", "ء": "", "ئ": "y", "ؤ": "w", "ـ": "", "ٰ": ""}
    | {chr(mark): "" for mark in range(0x064B, 0x0653)}
)
_IS_ARABIC = re.compile(r"[\u0621-\u064a]")
# Two Arabic letters say as much as three Latin ones ("إب", Ibb), and must not be treated as a two-letter word.
_SHORT_ARABIC = re.compile(r"(?<!\w)[\u0621-\u064a]{2,4}(?!\w)")
_WORD = re.compile(r"[a-z]+|[0-9]+")
_BLOCK: Final = 128
LONGEST_TEXT = 2_000  # characters of a text that are read; no message is longer
_LONGEST_PLAIN = 3_000  # letters after transliteration: some characters become twenty letters
_LONGEST_WORD = 100  # letters of a word that count; no name has a longer one
# Ends of a name: commas, brackets, line ends, a full stop after a whole word ("St. Marc" has an abbreviation's).
_BREAK = re.compile(r"[,;:()\[\]!?|/\n\r\t]+|(?<=\w\w\w\w)\.(?=\s|$)|\s[-–—]+\s|।")


@dataclass(frozen=True, slots=True)
class _Orthography:
    """How languages write what is no part of a name."""

    elided: re.Pattern[str]  # an elided article (l'Acul, d'Haïti) carries no meaning; people drop it or glue it
    articles: re.Pattern[str]  # that of a name ("L'Estère") is often glued, so `has_articles` keeps it as a word
    initials: re.Pattern[str]  # "P-au-P", "P.A.P.": the initials of a name, with the little word between
    suffix: re.Pattern[str]  # a postposition at the end of the name ("मा", in); separated, both are known words


@lru_cache(maxsize=1)
def _load() -> _Orthography:
    """Make the patterns of the words of all languages; cached."""
    elided, articles, initials = (
        "|".join(sorted(map(re.escape, collect(choose)), key=len, reverse=True)) or "(?!)"
        for choose in (_places("elided"), _places("elided_articles"), _places("initials"))
    )
    return _Orthography(
        re.compile(rf"\b(?:{elided})[{_MARKS}](?=[^\W\d_])", re.IGNORECASE),
        re.compile(rf"\b({articles})[{_MARKS}](?=[^\W\d_])", re.IGNORECASE),
        re.compile(rf"(?<![\w'’])(?:[a-z][.\s-]+)(?:(?:[a-z]|{initials})[.\s-]+)+[a-z](?![\w'’])\.?", re.IGNORECASE),
        _make_suffix(collect(_places("suffixes"))),
    )


def _places(name: str) -> Callable[[LanguageWords], tuple[str, ...]]:
    return attrgetter(f"places.{name}")


def _make_suffix(suffixes: Sequence[str]) -> re.Pattern[str]:
    """Compile the suffixes, each behind three signs of its own script: scripts of India have blocks of 128 signs."""
    by_block: dict[int, list[str]] = {}
    for suffix in suffixes:
        by_block.setdefault(ord(suffix[0]) // _BLOCK, []).append(re.escape(suffix))
    ways = [
        rf"(?<={signs}{{3}})(?:{'|'.join(sorted(listed, key=len, reverse=True))})(?!{signs})"
        for block, listed in by_block.items()
        for signs in (f"[{chr(block * _BLOCK)}-{chr(block * _BLOCK + _BLOCK - 1)}]",)
    ]
    return re.compile("|".join(ways) or "(?!)")


def fold(text: str, *, is_unfinished: bool = False, has_articles: bool = False) -> list[str]:
    """Fold a text to its words: lower-case ASCII letters, or digits; numbers are words of their own.

    `is_unfinished` is for text that somebody is still typing: its last letters may look like a postposition and be
    none, so none is split off. With `has_articles` the elided "l" and "d" are words, else they are dropped.
    """
    written = _load()
    text = join_initials(_clean(text[:LONGEST_TEXT]))
    if not text.isascii() or "'" in text or "`" in text:
        text = written.articles.sub(r"\1 ", text) if has_articles else text
        text = _APOSTROPHE.sub("", written.elided.sub("", text))
    text = text.casefold()
    if not text.isascii():
        text = anyascii(_spell_arabic(text if is_unfinished else _unglue(text))).lower()
    return [word[:_LONGEST_WORD] for word in _WORD.findall(text[:_LONGEST_PLAIN])]


def condense(text: str) -> str:
    """Collapse repeated blanks and empty lines, so that the length limit counts words and not blanks."""
    return "\n".join(line for each in text.splitlines() if (line := " ".join(each.split())))


def _unglue(text: str) -> str:
    return _BEFORE_ARTICLE.sub("ال", _load().suffix.sub(r" \g<0>", text))


def _spell_arabic(text: str) -> str:
    """Transliterate Arabic letters so that long vowels remain and words stay distinct; other letters are unchanged."""
    if _IS_ARABIC.search(text) is None:
        return text
    return _SHORT_ARABIC.sub(_double_last, text).translate(_ARABIC)


def _double_last(match: re.Match[str]) -> str:
    plain = match[0].translate(_ARABIC)
    return plain + plain[-1] if len(plain) == 2 else match[0]


def fold_parts(text: str) -> list[list[str]]:
    """Split a text where a name must end (commas, brackets, line ends) and fold each part to its words.

    Elided articles are words here: a name may be written with its own, without it, or as one word with it.
    """
    return [words for part in _BREAK.split(_clean(text[:LONGEST_TEXT])) if (words := fold(part, has_articles=True))]


def _clean(text: str) -> str:
    """Remove links, addresses and handles, and decode HTML entities.

    Most texts have none of them, so a quick search for their signs comes first.
    """
    if "&" in text:
        text = unescape(unescape(text))
    return NOISE.sub(" ", text) if "@" in text or "://" in text else text


def fold_name(name: str, *, is_unfinished: bool = False) -> str:
    """Fold a name to one string: its words with single spaces between."""
    return " ".join(fold(name, is_unfinished=is_unfinished))


def without_postposition(word: str) -> str:
    """Remove the postposition that is glued to a word (Nepali); any other word is returned as it is."""
    return _load().suffix.sub("", word)


def join_initials(text: str) -> str:
    """Join the initials of a name to one word ("P au P", "P.A.P."), in a text that is composed (NFC) first."""
    return _load().initials.sub(_join_match, unicodedata.normalize("NFC", text))


def _join_match(match: re.Match[str]) -> str:
    return "".join(word[0] for word in re.findall(r"\w+", match[0]))
