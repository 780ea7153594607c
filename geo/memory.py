"""What past placements taught: nearest neighbours of the whole text, and what each run of words has meant so far."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from geo.distance import distances_m
from geo.evidence import Array, Evidence, Source
from geo.numbered import NumberedPlaces
from geo.postings import Postings
from geo.reading import Role, Span, Word, is_bare_kind, list_spans, read_words

_NEIGHBOURS = 20
_CELL_DEGREES = 0.004  # lessons of one term within about 400 m are kept as one point
_CELLS = 16
_SCALE_M = 200.0


@dataclass(frozen=True, slots=True)
class Taught:
    """One lesson as the memory needs it."""

    words: str
    lat: float
    lon: float


class Memory:
    """All lessons of one campaign. Built once, then only read."""

    def __init__(self, lessons: Sequence[Taught]) -> None:
        self.lat = np.array([lesson.lat for lesson in lessons], dtype=np.float64)
        self.lon = np.array([lesson.lon for lesson in lessons], dtype=np.float64)
        features: list[tuple[str, int]] = []
        terms: list[tuple[str, int]] = []
        tokens: set[str] = set()
        texts: list[list[Word]] = []
        for number, lesson in enumerate(lessons):
            words = read_words(_name_of(lesson.words))
            texts.append(words)
            features.extend((feature, number) for feature in list_features(words))
            terms.extend((span.key, number) for span in list_spans(words))
            tokens.update(word.key for word in words if word.role is Role.NAME and len(word.key) > 3)
        self.tokens = frozenset(tokens)
        self._features = Postings.of(features)
        counts = self._features.count_ids()
        weight = np.log(1 + max(1, len(lessons)) / np.maximum(counts, 1))
        self._weight = (weight * weight).astype(np.float64)
        self._mass = self._mass_of(len(lessons))
        self._numbered = NumberedPlaces(texts, self.lat.tolist(), self.lon.tolist())
        self._terms = _Terms(Postings.of(terms), self.lat, self.lon)

    def __len__(self) -> int:
        return len(self.lat)

    def _mass_of(self, count: int) -> Array:
        mass = np.zeros(count)
        for row, ids in enumerate(self._features.iterate_rows()):
            mass[ids] += self._weight[row]
        return np.maximum(mass, 1e-9)

    def find_neighbours(self, words: list[Word]) -> Evidence | None:
        """The taught texts most like this one, by letters and words in common; None when nothing is in common."""
        features = list_features(words)
        rows = self._features.find_rows(features)
        known = [int(row) for row in rows if row >= 0]
        if not known:
            return None
        pieces = [self._features.get_ids(row) for row in known]
        weights = np.repeat(self._weight[known], [len(piece) for piece in pieces])
        shared = np.bincount(np.concatenate(pieces), weights=weights, minlength=len(self))
        score = shared / self._mass**0.35
        best = _largest(score, _NEIGHBOURS)
        share = (score[best] / score[best].max()) ** 4
        share /= share.sum()
        contained = float((share * np.minimum(1.0, shared[best] / self._mass[best])).sum())
        spread = _spread_m(self.lat[best], self.lon[best])
        return Evidence(
            Source.ALIKE,
            self.lat[best],
            self.lon[best],
            np.full(len(best), _SCALE_M),
            share,
            contained,
            spread,
            f"{len(best)} taught texts like it",
            count=len(best),
            end=len(words),
        )

    def find_numbered(self, words: list[Word]) -> list[Evidence]:
        """Numbers of a taught name that themselves were not taught."""
        return self._numbered.find_mentions(words)

    def find_mentions(self, spans: list[Span], known_kinds: frozenset[str]) -> list[Evidence]:
        """What each run of words that was taught has meant. A word for a kind of place counts alone only where the
        gazetteer has it as a name (`known_kinds`, as keys)."""
        return self._terms.find(spans, known_kinds)


class _Terms:
    """For each taught run of words: where it was, as a few weighted points."""

    def __init__(self, postings: Postings, lat: Array, lon: Array) -> None:
        self._postings = postings
        starts = [0]
        lats: list[float] = []
        lons: list[float] = []
        shares: list[float] = []
        spreads: list[float] = []
        for ids in postings.iterate_rows():
            cell_lat, cell_lon, share, spread = _cells(lat[ids], lon[ids])
            lats.extend(cell_lat)
            lons.extend(cell_lon)
            shares.extend(share)
            spreads.append(spread)
            starts.append(len(lats))
        self._starts = np.array(starts)
        self._lat, self._lon, self._share = np.array(lats), np.array(lons), np.array(shares)
        self._spread = np.array(spreads)
        self._count = postings.count_ids()

    def find(self, spans: list[Span], known_kinds: frozenset[str]) -> list[Evidence]:
        found: list[Evidence] = []
        for span, row in zip(spans, self._postings.find_rows([span.key for span in spans]), strict=True):
            if row < 0:
                continue
            if is_bare_kind(span) and span.key not in known_kinds:
                continue
            count, spread_m = int(self._count[row]), float(self._spread[row])
            points = slice(self._starts[row], self._starts[row + 1])
            size = points.stop - points.start
            times = "once" if count == 1 else f"{count} times"
            found.append(
                Evidence(
                    Source.TAUGHT,
                    self._lat[points],
                    self._lon[points],
                    np.full(size, _SCALE_M),
                    self._share[points],
                    span.similarity**3,
                    spread_m,
                    f"'{span.shown}' taught {times}, spread {_round_m(spread_m)}",
                    count=count,
                    letters=len(span.exact),
                    is_bare=is_bare_kind(span),
                    start=span.start,
                    end=span.end,
                )
            )
        return found


def list_features(words: list[Word]) -> list[str]:
    """What two texts are compared by: the words that may be names, their letters by threes and fours, and pairs."""
    features: set[str] = set()
    for word in words:
        if word.role in (Role.NUMBER, Role.COMMON):
            continue
        features.add("=" + word.key)
        if word.role is Role.NAME:
            padded = f"^{word.key}$"
            for size in (3, 4):
                features.update(padded[i : i + size] for i in range(len(padded) - size + 1))
    for first, second in pairwise(words):
        if not (first.role is Role.COMMON and second.role is Role.COMMON):
            features.add(f"{first.key}_{second.key}")
    return list(features)


def _name_of(words: str) -> str:
    return words.split("\n", 1)[0]


def _largest(score: Array, count: int) -> NDArray[np.intp]:
    best = np.argpartition(score, -count)[-count:] if len(score) > count else np.arange(len(score))
    return best[score[best] > 0]


def _cells(lat: Array, lon: Array) -> tuple[list[float], list[float], list[float], float]:
    """The points of a term as its fullest cells, with their shares, and its spread in metres."""
    cells: dict[tuple[int, int], list[int]] = defaultdict(list)
    for number, (y, x) in enumerate(zip(lat, lon, strict=True)):
        cells[round(y / _CELL_DEGREES), round(x / _CELL_DEGREES)].append(number)
    fullest = sorted(cells.values(), key=len, reverse=True)[:_CELLS]
    total = sum(map(len, fullest))
    return (
        [float(lat[cell].mean()) for cell in fullest],
        [float(lon[cell].mean()) for cell in fullest],
        [len(cell) / total for cell in fullest],
        _spread_m(lat, lon),
    )


def _round_m(metres: float) -> str:
    if metres >= 1000:
        return f"{metres / 1000:.1f} km"
    return f"{math.ceil(metres / 50) * 50} m"


def _spread_m(lat: Array, lon: Array) -> float:
    """The distance from the middle that holds 80 of 100 points."""
    return float(np.quantile(distances_m(float(np.median(lat)), float(np.median(lon)), lat, lon), 0.8))
