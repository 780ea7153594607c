"""Toponym recognition: every place that a text names, in the order of the text, each with its likeliest point.

`Locator.locate` gives one answer and weighs everything in a text. Here each name stands for itself: where it is
written, which of its homonyms is meant, and how likely it is a place at all. The answer depends on population and kind
of the place, on how the word is written, on the words beside it, and on the other places in the text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from geo.distance import distance_m
from geo.index.name_index import NameIndex, Namesake
from geo.text.spans import Role, Span, read_words
from geo.text.tokens import Token, list_tokens
from geo.text.toponym_cues import BEFORE, CUES, EVERYDAY, NOT_PLACES, STORMS

_LONGEST: Final = 5  # most words in one name
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
_MOST_TOKENS: Final = 250  # words of a text that are read
_BEFORE, _CUES, _STORMS = frozenset(BEFORE.split()), frozenset(CUES.split()), frozenset(STORMS.split())
_NOT_PLACES, _EVERYDAY = frozenset(NOT_PLACES.split()), frozenset(EVERYDAY.split())


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
    tokens = _list_tokens(text)
    is_plain = _is_plain(tokens)
    found = [one for one in _list_open(tokens, names, is_plain) if one.places]
    for _ in range(2):
        for one in found:
            _choose(one, found, around)
    chosen: list[_Open] = []
    # A longer name wins over a shorter one inside it ("New Mexico" over "Mexico").
    for one in sorted(found, key=lambda one: (-(one.end - one.start), -one.certainty)):
        is_free = all(one.end <= other.start or other.end <= one.start for other in chosen)
        if is_free and one.certainty >= least:
            chosen.append(one)
    return [_show(one, tokens) for one in sorted(chosen, key=lambda one: one.start)]


def _list_tokens(text: str) -> list[Token]:
    return list_tokens(text)[:_MOST_TOKENS]


def _is_plain(tokens: Sequence[Token]) -> bool:
    """Tell whether capitals carry meaning in a text: most of its words begin with a small letter."""
    words = [token for token in tokens if token.tag < 0]
    return bool(words) and 2 * sum(token.is_capital for token in words) < len(words)


def list_runs(text: str) -> list[str]:
    """List every run of words that `read_mentions` may look up as a name, written with single spaces."""
    tokens = _list_tokens(text)
    return [" ".join(token.text for token in tokens[start:end]) for start, end, _ in _list_keys(tokens)]


def _list_keys(tokens: Sequence[Token]) -> list[tuple[int, int, str]]:
    """List the runs of words that may be a name as (first token, end token, key to look up)."""
    is_plain, is_small = _is_plain(tokens), not any(token.is_capital for token in tokens)
    runs: list[tuple[int, int, str]] = []
    read: dict[tuple[tuple[str, int], ...], str] = {}  # cache, so that the same words are read once
    for start, first in enumerate(tokens):
        shorter = ""
        for end in range(start + 1, min(len(tokens), start + _LONGEST) + 1):
            last = tokens[end - 1]
            if end - 1 > start and (not last.is_joined or last.tag != first.tag):
                break
            said = tuple((token.text, token.tag) for token in tokens[start:end])
            key = read.get(said)
            if key is None:
                key = read[said] = _read_key(tokens[start:end], is_plain=is_plain, is_small=is_small)
            if key and key != shorter and not _is_led(tokens[start:end], key):
                runs.append((start, end, key))
            shorter = key  # a last word that does not change the key is no part of the name
    return runs


def _is_led(run: Sequence[Token], key: str) -> bool:
    """Tell whether the first word of a run is a linking word that adds nothing to the name ("إلى", to).

    In Latin letters it may be part of the name, with a capital ("La Tortue", "San Juan") or without.
    """
    if len(run) == 1 or run[0].is_capital or run[0].is_small:
        return False
    return _read_exact(run[1:]) == key


def _list_open(tokens: Sequence[Token], names: NameIndex, is_plain: bool) -> list[_Open]:
    runs, barred = _list_keys(tokens), _list_barred(tokens)
    places = names.find_namesakes([key for *_, key in runs])
    return [
        _Open(start, end, len(key), _weigh_writing(tokens, start, end, is_plain), found)
        for (start, end, key), found in zip(runs, places, strict=True)
        if found and key not in barred
    ]


def _list_barred(tokens: Sequence[Token]) -> set[str]:
    """List the names of storms: "Florence" is no town in a text that has "Hurricane Florence"."""
    return {
        "".join(word.text for word in read_words(after.text))
        for before, after in pairwise(tokens)
        if before.text.casefold() in _STORMS and after.is_joined
    }


def _read_key(run: Sequence[Token], *, is_plain: bool, is_small: bool) -> str:
    """Return the key to look up for some words, empty where they can be no name.

    `is_small`: the text has no capitals.
    """
    first, last = run[0].text, run[-1].text
    if len(run) == 1 and (first.replace(".", "").isupper() or run[0].tag >= 0):
        short = first.replace(".", "").upper()
        if len(short) == 2 and short.isascii():
            return short if "." in first or short not in _NOT_PLACES else ""
    is_written_so = run[0].tag >= 0 or not is_plain or not (run[0].is_small or run[-1].is_small)
    # In a text with capitals, long runs without them are mostly everyday words; only short names are written that way.
    if len(run) > 2 and not is_written_so and not is_small:
        return ""
    words = [token.text.casefold() for token in run]
    if words[0] in _CUES or words[-1] in _CUES or first.isdigit() or last.isdigit():
        return ""
    if len(run) == 1 and words[0] in _EVERYDAY:
        return ""
    content = read_words(" ".join(token.text for token in run))
    is_name = any(word.role is Role.NAME for word in content)
    if not is_name and (len(run) == 1 or not all(token.is_capital for token in run)):
        return ""
    key = Span.of(0, len(content), content).exact
    return key if len(key) > 2 else ""


def _read_exact(run: Sequence[Token]) -> str:
    content = read_words(" ".join(token.text for token in run))
    return Span.of(0, len(content), content).exact


def _weigh_writing(tokens: Sequence[Token], start: int, end: int, is_plain: bool) -> float:
    """Score the spelling of some words and the words beside them, as evidence for a place."""
    run, before = tokens[start:end], tokens[start - 1] if start else None
    weight = 0.7 * (end - start - 1)
    if is_plain and run[0].tag < 0:
        weight += -2.5 if run[0].is_small else 0.0
        weight -= 0.7 * (before is None)
    if before is not None and run[0].is_joined and run[0].tag < 0:
        word = before.text.casefold()
        weight += 1.5 if word in _BEFORE else -3.0 if word in _STORMS else 0.0
        weight -= 1.0 * (is_plain and before.is_capital and word not in _BEFORE and word not in _CUES)
    after = tokens[end] if end < len(tokens) else None
    if after is not None and after.is_joined and after.tag < 0 and is_plain and after.is_capital:
        weight -= 1.0
    return weight


def _choose(one: _Open, found: Sequence[_Open], around: Sequence[Toponym | ContextMention]) -> None:
    """Choose the likeliest place of a name, given the places chosen so far for the other names."""
    others = [
        (other.places[other.best], other.end == one.start or one.end == other.start)
        for other in found
        if (other.end <= one.start or one.end <= other.start) and other.certainty >= 0
    ]
    scores = []
    for place in one.places:
        score = one.bonus + place.people + _KIND.get(place.kind, 0.0) - _name_cost(place, one.letters)
        near = max((_near(place, other) * (1.3 if is_beside else 1.0) for other, is_beside in others), default=0.0)
        met = max((_near_before(place, mention) for mention in around), default=0.0)
        scores.append(score + max(_CONTEXT * near, _AROUND * met))
    one.best = max(range(len(scores)), key=scores.__getitem__)
    one.certainty = scores[one.best]


def _name_cost(place: Namesake, letters: int) -> float:
    if place.is_own_name:
        return 0.0
    return _OTHER_NAME if letters > _SHORT else _OTHER_SHORT


def _near(place: Namesake, other: Namesake) -> float:
    """Compute from 0 to 1 how near a place is to another named one; 0 for the same place twice."""
    if place.number == other.number:
        return 0.0
    reach = max(_reach(place.kind), _reach(other.kind))
    return 1 / (1 + (distance_m(place.lat, place.lon, other.lat, other.lon) / reach) ** 4)


def _near_before(place: Namesake, mention: Toponym | ContextMention) -> float:
    reach = max(_reach(place.kind), _reach(mention.kind))
    return 1 / (1 + (distance_m(place.lat, place.lon, mention.lat, mention.lon) / reach) ** 4)


def _reach(kind: str) -> float:
    return _REACH_M.get(kind, _REACH_TOWN_M)


def _show(one: _Open, tokens: Sequence[Token]) -> Toponym:
    place = one.places[one.best]
    start, end = tokens[one.start].start, tokens[one.end - 1].end
    return Toponym(start, end, place.name, place.kind, place.lat, place.lon, place.radius_m, round(one.certainty, 2))
