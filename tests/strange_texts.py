"""Texts that make whoever reads them try for long: repeated units, words by chance in every script, names of places."""

import itertools
import random
from collections.abc import Iterator
from functools import cache
from typing import Final

from tests.strange_places import SCRIPTS, list_named

LENGTH: Final = 10_000
_SIGNS: Final = "aA5@.,;:'\"([{<>&#+-_*/\\|=?!%$ \t\n\r\x00"
_LETTERS: Final = (
    *("é", "म", "ا", "\u064b", "\u0301", "\u200b", "\u200d", "\u00a0", "\u2028", "😀"),
    *("aа", "°", "’", "३", "ﬃ", "ﷺ", "बाट ", "كيلومتر ", "طريق "),
)
_WORDS: Final = (
    *("a ", "A B ", "aA", "a_", "a_ ", "a.", "a. ", "a-", "a/", "a'", "d'", "a\n"),
    *("he beat my ", "r@p", "wat ", "port au prince ", "Delmas 33 ", "P-au-", "U.S.", "#aA", "St ", "x" * 2000 + " "),
)
_FIGURES: Final = (
    *("5 ", "5\n", "a5", "5-", "12.55 ", "1:1 ", "1/1/", "500000 ", "5000000\n", "١.٢ "),
    *("N ", "18N ", "48°", "48 30 ", "X:", "x=", "+2", "8FVC9G8F+", "(509-"),
    *("3 days ago ", "for 2 days ", "1 jan ", "12:30 ", "5 pm", "monday "),
)
_PLACES: Final = (
    *("5 km east of a ", "near a ", "a - b ", "between a and ", "from a to ", "a ko "),
    *("http://", "https://a ", "://", "geo:1,1;", "www.", "@1,1", "&q=1,1", "/l/", "@a", "a@", "a@b."),
)
_MARKS: Final = (
    *("&amp;", "&#9", "&#x", "<a ", "<a>", "</a>", "<!--", "<![", "<!", "<?", "<a href=", "<a b='", "<blockquote>"),
    *("(a)", '"a"', '\\"', "\\(", ">\n", "> a\n", "-- \n", "a: b\n", "---- a", "2020 12:30 "),
    *("=?utf-8?q?a?= ", "=?", "a@b.c, ", "; a*0=b", "; a=b", ". "),
)
UNITS: Final = tuple(dict.fromkeys((*_SIGNS, *_LETTERS, *_WORDS, *_FIGURES, *_PLACES, *_MARKS)))
_WHITE: Final = (" ", "\n", "a", "-", "5\n")
_AROUND: Final = (
    *(("water 500000", "x"), ("a", "b"), ("5 km", "!"), ("a@", "."), ("http://a", "."), ("<a ", ">"), ("1:", "5")),
    *(("near", "x"), ("2020", "x"), ("---- a", "x"), ("(509", "x"), ("for 2", "x")),
)


# What unknown words are made of, and from how many of it to how many.
_UNKNOWN: Final = (
    (tuple("abcdefghijklmnopqrstuvwxyz"), 5, 7),
    (tuple("abehrtunwm013459"), 6, 9),
    (("tu", "na", "wa", "me", "ali", "pig", "wat", "be", "hur", "ta", "ki", "la", "gol", "ed", "ing", "vio"), 2, 4),
    (tuple("abcdefghijklmnopqrstuvwxyz"), 1, 3),
    (tuple("abcDEF"), 2, 8),
    *((letters, *sizes) for letters in SCRIPTS.values() for sizes in ((1, 3), (3, 8))),
    (tuple("".join(map("".join, SCRIPTS.values()))), 2, 7),
)


def _make_unknown_words(made_of: tuple[tuple[str, ...], int, int]) -> str:
    """Words by chance, no two alike and the same in every run: each is looked up anew, and guessed at."""
    parts, least, most = made_of
    chance = random.Random(14)
    words = ("".join(chance.choices(parts, k=chance.randint(least, most))) for _ in range(LENGTH // least))
    return " ".join(words)[:LENGTH]


@cache
def list_texts() -> tuple[str, ...]:
    """Texts of LENGTH characters, made once.

    One unit over and over; what may be skipped between a beginning and an end; words by chance; names of places.
    """
    return tuple(_make_texts())


def _make_texts() -> Iterator[str]:
    for unit in UNITS:
        yield unit * (LENGTH // len(unit))
    for (before, behind), unit in itertools.product(_AROUND, _WHITE):
        yield before + unit * ((LENGTH - len(before) - len(behind)) // len(unit)) + behind
    yield from map(_make_unknown_words, _UNKNOWN)
    yield from (" ".join(names)[:LENGTH] for names in list_named())
    half = "5000000" + "\n" * 1_150
    yield "water 500000" + "\n" * 400 + half + "x"
