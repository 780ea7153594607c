"""Which of several numbered things somebody chose, where they say more than the bare number.

For instance "option 2", "the second one", "mbili", "2 please".
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from config.languages.kinds import ByNumber
from config.languages.load import load_languages
from reporting.languages.normalise import words

_LONGEST: Final = 4  # words
_FIGURES: Final = {str(number): number for number in range(1, 10)}


@dataclass(frozen=True, slots=True)
class _Table:
    """The normalised words of all languages, with the numbers that they say."""

    ordinals: Mapping[str, int]
    cardinals: Mapping[str, int]
    around: frozenset[str]  # any other word makes it something else: "ward 2" is a place


def find_choice(said: Sequence[str]) -> int | None:
    """Find the number from 1 to 10 that folded words choose, None where they say anything else or more than one."""
    if not said or len(said) > _LONGEST:
        return None
    table = _load()
    ordinals = [table.ordinals[word] for word in said if word in table.ordinals]
    if len(ordinals) == 1:  # "the second one" is one choice
        return ordinals[0] if all(_is_around(word, table) or word in table.ordinals for word in said) else None
    numbers = [table.cardinals[word] for word in said if word in table.cardinals]
    if len(numbers) != 1 or ordinals:
        return None
    return numbers[0] if all(word in table.around or word in table.cardinals for word in said) else None


def _is_around(word: str, table: _Table) -> bool:
    return word in table.around or table.cardinals.get(word) == 1


@lru_cache(maxsize=1)
def _load() -> _Table:
    """Load the words of all languages; cached."""
    languages = load_languages().values()
    return _Table(
        _turn(language.ordinals for language in languages),
        {**_FIGURES, **_turn(language.numbers for language in languages)},
        frozenset(word for language in languages for listed in language.answers.around for word in words(listed)),
    )


def _turn(tables: Iterable[ByNumber]) -> Mapping[str, int]:
    """Turn tables of words by number; of a word that two languages have for two numbers the first counts."""
    turned: dict[str, int] = {}
    for table in tables:
        for number, listed in table.items():
            for word in listed:
                turned.setdefault("".join(words(word)), number)
    return turned
