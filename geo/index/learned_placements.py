"""The index of learned placements: nearest neighbours of a whole text, and the points of each run of words."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from geo.index.evidence import Evidence, Source
from geo.index.learned_points import LearnedPoints
from geo.index.learned_terms import LEAST_SCALE_M, TermIndex, get_spread_m
from geo.index.numbered_places import NumberedPlaces
from geo.index.text_neighbours import Neighbours, TextNeighbours
from geo.reasons import Reason, ReasonCode
from geo.text.spans import Role, Span, Word, list_spans, read_words
from geo.text.spelling import Speller

_NEIGHBOURS = 20
_UNKNOWN, _KIND_SAYS = 50, 0.4
_NAME_CHARACTERS = 300  # read of the line that names the place
_HEARD_CHARACTERS = 600  # read of the text around the name
_HEARD_SPAN = 2


@dataclass(frozen=True, slots=True)
class LearnedPlacement:
    """One learned placement as the index needs it; degrees, and the radius in metres as its author gave it."""

    words: str
    lat: float
    lon: float
    radius_m: float = 0.0


class LearnedPlacements:
    """All learned placements of one campaign. Built once, then read-only."""

    def __init__(self, placements: Sequence[LearnedPlacement]) -> None:
        self.lat = np.array([placement.lat for placement in placements], dtype=np.float64)
        self.lon = np.array([placement.lon for placement in placements], dtype=np.float64)
        self._scale_m = np.array([max(LEAST_SCALE_M, placement.radius_m) for placement in placements], dtype=np.float64)
        features: list[tuple[str, int]] = []
        terms: list[tuple[str, int]] = []
        heard: list[tuple[str, int]] = []
        tokens: set[str] = set()
        echoes: list[tuple[str, int]] = []
        texts: list[list[Word]] = []
        names: list[str] = []
        for number, placement in enumerate(placements):
            name, _, said = placement.words.partition("\n")
            words = read_words(name[:_NAME_CHARACTERS])
            spoken = read_words(said[:_HEARD_CHARACTERS])
            heard.extend((span.key, number) for span in list_spans(spoken, _HEARD_SPAN))
            echoes.extend((feature, number) for feature in list_features(words + spoken))
            texts.append(words)
            names.append(" ".join(word.text for word in words))
            features.extend((feature, number) for feature in list_features(words) + list_threes(words))
            terms.extend((span.key, number) for span in list_spans(words))
            tokens.update(word.key for word in words if word.role is Role.NAME and len(word.key) > 3)
        self.speller = Speller(tokens)
        self._alike = TextNeighbours(features, len(placements), length_power=0.35, sharpness=4)
        self._echoes = TextNeighbours(echoes, len(placements), length_power=0.4, sharpness=3)
        self.map = LearnedPoints(self.lat, self.lon, names)
        self._known_words = Counter(key for words in texts for key in {word.key for word in words})
        self._numbered = NumberedPlaces(zip(texts, self.lat.tolist(), self.lon.tolist(), strict=True), is_taught=True)
        self._terms = TermIndex(terms, self.lat, self.lon, self._scale_m, Source.TAUGHT)
        self._heard = TermIndex(heard, self.lat, self.lon, self._scale_m, Source.HEARD)

    def __len__(self) -> int:
        return len(self.lat)

    def find_wholes(self, words: list[Word]) -> list[Evidence]:
        """Find evidence from whole texts; an empty list where nothing is in common.

        One piece is the placements whose text is most similar, by shared words and letters; the other is the places
        around which the most similar things were said.
        """
        features = list_features(words)
        named = self._alike.find(features + list_threes(words), _NEIGHBOURS)
        echoed = self._echoes.find(features, _NEIGHBOURS)
        found = ((named, Source.ALIKE, len(words)), (echoed, Source.ECHOED, 0))
        return [self._whole(alike, source, end) for alike, source, end in found if alike is not None]

    def _whole(self, alike: Neighbours, source: Source, end: int) -> Evidence:
        count = len(alike.numbers)
        lat, lon = self.lat[alike.numbers], self.lon[alike.numbers]
        return Evidence(
            source,
            lat,
            lon,
            self._scale_m[alike.numbers],
            alike.share,
            alike.contained,
            get_spread_m(lat, lon),
            Reason.of(ReasonCode.TEXTS_ALIKE, count),
            count=count,
            end=end,
        )

    def list_rarity(self, words: list[Word]) -> tuple[float, ...]:
        """List the inverse document frequency of each word.

        High when few placements contain it, 0 for everyday words.
        """
        known = len(self) + _UNKNOWN
        return tuple(
            0.0
            if word.role is Role.COMMON
            else (_KIND_SAYS if word.role is Role.KIND else 1.0) * math.log(known / (self._known_words[word.key] + 1))
            for word in words
        )

    def find_numbered(self, words: list[Word]) -> list[Evidence]:
        """Find evidence for numbers of a learned name ("Delmas 41") that were not learned themselves."""
        return self._numbered.find_mentions(words)

    def find_mentions(self, spans: list[Span], known_kinds: frozenset[str]) -> list[Evidence]:
        """Find evidence for each run of words that a learned placement names.

        A feature class ("school") counts alone only where the gazetteer has it as a name: `known_kinds`, as phonetic
        keys.
        """
        return self._terms.find(spans, known_kinds)

    def find_heard(self, spans: list[Span]) -> list[Evidence]:
        """Find evidence for each run of words in the texts around learned places, whether it named the place or not."""
        return self._heard.find(spans, frozenset(), least=2)


def list_features(words: list[Word]) -> list[str]:
    """List the features by which texts are compared.

    Words that may be names, their letter 4-grams, and pairs of words.
    """
    features: set[str] = set()
    for word in words:
        if word.role in (Role.NUMBER, Role.COMMON):
            continue
        features.add("=" + word.key)
        if word.role is Role.NAME:
            features.update(_runs(word.key, 4))
    for first, second in pairwise(words):
        if not (first.role is Role.COMMON and second.role is Role.COMMON):
            features.add(f"{first.key}_{second.key}")
    return list(features)


def list_threes(words: list[Word]) -> list[str]:
    """List the letter trigrams of names.

    Trigrams are too common in long texts to be useful, so only the short text that names a place has them.
    """
    return list({run for word in words if word.role is Role.NAME for run in _runs(word.key, 3)})


def _runs(key: str, size: int) -> list[str]:
    padded = f"^{key}$"
    return [padded[i : i + size] for i in range(len(padded) - size + 1)]
