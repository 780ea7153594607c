"""Toponym recognition: every place that a text names, in the order of the text, each with its likeliest point.

`Locator.locate` gives one answer and weighs everything in a text. Here each name stands for itself: where it is
written, which of its homonyms is meant, and how likely it is a place at all. The answer depends on population and kind
of the place, on how the word is written, on the words beside it, and on the other places in the text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from geo.distance import Floats, squares_m2, stand
from geo.index.name_index import NameIndex, Namesake
from geo.resolver.toponym_runs import is_plain, list_keys, read_tokens
from geo.text.spans import read_words
from geo.text.tokens import Token
from geo.text.toponym_cues import load_cues

LEAST: Final = 5.4  # below this a name is more likely something else
# Lower, for names of one country and a person who judges: nearly twice as many messages are marked, and
# hardly fewer of the marks are correct (bench/mentions.py).
LEAST_SHOWN: Final = 3.0
_KIND: Final = {"country": 3.0, "admin1": 2.0, "admin2": -0.8}
_REACH_M: Final = {"country": 900_000.0, "admin1": 450_000.0, "admin2": 80_000.0}
_REACH_TOWN_M: Final = 120_000.0
_CONTEXT: Final = 3.0  # bonus for lying near another named place, in powers of ten of population
_AROUND: Final = 2.5  # and for lying near places that were named before
# Penalty of an alternate name, larger for short ones: codes of airports are often everyday words.
_OTHER_NAME, _OTHER_SHORT, _SHORT = 0.6, 2.5, 3
_BESIDE: Final = 1.3  # how much more a place says of one whose name stands right beside its own
# Places of a text that are weighed: each is compared with each. Where the names of a text have more, only the largest
# places of each name are.
_MOST_PLACES: Final = 400


@dataclass(frozen=True, slots=True)
class Toponym:
    """A toponym in a text: the characters from `start` to `end`, and the likeliest place of that name.

    `certainty` is on the scale of the base-10 logarithm of population; a larger value is surer. `radius_m` is the size
    of the place in metres.
    """

    start: int
    end: int
    name: str
    kind: str
    lat: float
    lon: float
    radius_m: float
    certainty: float


@dataclass(frozen=True, slots=True)
class ContextMention:
    """A place that was named before, by others who write about the same event."""

    lat: float
    lon: float
    kind: str = ""


_Point = Namesake | Toponym | ContextMention


@dataclass(slots=True)
class _Open:
    start: int  # tokens
    end: int
    letters: int
    bonus: float  # score of its spelling and the words beside it
    places: list[Namesake]
    best: int = 0
    certainty: float = 0.0


def read_mentions(
    text: str, names: NameIndex, around: Sequence[Toponym | ContextMention] = (), least: float = LEAST
) -> list[Toponym]:
    """Find the toponyms of a text that have a certainty of `least` or more, in the order of the text.

    `around`: places that were named before by others who write about the same event.
    """
    tokens = read_tokens(text)
    found = _list_open(tokens, names)
    if found:
        _choose_all(found, around)
    chosen: list[_Open] = []
    is_taken = [False] * len(tokens)
    # A longer name wins over a shorter one inside it ("New Mexico" over "Mexico").
    for one in sorted(found, key=lambda one: (-(one.end - one.start), -one.certainty)):
        if one.certainty >= least and not any(is_taken[one.start : one.end]):
            chosen.append(one)
            is_taken[one.start : one.end] = [True] * (one.end - one.start)
    return [_show(one, tokens) for one in sorted(chosen, key=lambda one: one.start)]


def _list_open(tokens: Sequence[Token], names: NameIndex) -> list[_Open]:
    has_case, barred = is_plain(tokens), _list_barred(tokens)
    runs = [run for run in list_keys(tokens) if run[2] not in barred]
    places = names.find_namesakes([key for *_, key in runs], _MOST_PLACES)
    return [
        _Open(start, end, len(key), _weigh_writing(tokens, start, end, has_case), found)
        for (start, end, key), found in zip(runs, places, strict=True)
        if found
    ]


def _list_barred(tokens: Sequence[Token]) -> set[str]:
    """List the names of storms: "Florence" is no town in a text that has "Hurricane Florence"."""
    storms = load_cues().storms
    return {
        "".join(word.text for word in read_words(after.text))
        for before, after in pairwise(tokens)
        if before.text.casefold() in storms and after.is_joined
    }


def _weigh_writing(tokens: Sequence[Token], start: int, end: int, has_case: bool) -> float:
    """Score the spelling of some words and the words beside them, as evidence for a place."""
    run, before = tokens[start:end], tokens[start - 1] if start else None
    cues, weight = load_cues(), 0.7 * (end - start - 1)
    if has_case and run[0].tag < 0:
        weight += -2.5 if run[0].is_small else 0.0
        weight -= 0.7 * (before is None)
    if before is not None and run[0].is_joined and run[0].tag < 0:
        word = before.text.casefold()
        weight += 1.5 if word in cues.before else -3.0 if word in cues.storms else 0.0
        weight -= 1.0 * (has_case and before.is_capital and word not in cues.before and word not in cues.edges)
    after = tokens[end] if end < len(tokens) else None
    if after is not None and after.is_joined and after.tag < 0 and has_case and after.is_capital:
        weight -= 1.0
    return weight


def _choose_all(found: Sequence[_Open], around: Sequence[Toponym | ContextMention]) -> None:
    """Choose the likeliest place of each name, twice, given the places chosen so far for the other names."""
    places = [place for one in found for place in one.places]
    sizes = np.array([len(one.places) for one in found])
    firsts = sizes.cumsum() - sizes
    alone = np.array([one.bonus + _weigh_place(place, one.letters) for one in found for place in one.places])
    met = _nearness(places, around).max(axis=1, initial=0.0)
    near = _nearness(places, places)
    numbers = np.array([place.number for place in places])
    near[numbers[:, None] == numbers] = 0.0  # the same place twice says nothing
    beside = _weigh_positions(found)
    chosen, is_likely = firsts.copy(), np.ones(len(found))
    for _ in range(2):
        for number, (one, first) in enumerate(zip(found, firsts.tolist(), strict=True)):
            own = slice(first, first + len(one.places))
            others = (near[own, chosen] * (beside[number] * is_likely)).max(axis=1)
            scores = alone[own] + np.maximum(_CONTEXT * others, _AROUND * met[own])
            one.best = int(scores.argmax())
            one.certainty = float(scores[one.best])
            chosen[number], is_likely[number] = first + one.best, one.certainty >= 0


def _weigh_positions(found: Sequence[_Open]) -> Floats:
    """Weigh what each name says of each other one: nothing where they share words, more where one follows the other."""
    starts, ends = np.array([one.start for one in found]), np.array([one.end for one in found])
    is_apart = (ends[:, None] <= starts) | (starts[:, None] >= ends)
    is_beside = (ends[:, None] == starts) | (starts[:, None] == ends)
    weights: Floats = np.where(is_beside, _BESIDE, 1.0) * is_apart
    return weights


def _weigh_place(place: Namesake, letters: int) -> float:
    cost = 0.0 if place.is_own_name else _OTHER_NAME if letters > _SHORT else _OTHER_SHORT
    return place.people + _KIND.get(place.kind, 0.0) - cost


def _nearness(places: Sequence[_Point], others: Sequence[_Point]) -> Floats:
    """Compute from 0 to 1 how near each place is to each of the others: an array of (places, others)."""
    reach, other_reach = _list_reach(places), _list_reach(others)
    squares = squares_m2(_stand(places), _stand(others)) / np.maximum(reach[:, None], other_reach) ** 2
    nearness: Floats = 1 / (1 + squares * squares)
    return nearness


def _stand(places: Sequence[_Point]) -> Floats:
    return stand(np.array([place.lat for place in places]), np.array([place.lon for place in places]))


def _list_reach(places: Sequence[_Point]) -> Floats:
    return np.array([_REACH_M.get(place.kind, _REACH_TOWN_M) for place in places])


def _show(one: _Open, tokens: Sequence[Token]) -> Toponym:
    place = one.places[one.best]
    start, end = tokens[one.start].start, tokens[one.end - 1].end
    return Toponym(start, end, place.name, place.kind, place.lat, place.lon, place.radius_m, round(one.certainty, 2))
