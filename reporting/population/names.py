"""Compares names of areas: folded, without their kind ("Municipal"), and how alike two spellings are."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from rapidfuzz.fuzz import ratio

from geo.text.normalise import fold_name
from reporting.population.words import load_words

CLOSE: Final = 85.0  # of 100: a letter of seven may be another one
MARGIN: Final = 6.0  # by which the best spelling must be closer than any other
_CONTAINED: Final = 90.0
_SHORTEST: Final = 5  # letters: shorter names are alike by chance
_PREFIX: Final = 4  # letters of a word that is shortened ("Bolga", Bolgatanga)
_LONGEST: Final = 200  # characters


@dataclass(frozen=True, slots=True)
class AreaName:
    """A folded name: the whole, the core without its kind, the words that tell areas of one name apart.

    `rest` are the core's letters without blanks, `sorted_rest` with its words in the order of the alphabet.
    """

    folded: str
    core: str
    rest: str
    sorted_rest: str
    qualifiers: frozenset[int]


@lru_cache(maxsize=50_000)
def fold_area(name: str) -> AreaName:
    """Fold a name; what stands in brackets is no part of its core; cached."""
    name = name[:_LONGEST]
    words = load_words()
    core = _cut_kinds(tuple(fold_name(_cut_brackets(name)).split()) or tuple(fold_name(name).split()))
    found = frozenset(words.qualifiers[word] for word in core if word in words.qualifiers)
    digits = frozenset(-1 - int(word[:9]) for word in core if word.isdecimal())
    return AreaName(fold_name(name), " ".join(core), "".join(core), "".join(sorted(core)), found | digits)


def compare_spelling(one: AreaName, other: AreaName) -> float:
    """Return how alike two cores are, from 0 to 100; 0 where they differ in a qualifier or a number.

    Blanks and the order of the words do not count. A name that holds all words of the other, or longer ones that begin
    so, is nearly equal: "Manya" and "Manya Krobo".
    """
    if one.qualifiers != other.qualifiers:
        return 0.0
    best = compare_letters(one, other, CLOSE - MARGIN)
    if min(len(one.rest), len(other.rest)) < _SHORTEST:
        return best if one.rest == other.rest else 0.0
    return best if best >= _CONTAINED or not _is_contained(one, other) else _CONTAINED


def compare_letters(one: AreaName, other: AreaName, least: float = 0.0) -> float:
    """Return how alike the letters of two cores are, in their order or with the words sorted; 0 below `least`."""
    ordered = ratio(one.rest, other.rest, score_cutoff=least)
    if one.rest == one.sorted_rest and other.rest == other.sorted_rest:
        return ordered
    return max(ordered, ratio(one.sorted_rest, other.sorted_rest, score_cutoff=least))


def _is_contained(one: AreaName, other: AreaName) -> bool:
    """Tell whether the longer name has all words of the shorter one, which is more than a direction."""
    shorter, longer = sorted((one.core.split(), other.core.split()), key=len)
    return _holds(longer, shorter) and not all(word in load_words().qualifiers for word in shorter)


def _holds(longer: list[str], shorter: list[str]) -> bool:
    """Tell whether each word of the shorter name is one of the longer's, or shortens one."""
    rest = list(longer)
    for word in shorter:
        found = next((each for each in rest if each == word), None) or next(
            (each for each in rest if min(len(each), len(word)) >= _PREFIX and _begin_alike(each, word)), None
        )
        if found is None:
            return False
        rest.remove(found)
    return True


def _begin_alike(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _cut_brackets(name: str) -> str:
    """Remove what stands in brackets, if they are closed."""
    before, opened, rest = name.partition("(")
    inner, closed, after = rest.partition(")")
    return f"{before} {after}" if opened and closed and before.strip() and inner else name


def _cut_kinds(core: tuple[str, ...]) -> tuple[str, ...]:
    """Cut the kinds of area off the beginning and the end of a name, once each; never the whole name."""
    words = load_words()
    for kind in words.kinds_before:
        if len(core) > len(kind) and core[: len(kind)] == kind:
            core = core[len(kind) :]
            break
    for kind in words.kinds:
        if len(core) > len(kind) and core[-len(kind) :] == kind:
            return core[: -len(kind)]
    return core
