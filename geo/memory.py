"""What past placements taught: nearest neighbours of the whole text, and what each run of words has meant so far."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from geo.evidence import Array, Evidence, Source
from geo.numbered import NumberedPlaces
from geo.postings import Postings
from geo.reading import Role, Span, Word, list_spans, read_words
from geo.speller import Speller
from geo.term import TermIndex, get_spread_m

_NEIGHBOURS = 20
_SCALE_M = 200.0
_NAME_CHARACTERS = 300  # of the line that names a place
_HEARD_CHARACTERS = 600  # of what was said around a place
_HEARD_SPAN = 2


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
        heard: list[tuple[str, int]] = []
        tokens: set[str] = set()
        texts: list[list[Word]] = []
        for number, lesson in enumerate(lessons):
            name, _, said = lesson.words.partition("\n")
            words = read_words(name[:_NAME_CHARACTERS])
            spoken = read_words(said[:_HEARD_CHARACTERS])
            heard.extend((span.key, number) for span in list_spans(spoken, _HEARD_SPAN))
            texts.append(words)
            features.extend((feature, number) for feature in list_features(words))
            terms.extend((span.key, number) for span in list_spans(words))
            tokens.update(word.key for word in words if word.role is Role.NAME and len(word.key) > 3)
        self.speller = Speller(tokens)
        self._features = Postings.of(features)
        counts = self._features.count_ids()
        weight = np.log(1 + max(1, len(lessons)) / np.maximum(counts, 1))
        self._weight = (weight * weight).astype(np.float64)
        self._mass = self._mass_of(len(lessons))
        self._numbered = NumberedPlaces(texts, self.lat.tolist(), self.lon.tolist())
        self._terms = TermIndex(terms, self.lat, self.lon, Source.TAUGHT)
        self._heard = TermIndex(heard, self.lat, self.lon, Source.HEARD)

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
        spread = get_spread_m(self.lat[best], self.lon[best])
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

    def find_heard(self, spans: list[Span]) -> list[Evidence]:
        """Where each run of words was said, whether it named the place or not."""
        return [evidence for evidence in self._heard.find(spans, frozenset()) if evidence.count > 1]


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


def _largest(score: Array, count: int) -> NDArray[np.intp]:
    best = np.argpartition(score, -count)[-count:] if len(score) > count else np.arange(len(score))
    return best[score[best] > 0]
