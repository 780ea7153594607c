"""Similarity of two reports: the probability that they are of one incident, with reasons for the moderator.

The score is a logistic model over evidence with plain meanings (see `evidence`); `default_weights.py` holds the weights
and tells how they were found. Distance counts in units of the joint uncertainty of both places, and its weight fades as
that grows. So two reports on one coarse default pin do not count as near, and their texts have to decide.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import dropwhile, takewhile
from typing import NamedTuple

from config.bounded_cache import remember
from geo.distance import distance_m
from reporting.incidents.contradiction import contradict
from reporting.incidents.default_weights import WEIGHTS
from reporting.incidents.reasons import (
    NAMED_ALIKE,
    PLACE_UNKNOWN,
    SENDER_SAME,
    TEXT_SAME,
    TIME_UNKNOWN,
    TOPIC_OTHER,
    TOPIC_SAME,
    TWO_LANGUAGES,
    Reason,
    say_alike,
    say_apart,
    say_gap,
)
from reporting.incidents.text_similarity import fold, grams, share

LINK_AT = 0.95  # linked automatically; a wrong link costs more trust than a suggestion costs time
SUGGEST_AT = 0.3  # suggested to the moderator
LINK_REACH_M = 2_500.0  # never linked automatically when further apart, whatever the texts say
LASTING_WINDOWS = 2  # nor to an incident whose first report is more topic windows away in time

SHARP_M = 71.0  # the joint uncertainty of two street addresses (50 m each): nearness below it counts in full
_BLUNT_SCORE = 0.94  # highest score of a pair that must not be linked automatically
_SAYING_GRAMS = 24.0  # own trigrams, about five words, that a text needs before its similarity means much
_COPIED_GRAMS = 16.0  # own trigrams that a text needs before equality means much
_SPOKEN_GRAMS = 4  # with fewer trigrams no reason is shown
CROWD_FREE = 4  # reports in four weeks on one point that are not unusual
_WIDENED_BY_M = 12.5  # for each report
_WIDEST_M = 20_000.0
SAME_TEXT = 0.97
_LINK_FREE_M = 300.0
_LONG_NUMBER = 7  # digits; numbers of this length or longer are no house numbers
_TOLD_ALIKE = 0.4  # for texts in two languages, a lower similarity is not shown
_TEMPLATE_ALIKE = 0.5  # below this similarity texts share no template, so contradictions are not searched
_FORGIVEN_PLACE = 0.9
_FORGIVEN_TIME = 0.7
_REMEMBERED_BYTES = 8 << 20  # of one function


@dataclass(frozen=True, slots=True)
class Observation:
    """The compared fields of a report. `at` is in UTC, None if unknown; `radius_m` is the uncertainty of the point."""

    id: int
    at: datetime | None
    lat: float | None
    lon: float | None
    radius_m: float
    topic: str | None
    text: str
    sender: str | None = None  # a pseudonym
    source: str | None = None
    location: str | None = None  # the place in words
    language: str | None = None  # of the text


def widen_m(radius_m: float, crowd: int) -> float:
    """Widen the radius in metres of a point that `crowd` reports of about four weeks share.

    A point that very many reports share is a default pin and stands for somewhere around it.
    """
    return radius_m if crowd <= CROWD_FREE else max(radius_m, min(_WIDEST_M, _WIDENED_BY_M * crowd))


@dataclass(frozen=True, slots=True)
class Comparison:
    """The comparison of two observations by field; None where one of them has no value."""

    distance_m: float | None
    spread_m: float  # the joint uncertainty of both places
    gap_s: float | None
    window_s: float
    topic_like: float | None  # 1 = the same topic
    text_like: float
    text_grams: int  # how many trigrams the shorter text has beyond its topic
    numbers_differ: bool  # both texts have numbers and share none
    place_like: float | None  # the words of the two locations
    number_like: int  # house numbers: 1 the same, -1 different, 0 not both given
    same_sender: bool | None
    languages_differ: bool = False  # then other words are no evidence of another incident
    contradicted: bool = False  # in nearly the same words, another number or another word in the same place
    same_channel: bool | None = None


class Similarity(NamedTuple):
    """A similarity score (0 to 1), calibrated as far as incomplete labels allow, and its reasons."""

    score: float
    reasons: tuple[Reason, ...]


def compare(a: Observation, b: Observation, *, window_s: float, weights: Mapping[str, float] = WEIGHTS) -> Similarity:
    """Score how likely `a` and `b` are of one incident, with reasons; symmetric.

    `window_s`: how long an incident lasts.
    """
    c = lay(a, b, window_s=window_s)
    return Similarity(score_of(c, weights), reasons_of(c, a, b))


def lay(a: Observation, b: Observation, *, window_s: float) -> Comparison:
    """Compare two observations field by field."""
    text_like, text_grams = _texts(a, b)
    place_like, number_like = _places(a.location, b.location)
    return Comparison(
        distance_m=distance_between_m(a, b),
        spread_m=math.hypot(a.radius_m, b.radius_m),
        gap_s=None if a.at is None or b.at is None else abs((a.at - b.at).total_seconds()),
        window_s=window_s,
        topic_like=_topics(a.topic, b.topic),
        text_like=text_like,
        text_grams=text_grams,
        numbers_differ=text_like < 1 and _numbers_differ(a.text, b.text),
        place_like=place_like,
        number_like=number_like,
        same_sender=None if a.sender is None or b.sender is None else a.sender == b.sender,
        languages_differ=bool(a.language and b.language and a.language != b.language),
        contradicted=_TEMPLATE_ALIKE <= text_like < 1 and contradict(a.text, b.text),
        same_channel=None if a.source is None or b.source is None else a.source == b.source,
    )


def score_of(c: Comparison, weights: Mapping[str, float] = WEIGHTS) -> float:
    """Compute the probability that two compared reports are of one incident, 0 to 1."""
    logit = weights["bias"] + weights["unmarked"]
    for name, value in evidence(c).items():
        logit += weights[name] * value
    score = 1 / (1 + math.exp(-max(-40.0, min(40.0, logit))))
    return score if find_objection(c) is None else min(score, _BLUNT_SCORE)


def find_objection(c: Comparison) -> str | None:
    """Find why a pair must not be linked automatically, in words; None if it may.

    Reasons are: places contradict each other, numbers do (camps and houses described in the same words differ in them),
    or nothing precise connects the pair.
    """
    if c.numbers_differ:
        return "the numbers in the texts all differ"
    if c.distance_m is not None and c.distance_m > min(LINK_REACH_M, _LINK_FREE_M + 3 * c.spread_m):
        return "the places contradict each other"
    # If both places are the same precise place, a different word may be another way to say the same.
    if c.contradicted and not (c.distance_m is not None and c.distance_m <= SHARP_M and c.spread_m <= 2 * SHARP_M):
        return "a number or a word in the same place of both texts differs"
    sharp = c.distance_m is not None and c.spread_m <= LINK_REACH_M
    named = c.place_like is not None and c.place_like > SAME_TEXT and c.number_like == 1
    says_much = c.text_like > SAME_TEXT and c.text_grams >= 2 * _SAYING_GRAMS
    return None if sharp or named or says_much else "neither place nor its name nor a long text holds them together"


def evidence(c: Comparison) -> dict[str, float]:
    """Compute the evidence by name, each about 0 to 1; missing names count as 0. Names are those of the weights."""
    said = _sameness(c)
    copied = max(said["text_like"], said["text_same"])
    said.update(_nearness(c, forgiven=_FORGIVEN_PLACE * copied))
    said.update(_soonness(c, forgiven=_FORGIVEN_TIME * copied))
    said.update(_naming(c))
    if c.same_channel:
        said["channel_same"] = 1.0
    return said


def _nearness(c: Comparison, *, forgiven: float) -> dict[str, float]:
    """Compute the evidence of distance. `forgiven` (0 to 1): equal texts excuse another place, which may be misread."""
    if c.distance_m is None:
        return {}
    units = c.distance_m / max(c.spread_m, SHARP_M)
    sharpness = min(1.0, SHARP_M / max(c.spread_m, 1.0))
    near = sharpness * math.exp(-units)
    return {
        "near": near,
        "around": sharpness * math.exp(-units / 4),
        "away": min(3.0, math.log1p(units / 8)) * (1 - forgiven),
        "near_unnamed": 0.0 if c.place_like is not None else near,
    }


def _soonness(c: Comparison, *, forgiven: float) -> dict[str, float]:
    """Compute the evidence of time. `forgiven` (0 to 1): equal texts excuse a long gap, since texts are passed on."""
    if c.gap_s is None:
        return {"untimed": 1.0}
    share_of_window = c.gap_s / c.window_s
    return {
        "soon": 1 / (1 + (6 * share_of_window) ** 2),  # flat at first: an hour more or less hardly matters
        "late": min(2.0, share_of_window) * (1 - forgiven),
    }


def _sameness(c: Comparison) -> dict[str, float]:
    weight = _weight_of(c.text_grams, _SAYING_GRAMS)
    said = {
        "text_same": _weight_of(c.text_grams, _COPIED_GRAMS) * min(1.0, max(0.0, (c.text_like - 0.7) / 0.2)),
        "text_like": weight * min(1.0, max(0.0, (c.text_like - 0.4) / 0.35)),
        "text_other": 0.0 if c.languages_differ else weight * max(0.0, 0.4 - c.text_like) / 0.4,
    }
    if c.topic_like is not None:
        said["topic_same"] = float(c.topic_like == 1)
        said["topic_other"] = 1 - c.topic_like
    if c.same_sender:
        said["sender_same"] = 1.0
    return said


def _weight_of(own: int, enough: float) -> float:
    """Convert a number of trigrams to a weight: 0 means similar by chance, 1 means not by chance."""
    return 1 - math.exp(-((own / enough) ** 2))


def _naming(c: Comparison) -> dict[str, float]:
    if c.place_like is None:
        return {"unnamed": 1.0}
    # Equal names were located with the same error, so a large radius is no evidence against one place.
    sharpness = min(1.0, SHARP_M / max(c.spread_m, 1.0))
    is_one_name = c.place_like > SAME_TEXT and c.number_like >= 0
    return {
        "named_like": c.place_like,
        "named_only": (1 - sharpness) * is_one_name,
        "number_other": c.place_like * (c.number_like == -1),
    }


def distance_between_m(a: Observation, b: Observation) -> float | None:
    """Compute the distance of two observations in metres; None if one has no place."""
    if a.lat is None or a.lon is None or b.lat is None or b.lon is None:
        return None
    return distance_m(a.lat, a.lon, b.lat, b.lon)


@remember(_REMEMBERED_BYTES)
def _topics(a: str | None, b: str | None) -> float | None:
    if not a or not b:
        return None
    return 1.0 if fold(a) == fold(b) else min(0.99, share(grams(a), grams(b)))


@remember(_REMEMBERED_BYTES)
def own_grams(text: str, topic: str | None) -> int:
    """Count the trigrams of a text that its topic lacks: the sender's own words, without those of a form."""
    return len(grams(text) - grams(topic)) if topic else len(grams(text))


@remember(_REMEMBERED_BYTES)
def _numbers(text: str) -> frozenset[str]:
    return frozenset(word for word in fold(text).split() if word.isdecimal())


def _numbers_differ(a: str, b: str) -> bool:
    numbers_a, numbers_b = _numbers(a), _numbers(b)
    return bool(numbers_a) and bool(numbers_b) and not numbers_a & numbers_b


def _texts(a: Observation, b: Observation) -> tuple[float, int]:
    """Compute the similarity of the texts, and the trigrams of the shorter one, since short texts match by chance."""
    if not a.text or not b.text:
        return 0.0, 0
    said = min(own_grams(a.text, a.topic), own_grams(b.text, b.topic))
    return (share(grams(a.text), grams(b.text)), said) if said else (0.0, 0)


@remember(4 * _REMEMBERED_BYTES)
def place_words(location: str) -> tuple[frozenset[str], range]:
    """Return the trigrams of a location's words, and its house numbers: 23 to 25 of "23-25 Union Ave"."""
    words = fold(location).split()
    first = list(takewhile(str.isdecimal, dropwhile(lambda word: not word.isdecimal(), words)))[:2]
    numbers = [int(word) for word in first if len(word) < _LONG_NUMBER]
    houses = range(min(numbers), max(numbers) + 1) if numbers else range(0)
    return grams(" ".join(word for word in words if not word.isdecimal())), houses


def _places(a: str | None, b: str | None) -> tuple[float | None, int]:
    if not a or not b:
        return None, 0
    (words_a, houses_a), (words_b, houses_b) = place_words(a), place_words(b)
    if not words_a or not words_b:
        return None, 0
    if not houses_a or not houses_b:
        return share(words_a, words_b), 0
    meet = houses_a.start < houses_b.stop and houses_b.start < houses_a.stop
    return share(words_a, words_b), 1 if meet else -1


def reasons_of(c: Comparison, a: Observation, b: Observation) -> tuple[Reason, ...]:
    """List the reasons for and against, the place first."""
    said: list[Reason | None] = [
        say_apart(c.distance_m, a.radius_m, b.radius_m) if c.distance_m is not None else PLACE_UNKNOWN,
        say_gap(c.gap_s) if c.gap_s is not None else TIME_UNKNOWN,
        _say_text(c),
    ]
    if c.topic_like is not None:
        said.append(TOPIC_SAME if c.topic_like == 1 else TOPIC_OTHER)
    if c.place_like is not None and c.place_like > 0.8 and c.number_like >= 0:
        said.append(NAMED_ALIKE)
    if c.same_sender:
        said.append(SENDER_SAME)
    return tuple(reason for reason in said if reason is not None)


def _say_text(c: Comparison) -> Reason | None:
    if c.text_grams < _SPOKEN_GRAMS:
        return None
    if c.languages_differ and c.text_like < _TOLD_ALIKE:
        return TWO_LANGUAGES
    return TEXT_SAME if c.text_like == 1 else say_alike(c.text_like)
