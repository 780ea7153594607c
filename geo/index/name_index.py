"""The name index of a campaign: places and areas, matched by spelling, phonetic key and consonant skeleton.

Made for a million names: names are in one byte string and everything else in numpy arrays, without a Python object for
each name.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from rapidfuzz import fuzz
from rapidfuzz.process import extract

from geo.index.evidence import MOST_MENTIONS, Array, Evidence, Source
from geo.index.name_builder import NameBuilder, NamedThing
from geo.index.numbered_places import NumberedPlaces
from geo.index.trim_memory import release_built
from geo.inverted_index import Ids
from geo.reasons import Reason, ReasonCode
from geo.text.spans import Role, Span, Word, is_bare_kind
from geo.text.spelling import Speller

_HOMONYMS = 24  # most places of one name that are weighed, the largest first
_MIN_SIMILARITY = 82.0
_GUESSES = 60  # names of one skeleton that are compared
_MIN_SIMILARITY_SHORT = 90.0
_SHORTEST_GUESSED = 4  # letters
# Arabic writes hardly any vowels, so Arabic words with the same phonetic key are mostly different words.
_MIN_SIMILARITY_ARABIC = 86.0
_VOWELS = str.maketrans("", "", "aeiou")
_MOST_COMPARED = 200  # names of one phonetic key whose spelling is compared
_MANY = 100_000  # names; building a smaller index leaves too little freed memory to return
# How likely people mean a place of this kind rather than another one of the same name.
_KIND_WEIGHT = {"admin1": 0.5, "admin2": 0.7, "area": 0.6, "road": 0.8, "country": 0.3, "water": 0.3, "river": 0.3}


Match = tuple[Ids, Array]  # places, and how well the name of each agrees, from 0 to 1


@dataclass(frozen=True, slots=True)
class Namesake:
    """One of several places with the same name (homonyms).

    `people` is the base-10 logarithm of the population; `is_own_name` tells whether the name is the one its source
    gives first. Degrees and metres.
    """

    number: int
    name: str
    kind: str
    lat: float
    lon: float
    radius_m: float
    people: float
    is_own_name: bool


class NameIndex:
    """All names of one campaign. Built once, then read-only."""

    def __init__(self, things: Iterable[NamedThing]) -> None:
        builder = NameBuilder()
        for thing in things:
            builder.add(thing)
        self._kinds = tuple(builder.kinds)
        self._kind_weight = np.array([_KIND_WEIGHT.get(kind, 1.0) for kind in self._kinds])
        self._place = np.array(builder.places, dtype=np.float32).reshape(-1, 4)
        self._kind = np.array(builder.kind_numbers, dtype=np.int16)
        self._name_place = np.array(builder.name_places, dtype=np.int32)
        self._is_own = np.array(builder.own_names, dtype=bool)
        self._shown = builder.shown.pack()  # the main name of each place
        self._spellings = builder.spellings.pack()  # spelling and phonetic key of each name
        self._short = builder.short
        self._exact = builder.file("exact")
        self._sound = builder.file("sound")
        self._skeleton = builder.file("skeleton")
        self.speller = Speller(builder.tokens)
        self._numbered = NumberedPlaces(builder.numbered, is_taught=False)
        del builder
        if len(self) >= _MANY:
            release_built()

    def __len__(self) -> int:
        return len(self._name_place)

    def find_mentions(self, spans: Sequence[Span]) -> list[Evidence]:
        """Find evidence for each span that names a place or area; the spans are in the order of the text.

        Exact spelling first, then phonetic key, then skeleton. Of a text with very many names the first are read.
        """
        if not len(self):
            return []
        exact = self._exact.find_rows([span.exact for span in spans])
        by_sound = self._sound.find_rows([span.key for span in spans])
        known: list[tuple[Span, Ids, float]] = []
        unknown: list[tuple[Span, str]] = []
        for span, same, alike in zip(spans, exact, by_sound, strict=True):
            if same >= 0:
                known.append((span, self._exact.get_ids(same), 1.0))
            elif alike >= 0 and not is_bare_kind(span):
                known.append((span, self._sound.get_ids(alike), 0.9 * span.similarity**3))
            elif coarse := _coarse_key(span):
                unknown.append((span, coarse))
        guessed = self._skeleton.find_rows([coarse for _, coarse in unknown])
        near = [(*each, row) for each, row in zip(unknown, guessed, strict=True) if row >= 0]
        matches = [
            *((span, self._match(span, names, quality)) for span, names, quality in known[:MOST_MENTIONS]),
            *((span, self._guess(span, coarse, row)) for span, coarse, row in near[:MOST_MENTIONS]),
        ]
        return [self._make_evidence(span, *match) for span, match in matches if len(match[0])]

    def _match(self, span: Span, names: Ids, quality: float) -> Match:
        """Match the places of names that are spelt or sound like a span."""
        if quality < 1 and span.is_arabic:
            names = names[:_MOST_COMPARED]
            names = names[[self._is_spelt_alike(span, name) for name in names.tolist()]]
        places = self._name_place[names]
        places = np.unique(places) if len(places) > 1 else places
        return places, np.full(len(places), quality)

    def find_numbered(self, words: Sequence[Word]) -> list[Evidence]:
        """Find evidence for numbers between known ones of the same name: "Delmas 41" where 33 and 75 are known."""
        return self._numbered.find_mentions(words)

    def find_namesakes(self, keys: Sequence[str], most: int) -> list[list[Namesake]]:
        """Find for each key the places of exactly that name, the largest first; `most` places together.

        A key is the `exact` letters of a span, or a code of two capitals ("TX") for a country or a first-level
        division. Where there are more places than `most`, each key has fewer of them, and the last keys none.
        """
        rows = self._exact.find_rows(keys)
        found = [self._list_places(key, row) for key, row in zip(keys, rows, strict=True)]
        each = _share_out([len(places) for places in found], most)
        shared = [places[:each] for places in found]
        ends = accumulate(map(len, shared))
        return [
            [self._namesake(place, is_own_name=is_own) for place, is_own in places] if end <= most else []
            for places, end in zip(shared, ends, strict=True)
        ]

    def _list_places(self, key: str, row: int) -> list[tuple[int, bool]]:
        """List the places of one name, the largest first, and for each whether its source gives this name first."""
        if row < 0:
            return [(place, True) for place in self._short.get(key, ())]
        names = self._exact.get_ids(row)
        places, is_own = self._name_place[names], self._is_own[names]
        if len(places) > 1:
            own = places[is_own]
            places = np.unique(places)
            places = places[np.argsort(-self._place[places, 3], kind="stable")[:_HOMONYMS]]
            is_own = np.isin(places, own)
        return list(zip(places.tolist(), is_own.tolist(), strict=True))

    def _namesake(self, place: int, *, is_own_name: bool) -> Namesake:
        lat, lon, radius_m, people = self._place[place].tolist()
        kind = self._kinds[self._kind[place]]
        return Namesake(place, self._shown.get(place), kind, lat, lon, radius_m, people, is_own_name)

    def _guess(self, span: Span, coarse: str, row: int) -> Match:
        least = _MIN_SIMILARITY if len(coarse) > 2 else _MIN_SIMILARITY_SHORT
        names = self._skeleton.get_ids(row)[:_GUESSES].tolist()
        spellings = [spelling.split("\t") for spelling in self._spellings.get_many(names)]
        near: dict[int, float] = {}
        for asked, known in zip((span.exact, span.key), zip(*spellings, strict=True), strict=True):
            for _, similarity, which in extract(asked, known, scorer=fuzz.ratio, score_cutoff=least, limit=None):
                near[which] = max(similarity, near.get(which, 0.0))
        if span.is_arabic:
            near = {which: value for which, value in near.items() if self._is_spelt_alike(span, names[which])}
        best: dict[int, float] = {}
        places = self._name_place[[names[which] for which in sorted(near)]].tolist()
        for place, which in zip(places, sorted(near), strict=True):
            best[place] = max(best.get(place, 0.0), 0.8 * (near[which] / 100) ** 3)
        return np.array(list(best), dtype=np.int32), np.array(list(best.values()))

    def _is_spelt_alike(self, span: Span, number: int) -> bool:
        """Tell whether a name has nearly the same letters as an Arabic span.

        A name in Latin letters is compared without vowels.
        """
        known = self._spellings.get(number).split("\t")[0]
        if fuzz.ratio(span.exact, known) >= _MIN_SIMILARITY_ARABIC:
            return True
        asked, plain = span.exact.translate(_VOWELS), known.translate(_VOWELS)
        return len(asked) >= _SHORTEST_GUESSED and fuzz.ratio(asked, plain) >= _MIN_SIMILARITY_ARABIC

    def _make_evidence(self, span: Span, places: Ids, qualities: Array) -> Evidence:
        rows, kinds = self._place[places].astype(np.float64), self._kind[places]
        weight = qualities * self._kind_weight[kinds] * (1 + 0.3 * rows[:, 3])
        if len(places) > 1:
            order = (-weight).argsort(kind="stable")[:_HOMONYMS]
            places, rows, kinds, weight = places[order], rows[order], kinds[order], weight[order]
        quality = float(qualities.max())
        names = tuple(self._shown.get_many(places.tolist()))
        return Evidence(
            Source.NAMED,
            rows[:, 0],
            rows[:, 1],
            rows[:, 2],
            weight / weight.sum(),
            quality,
            float(rows[0, 2]),
            Reason.of(ReasonCode.NAME if quality == 1 else ReasonCode.NAME_ALIKE, span.shown, names[0]),
            letters=len(span.exact),
            is_bare=is_bare_kind(span),
            start=span.start,
            end=span.end,
            names=names,
            kinds=tuple(self._kinds[kind] for kind in kinds.tolist()),
        )


def _share_out(counts: Sequence[int], most: int) -> int:
    """Return how many places each name may have, at least one, so that all together have `most` at the most."""
    sizes = np.array(counts, dtype=np.intp)
    return next((each for each in range(_HOMONYMS, 1, -1) if np.minimum(sizes, each).sum() <= most), 1)


def _coarse_key(span: Span) -> str:
    """Return the consonant skeleton of a span; empty where it would match everything.

    A span with too few letters, or without a word that could be a name, would match everything.
    """
    if len(span.exact) < _SHORTEST_GUESSED or all(word.role is not Role.NAME for word in span.words):
        return ""
    coarse = span.skeleton
    return coarse if len(coarse) > 1 else ""
