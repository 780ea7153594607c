"""Spatial relations in a text: between two places, a distance from one, on a road between two, beside one.

A step after toponym resolution: the words around the relation are located, and the result becomes another point and
radius, with a reason. Words that name no place with enough confidence change nothing.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from config.languages.load import collect
from geo.distance import distance_m
from geo.reasons import Reason, ReasonCode, drop_repeated, find_value
from geo.text.direction_words import join_words, load_directions, load_units, midpoint, move, strip
from geo.text.normalise import fold
from geo.text.relation_patterns import find_shapes, load_shapes
from geo.types import CONFIDENT_WITHIN_M, Candidate, Location

Locate = Callable[[str], Location | None]

_SURE: Final = 0.5  # confidence that the place in a relation must have
_FARTHEST_M: Final = 150_000.0  # nobody describes a place by one that is farther away
_TOGETHER_M: Final = 20_000.0  # homonyms this far apart are half as likely to be meant together
_ASTRAY: Final = 0.35  # error as a share of the distance: people measure along roads and name one of eight directions
_BESIDE_M: Final = 300.0
_HALFWAY: Final = Reason.of(ReasonCode.HALFWAY)
_ONE_SIDE: Final = Reason.of(ReasonCode.ONE_SIDE)
_BESIDE: Final = Reason.of(ReasonCode.BESIDE)
_ENDS = re.compile(r"(?<=[^\W\d_]{4})\.(?=\s|$)|[.،।]+$")


@dataclass(frozen=True, slots=True)
class _Anchor:
    """A place that a spatial relation refers to."""

    lat: float
    lon: float
    radius_m: float
    confidence: float
    reasons: tuple[Reason, ...]
    name: str


def adjust(texts: Sequence[str], plain: Location | None, locate: Locate) -> Location | None:
    """Locate texts by a spatial relation in them, else return `plain`, the location of their names alone.

    Texts are tried up to the first that names a place, since the more specific one decides. `locate` finds the place of
    some words.
    """
    for text in (" ".join(each.split()) for each in texts):
        bare = strip(text)
        found = (
            _find_offset(bare, plain, locate) or _find_between(bare, plain, locate) or _find_side(bare, plain, locate)
        )
        if found is not None:
            return _keep_plain(found, plain)
        if plain is not None:
            return _widen_beside(text, bare, plain)
    return plain


def _find_offset(bare: str, plain: Location | None, locate: Locate) -> Location | None:
    if not any(char.isdigit() for char in bare):
        return None
    shapes = load_shapes()
    for match in find_shapes((*shapes.offsets, *shapes.rings), bare):
        fields = match.groupdict()
        far_m = _read_m(fields.get("far") or fields.get("far2"), fields.get("unit") or fields.get("unit2"))
        words = fields["x"] if "way" in fields else _purpose().split(fields["x"])[0]
        anchor = _choose(_list_anchors(words, locate), plain)
        if anchor is None or not 0 < far_m <= _FARTHEST_M:
            continue
        way = fields.get("way")
        reason = Reason.of(ReasonCode.AWAY, round(far_m, 1))
        if way is None:
            return _make(anchor.lat, anchor.lon, math.hypot(anchor.radius_m, far_m), [anchor], reason)
        point = move(anchor.lat, anchor.lon, far_m, load_directions()[way])
        return _make(*point, math.hypot(anchor.radius_m, _ASTRAY * far_m), [anchor], reason)
    return None


@lru_cache(maxsize=1)
def _purpose() -> re.Pattern[str]:
    """Compile the words of purpose: "20 km of pipes for Jacmel" is no distance from Jacmel."""
    words = collect(lambda language: language.distances.purpose)
    return re.compile(rf"\s(?:{join_words(map(strip, words))})\s")


def _find_between(bare: str, plain: Location | None, locate: Locate) -> Location | None:
    for match in find_shapes(load_shapes().between, bare):
        first, second = match["a"], _complete(match["b"], match["a"])
        pair = _choose_pair(_list_anchors(first, locate), _list_anchors(second, locate), plain)
        if pair is None:
            continue
        apart_m = distance_m(pair[0].lat, pair[0].lon, pair[1].lat, pair[1].lon)
        least_m = min(anchor.radius_m for anchor in pair)
        # Two pins at one point have nothing between them.
        if not 0 < apart_m <= _FARTHEST_M:
            continue
        point = midpoint((pair[0].lat, pair[0].lon), (pair[1].lat, pair[1].lon))
        return _make(*point, max(apart_m / 2, least_m), list(pair), _HALFWAY)
    return None


def _find_side(bare: str, plain: Location | None, locate: Locate) -> Location | None:
    for match in find_shapes(load_shapes().sides, bare):
        anchor = _choose(_list_anchors(match["x"], locate), plain)
        # Where another place is named too, it says more than the direction from this one.
        is_alone = anchor is not None and (plain is None or _apart_m(anchor, plain) <= anchor.radius_m)
        if anchor is not None and is_alone:
            point = move(anchor.lat, anchor.lon, anchor.radius_m, load_directions()[match["way"]])
            radius_m = max(1.25 * anchor.radius_m, plain.radius_m if plain is not None else 0.0)
            return _make(*point, radius_m, [anchor], _ONE_SIDE)
    return None


def _widen_beside(text: str, bare: str, plain: Location) -> Location:
    """Widen the radius for "near x"; only where the words after "near" are those that the location came from."""
    heard = find_value(plain.reasons, "words") or ""
    meant = set(heard.split()) | set(fold(plain.name))
    for match in find_shapes(load_shapes().beside, bare):
        start, end = match.span("x")
        if meant & set(fold(text[start:end])):
            radius_m = math.hypot(plain.radius_m, _BESIDE_M)
            return replace(plain, radius_m=round(radius_m, 1), reasons=(*plain.reasons, _BESIDE))
    return plain


def _list_anchors(words: str, locate: Locate) -> list[_Anchor]:
    """List the places that some words name with enough confidence: the best one and its homonyms."""
    found = locate(_ENDS.split(words)[0])
    if found is None or found.confidence < _SURE:
        return []
    first = _Anchor(found.lat, found.lon, found.radius_m, found.confidence, found.reasons, found.name)
    others = [
        _Anchor(other.lat, other.lon, other.radius_m, other.confidence, other.reasons, other.name)
        for other in found.alternatives
        if found.name and other.name == found.name
    ]
    return [first, *others]


def _choose(anchors: Sequence[_Anchor], plain: Location | None) -> _Anchor | None:
    """Choose the homonym that is likeliest given the whole text; None where there is none."""
    return max(anchors, key=lambda anchor: anchor.confidence * _nearness(anchor, plain), default=None)


def _choose_pair(
    first: Sequence[_Anchor], second: Sequence[_Anchor], plain: Location | None
) -> tuple[_Anchor, _Anchor] | None:
    pairs = [(a, b) for a in first for b in second]

    def _weigh(pair: tuple[_Anchor, _Anchor]) -> float:
        apart_m = distance_m(pair[0].lat, pair[0].lon, pair[1].lat, pair[1].lon)
        near = max(_nearness(anchor, plain) for anchor in pair)
        return pair[0].confidence * pair[1].confidence * near / (1 + apart_m / _TOGETHER_M)

    return max(pairs, key=_weigh, default=None)


def _nearness(anchor: _Anchor, plain: Location | None) -> float:
    if plain is None:
        return 1.0
    return 1 / (1 + _apart_m(anchor, plain) / _TOGETHER_M)


def _apart_m(anchor: _Anchor, plain: Location) -> float:
    return distance_m(anchor.lat, anchor.lon, plain.lat, plain.lon)


def _complete(second: str, first: str) -> str:
    """Complete the second name of a pair that is only a number: "between Delmas 31 and 33"."""
    head = re.fullmatch(r"(\D*[^\W\d])\s*\d+", first.strip())
    return f"{head[1]} {second}" if head and re.match(r"\d+\b", second) else second


def _make(lat: float, lon: float, radius_m: float, anchors: Sequence[_Anchor], reason: Reason) -> Location:
    """Make the location of a relation.

    Its confidence is at most that of its anchors, and lower where its radius exceeds 5 km.
    """
    confidence = round(min(anchor.confidence for anchor in anchors) * min(1.0, CONFIDENT_WITHIN_M / radius_m), 3)
    first = drop_repeated([reason for anchor in anchors for reason in anchor.reasons[:1]])
    others = tuple(
        Candidate(
            anchor.name, anchor.lat, anchor.lon, anchor.radius_m, round(confidence / 4, 3), anchor.reasons, "place"
        )
        for anchor in anchors
    )
    return Location(
        round(lat, 6), round(lon, 6), round(radius_m, 1), confidence, (*first, reason), others
    )  # fmt: skip


def _keep_plain(found: Location, plain: Location | None) -> Location:
    """Add the alternatives of the names alone to the alternatives of the relation."""
    if plain is None:
        return found
    known = {(round(other.lat, 3), round(other.lon, 3)) for other in found.alternatives}
    rest = [other for other in plain.alternatives if (round(other.lat, 3), round(other.lon, 3)) not in known]
    return replace(found, alternatives=(*found.alternatives, *rest)[:5])


def _read_m(figure: str | None, unit: str | None) -> float:
    return float((figure or "0").replace(",", ".")) * load_units()[strip(unit or "m")]
