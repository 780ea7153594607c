"""Detects contradictions between nearly equal texts: another number, another word in the same place, a negation.

Reports from neighbouring camps, streets or blocks often use one template. Then the equal words tell nothing, and the
few different words decide. Different spellings, and words that only one text adds, are no contradiction.
"""

from functools import lru_cache

from rapidfuzz import fuzz, process

from config.bounded_cache import remember
from config.languages.load import collect
from reporting.incidents.text_similarity import COMPARED_CHARACTERS, fold

_SPELT_ALIKE = 75.0  # rapidfuzz ratio, 0 to 100: one word in two spellings
_LEAST_LETTERS = 4  # shorter words are never taken for one word in two spellings
_MANY_WORDS = 60  # texts that differ in more words each contradict without a closer look
_REMEMBERED_BYTES = 8 << 20


@remember(_REMEMBERED_BYTES)
def contradict(a: str, b: str) -> bool:
    """Return whether two texts contradict each other, however similar they are otherwise; symmetric."""
    words_a, words_b = (set(fold(text[:COMPARED_CHARACTERS]).split()) for text in (a, b))
    if min(len(words_a - words_b), len(words_b - words_a)) > _MANY_WORDS:
        return True
    only_a, only_b = _drop_spellings(words_a - words_b, words_b - words_a)
    only = only_a | only_b
    if not only:
        return False
    if any(word.isdecimal() for word in only) and _have_numbers(words_a) and _have_numbers(words_b):
        return True
    return bool(only & _not_words()) or bool(only_a and only_b)


def _have_numbers(words: set[str]) -> bool:
    return any(word.isdecimal() for word in words)


def _drop_spellings(only_a: set[str], only_b: set[str]) -> tuple[set[str], set[str]]:
    """Remove from both the words that the other has in another spelling."""
    words_a, words_b = _list_spelt(only_a), _list_spelt(only_b)
    if not words_a or not words_b:
        return only_a, only_b
    similarity = process.cdist(words_a, words_b, scorer=fuzz.ratio)
    rows, columns = (similarity >= _SPELT_ALIKE).nonzero()
    return only_a - {words_a[row] for row in rows}, only_b - {words_b[column] for column in columns}


def _list_spelt(words: set[str]) -> list[str]:
    """List the words that may have several spellings."""
    return [word for word in words if len(word) >= _LEAST_LETTERS and not word.isdecimal()]


@lru_cache(maxsize=1)
def _not_words() -> frozenset[str]:
    return frozenset(fold(" ".join(collect(lambda language: language.negation))).split())
