"""Stop words, links, cues and feature classes of all languages, folded as texts are.

Stop words are everyday words, so that they are not taken for toponyms. Words that are also place names (in Creole
"kafou", "bo") are left out unless they nearly always mean something else.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from config.languages.load import collect, load_languages
from geo.text.normalise import fold

_ARTICLE: Final = "ال"  # Arabic, at the beginning of its word
_IS_ARABIC: Final = ("\u0621", "\u064a")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The folded words of all languages that tell the role of a word in a text."""

    common: frozenset[str]
    links: frozenset[str]
    articles: frozenset[str]
    cues: frozenset[str]
    cues_behind: frozenset[str]
    kinds: frozenset[str]  # in their common form
    same: Mapping[str, str]  # the common form by other words and spellings


@lru_cache(maxsize=1)
def load_vocabulary() -> Vocabulary:
    """Load the words of all languages; cached."""
    same = {word: first for first, *others in list_spellings() for word in others}
    kinds = _fold_listed(collect(lambda language: language.places.kinds))
    return Vocabulary(
        _fold_listed(collect(lambda language: language.places.stop_words)),
        _fold_listed(collect(lambda language: language.places.links)),
        _fold_listed(collect(lambda language: language.places.articles)),
        _fold_listed(collect(lambda language: language.places.cues)),
        _fold_listed(collect(lambda language: language.places.cues_behind)),
        frozenset(same.get(word, word) for word in kinds),
        same,
    )


def list_spellings() -> list[tuple[str, ...]]:
    """List the groups of words and spellings that are one in names of places, each with the common form first."""
    groups: dict[str, dict[str, None]] = {}
    for language in load_languages().values():
        for first, others in language.places.spellings.items():
            groups.setdefault(_fold(first), {}).update(dict.fromkeys(map(_fold, others)))
    return [(first, *(word for word in others if word != first)) for first, others in groups.items()]


def _fold(word: str) -> str:
    return "".join(fold(word))


def _fold_listed(words: Iterable[str]) -> frozenset[str]:
    """Fold words; Arabic ones also with their article."""
    listed = tuple(words)
    arabic = [word for word in listed if _IS_ARABIC[0] <= word[0] <= _IS_ARABIC[1]]
    return frozenset(map(_fold, (*listed, *(_ARTICLE + word for word in arabic))))
