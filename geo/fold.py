"""Folding: every way to write a name comes down to plain lower-case words, so that names can be compared.

"Delmas 33", "DELMAS33" and "delmas-33" fold to the same words; accents go, other scripts are written in Latin letters.
"""

import html
import re
import unicodedata

from anyascii import anyascii

# What stands in a text and is never part of a name: links, mail addresses, handles.
_NOISE = re.compile(r"https?://\S+|\S+@\S+\.\S+|(?<!\w)@\w+")
# An elided article (l'Acul, d'Haïti) says nothing; people drop it or glue it as they like.
_ELISION = re.compile(r"\b(?:[ldnmstjc]|qu)['’`´](?=[^\W\d_])", re.IGNORECASE)
_APOSTROPHE = re.compile(r"(?<=\w)['’`´](?=\w)")
# "P-au-P", "P.A.P.": the initials of a name, with the little word between.
_INITIALS = re.compile(r"(?<![\w'’])(?:[a-z][.\s-]+)(?:(?:[a-z]|au|d[eu]s?)[.\s-]+)+[a-z](?![\w'’])\.?", re.IGNORECASE)
# Nepali glues its postpositions to the name; apart, both are words that are known.
_POSTPOSITION = re.compile(r"(?<=[\u0900-\u097f]{3})(मा|को|का|की|बाट|देखि|सम्म|लाई|ले|तिर|नेर)(?![\u0900-\u097f])")
# Arabic glues "in", "and", "to" and "like" to the article of a name; the name is what comes after.
_BEFORE_ARTICLE = re.compile(r"(?<!\w)(?:(?:[وف]?[بك]|[وف])ال|[وف]?لل)(?=[\u0621-\u064a]{3})")
_WORD = re.compile(r"[a-z]+|[0-9]+")
# What no name runs across: commas, brackets, line ends, a full stop after a whole word ("St. Marc" is no end).
_BREAK = re.compile(r"[,;:()\[\]!?|/\n\r\t]+|(?<=\w\w\w\w)\.(?=\s|$)|\s[-–—]+\s|।")


def fold(text: str, *, is_unfinished: bool = False) -> list[str]:
    """The words of a text, lower case, ASCII letters or digits only; numbers stand alone.

    What somebody is still typing (`is_unfinished`) may end like a word with a postposition and be none.
    """
    text = _INITIALS.sub(_join_initials, unicodedata.normalize("NFC", _clean(text)))
    if not text.isascii() or "'" in text or "`" in text:
        text = _APOSTROPHE.sub("", _ELISION.sub("", text))
    text = text.casefold()
    if not text.isascii():
        text = anyascii(text if is_unfinished else _unglue(text)).lower()
    return _WORD.findall(text)


def _unglue(text: str) -> str:
    return _BEFORE_ARTICLE.sub("ال", _POSTPOSITION.sub(r" \1", text))


def fold_parts(text: str) -> list[list[str]]:
    """The words of a text, a list for each part that commas and other ends of a name divide it into."""
    return [words for part in _BREAK.split(_clean(text)) if (words := fold(part))]


def _clean(text: str) -> str:
    """A text without what is never part of a name. Most have nothing of it, and looking for a sign is quick."""
    if "&" in text:
        text = html.unescape(html.unescape(text))
    return _NOISE.sub(" ", text) if "@" in text or "://" in text else text


def fold_name(name: str, *, is_unfinished: bool = False) -> str:
    """A name as its folded words with single spaces between."""
    return " ".join(fold(name, is_unfinished=is_unfinished))


def without_postposition(word: str) -> str:
    """A Nepali word without the postposition that is glued to it, any other as it is."""
    return _POSTPOSITION.sub("", word)


def _join_initials(match: re.Match[str]) -> str:
    return "".join(word[0] for word in re.findall(r"\w+", match[0]))
