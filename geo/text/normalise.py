"""Folding: every way to write a name comes down to plain lower-case words, so that names can be compared.

"Delmas 33", "DELMAS33" and "delmas-33" fold to the same words; accents go, other scripts are written in Latin letters.
"""

import re
import unicodedata

from anyascii import anyascii

from config.html_entities import unescape

# What stands in a text and is never part of a name: links, mail addresses, handles.
NOISE = re.compile(r"https?://\S+|(?<!\S)\S[^\s@]*@\S[^\s.]*\.\S+|(?<!\w)@\w+")
# Apostrophes as they are typed, and the signs that write ayn and hamza in Latin letters ("San‘a’", "Taʿizz").
_MARKS = "'’`´‘ʼʻʿʾ′"
# An elided article (l'Acul, d'Haïti) says nothing; people drop it or glue it as they like.
_ELISION = re.compile(rf"\b(?:[ldnmstjc]|qu)[{_MARKS}](?=[^\W\d_])", re.IGNORECASE)
# That of a name ("L'Estère") is glued to it as often, so who compares names may keep it as a word of its own.
_ARTICLE = re.compile(rf"\b([ld])[{_MARKS}](?=[^\W\d_])", re.IGNORECASE)
_APOSTROPHE = re.compile(rf"(?<=\w)[{_MARKS}](?=\w)")
# "P-au-P", "P.A.P.": the initials of a name, with the little word between.
_INITIALS = re.compile(r"(?<![\w'’])(?:[a-z][.\s-]+)(?:(?:[a-z]|au|d[eu]s?)[.\s-]+)+[a-z](?![\w'’])\.?", re.IGNORECASE)
# Nepali glues its postpositions to the name; apart, both are words that are known.
_POSTPOSITION = re.compile(r"(?<=[\u0900-\u097f]{3})(मा|को|का|की|बाट|देखि|सम्म|लाई|ले|तिर|नेर)(?![\u0900-\u097f])")
# Arabic glues "in", "and", "to" and "like" to the article of a name; the name is what comes after.
_BEFORE_ARTICLE = re.compile(r"(?<!\w)(?:(?:[وف]?[بك]|[وف])ال|[وف]?لل)(?=[\u0621-\u064a]{3})")
# Arabic writes no short vowels, so its long ones and ayn are kept as letters: without them "Aden" is two consonants.
# Hamza is dropped or written anywhere, and vowel marks and stretching say nothing.
_ARABIC = str.maketrans(
    {"ا": "a", "أ": "a", "إ": "a", "آ": "a", "ٱ": "a", "ع": "a", "ء": "", "ئ": "y", "ؤ": "w", "ـ": "", "ٰ": ""}
    | {chr(mark): "" for mark in range(0x064B, 0x0653)}
)
_IS_ARABIC = re.compile(r"[\u0621-\u064a]")
# A word of two letters carries as much there as one of three here ("إب", Ibb), and must not be taken for one of two.
_SHORT_ARABIC = re.compile(r"(?<!\w)[\u0621-\u064a]{2,4}(?!\w)")
_WORD = re.compile(r"[a-z]+|[0-9]+")
LONGEST_TEXT = 2_000  # characters of a text that are read; a longer one is no message
_LONGEST_PLAIN = 3_000  # letters that it may become: some signs are written with twenty
_LONGEST_WORD = 100  # letters of a word that count; no name has a longer one
# What no name runs across: commas, brackets, line ends, a full stop after a whole word ("St. Marc" is no end).
_BREAK = re.compile(r"[,;:()\[\]!?|/\n\r\t]+|(?<=\w\w\w\w)\.(?=\s|$)|\s[-–—]+\s|।")


def fold(text: str, *, is_unfinished: bool = False, has_articles: bool = False) -> list[str]:
    """Fold a text to its words, lower case, ASCII letters or digits only; numbers stand alone.

    What somebody is still typing (`is_unfinished`) may end like a word with a postposition and be none. With
    `has_articles` the elided "l" and "d" are words, else they are dropped.
    """
    text = _INITIALS.sub(_join_initials, unicodedata.normalize("NFC", _clean(text[:LONGEST_TEXT])))
    if not text.isascii() or "'" in text or "`" in text:
        text = _ARTICLE.sub(r"\1 ", text) if has_articles else text
        text = _APOSTROPHE.sub("", _ELISION.sub("", text))
    text = text.casefold()
    if not text.isascii():
        text = anyascii(_spell_arabic(text if is_unfinished else _unglue(text))).lower()
    return [word[:_LONGEST_WORD] for word in _WORD.findall(text[:_LONGEST_PLAIN])]


def condense(text: str) -> str:
    """The text without blanks and line ends beyond the first: what stands behind a thousand of them is read too."""
    return "\n".join(line for each in text.splitlines() if (line := " ".join(each.split())))


def _unglue(text: str) -> str:
    return _BEFORE_ARTICLE.sub("ال", _POSTPOSITION.sub(r" \1", text))


def _spell_arabic(text: str) -> str:
    """Spell Arabic letters so that the words of a text keep their vowels and are told apart; others stay."""
    if _IS_ARABIC.search(text) is None:
        return text
    return _SHORT_ARABIC.sub(_double_last, text).translate(_ARABIC)


def _double_last(match: re.Match[str]) -> str:
    plain = match[0].translate(_ARABIC)
    return plain + plain[-1] if len(plain) == 2 else match[0]


def fold_parts(text: str) -> list[list[str]]:
    """Fold a text to a list of words for each part that commas and other ends of a name divide it into.

    Elided articles are words here: a name may be written with its own, without it, or as one word with it.
    """
    return [words for part in _BREAK.split(_clean(text[:LONGEST_TEXT])) if (words := fold(part, has_articles=True))]


def _clean(text: str) -> str:
    """A text without what is never part of a name. Most have nothing of it, and looking for a sign is quick."""
    if "&" in text:
        text = unescape(unescape(text))
    return NOISE.sub(" ", text) if "@" in text or "://" in text else text


def fold_name(name: str, *, is_unfinished: bool = False) -> str:
    """A name as its folded words with single spaces between."""
    return " ".join(fold(name, is_unfinished=is_unfinished))


def without_postposition(word: str) -> str:
    """A Nepali word without the postposition that is glued to it, any other as it is."""
    return _POSTPOSITION.sub("", word)


def _join_initials(match: re.Match[str]) -> str:
    return "".join(word[0] for word in re.findall(r"\w+", match[0]))
