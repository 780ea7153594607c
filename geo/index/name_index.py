"""The name index of a campaign: places and areas, matched by spelling, phonetic key and consonant skeleton.

Made for a million names: names are in one byte string and everything else in numpy arrays, without a Python object for
each name.
"""

import math
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from rapidfuzz import fuzz
from rapidfuzz.process import extract

from geo.index.evidence import Evidence, Source
from geo.index.numbered_places import NumberedPlaces, has_number
from geo.index.trim_memory import release_built
from geo.inverted_index import Postings, StringList
from geo.reasons import Reason, ReasonCode
from geo.text.normalise import fold
from geo.text.spans import Role, Span, Word, glue, is_bare_kind, link, read_words
from geo.text.spelling import Speller

_HOMONYMS = 24  # most places of one name that are weighed, the largest first
_MIN_SIMILARITY = 82.0
_GUESSES = 60  # names of one skeleton that are compared
_MIN_SIMILARITY_SHORT = 90.0
_SHORTEST_GUESSED = 4  # letters
# Arabic writes hardly any vowels, so Arabic words with the same phonetic key are mostly different words.
_MIN_SIMILARITY_ARABIC = 86.0
_VOWELS = str.maketrans("", "", "aeiou")
_KNOWN_BY_INITIALS = 20_000  # people; smaller towns are not called by their initials
_MANY = 100_000  # names; building a smaller index leaves too little freed memory to return
_CODED = frozenset({"country", "admin1"})  # kinds with two-letter codes that people write
# How likely people mean a place of this kind rather than another one of the same name.
_KIND_WEIGHT = {"admin1": 0.5, "admin2": 0.7, "area": 0.6, "road": 0.8, "country": 0.3, "water": 0.3, "river": 0.3}


@dataclass(frozen=True, slots=True)
class NamedThing:
    """One place or area with all its names, as input of the index."""

    name: str
    names: tuple[str, ...]
    lat: float
    lon: float
    radius_m: float
    kind: str
    population: int


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
        builder = _Builder()
        for thing in things:
            builder.add(thing)
        self._kinds = tuple(builder.kinds)
        self._kind_weight = np.array([_KIND_WEIGHT.get(kind, 1.0) for kind in self._kinds])
        self._place = np.array(builder.places, dtype=np.float32).reshape(-1, 4)
        self._kind = np.array(builder.kind_numbers, dtype=np.int16)
        self._name_place = np.array(builder.name_places, dtype=np.int32)
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

    def find_mentions(self, spans: list[Span]) -> list[Evidence]:
        """Find evidence for each span that names a place or area.

        Exact spelling first, then phonetic key, then skeleton.
        """
        if not len(self):
            return []
        exact = self._exact.find_rows([span.exact for span in spans])
        by_sound = self._sound.find_rows([span.key for span in spans])
        hits: list[tuple[Span, list[tuple[int, float]]]] = []
        unknown: list[tuple[Span, str]] = []
        for span, same, alike in zip(spans, exact, by_sound, strict=True):
            if same >= 0:
                hits.append((span, [(i, 1.0) for i in self._exact.get_ids(same).tolist()]))
            elif alike >= 0 and not is_bare_kind(span):
                quality = 0.9 * span.similarity**3
                numbers = self._sound.get_ids(alike).tolist()
                if span.is_arabic:
                    numbers = [number for number in numbers if self._is_spelt_alike(span, number)]
                hits.append((span, [(number, quality) for number in numbers]))
            elif coarse := _coarse_key(span):
                unknown.append((span, coarse))
        guessed = self._skeleton.find_rows([coarse for _, coarse in unknown])
        hits += [
            (span, self._guess(span, coarse, row))
            for (span, coarse), row in zip(unknown, guessed, strict=True)
            if row >= 0
        ]
        return [self._evidence(span, found) for span, found in hits if found]

    def find_numbered(self, words: Sequence[Word]) -> list[Evidence]:
        """Find evidence for numbers between known ones of the same name: "Delmas 41" where 33 and 75 are known."""
        return self._numbered.find_mentions(words)

    def find_namesakes(self, keys: Sequence[str]) -> list[list[Namesake]]:
        """Find for each key the places of exactly that name, the largest first.

        A key is the `exact` letters of a span, or a code of two capitals ("TX") for a country or a first-level
        division.
        """
        rows = self._exact.find_rows(keys)
        return [
            self._list_namesakes(key, row)
            if row >= 0
            else [self._namesake(number, is_own_name=True) for number in self._short.get(key, ())]
            for key, row in zip(keys, rows, strict=True)
        ]

    def _list_namesakes(self, key: str, row: int) -> list[Namesake]:
        places = np.unique(self._name_place[self._exact.get_ids(row)])
        largest = places[np.argsort(-self._place[places, 3], kind="stable")[:_HOMONYMS]]
        return [self._namesake(int(n), is_own_name=_read_exact(self._shown.get(int(n))) == key) for n in largest]

    def _namesake(self, place: int, *, is_own_name: bool) -> Namesake:
        lat, lon, radius_m, people = self._place[place].tolist()
        kind = self._kinds[self._kind[place]]
        return Namesake(place, self._shown.get(place), kind, lat, lon, radius_m, people, is_own_name)

    def _guess(self, span: Span, coarse: str, row: int) -> list[tuple[int, float]]:
        least = _MIN_SIMILARITY if len(coarse) > 2 else _MIN_SIMILARITY_SHORT
        numbers = self._skeleton.get_ids(row)[:_GUESSES].tolist()
        spellings = [spelling.split("\t") for spelling in self._spellings.get_many(numbers)]
        near: dict[int, float] = {}
        for asked, known in zip((span.exact, span.key), zip(*spellings, strict=True), strict=True):
            for _, similarity, which in extract(asked, known, scorer=fuzz.ratio, score_cutoff=least, limit=None):
                near[which] = max(similarity, near.get(which, 0.0))
        if span.is_arabic:
            near = {which: value for which, value in near.items() if self._is_spelt_alike(span, numbers[which])}
        return [(numbers[which], 0.8 * (near[which] / 100) ** 3) for which in sorted(near)]

    def _is_spelt_alike(self, span: Span, number: int) -> bool:
        """Tell whether a name has nearly the same letters as an Arabic span.

        A name in Latin letters is compared without vowels.
        """
        known = self._spellings.get(number).split("\t")[0]
        if fuzz.ratio(span.exact, known) >= _MIN_SIMILARITY_ARABIC:
            return True
        asked, plain = span.exact.translate(_VOWELS), known.translate(_VOWELS)
        return len(asked) >= _SHORTEST_GUESSED and fuzz.ratio(asked, plain) >= _MIN_SIMILARITY_ARABIC

    def _evidence(self, span: Span, hits: list[tuple[int, float]]) -> Evidence:
        best: dict[int, float] = {}
        numbers = self._name_place[[name for name, _ in hits]].tolist()
        for place, (_, quality) in zip(numbers, hits, strict=True):
            best[place] = max(best.get(place, 0.0), quality)
        places, qualities = np.array(list(best)), np.array(list(best.values()))
        rows, kinds = self._place[places].astype(np.float64), self._kind[places]
        weight = qualities * self._kind_weight[kinds] * (1 + 0.3 * rows[:, 3])
        if len(places) > 1:
            order = (-weight).argsort(kind="stable")[:_HOMONYMS]
            places, rows, kinds, weight = places[order], rows[order], kinds[order], weight[order]
        quality = max(best.values())
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


@lru_cache(maxsize=1 << 14)
def _read_exact(name: str) -> str:
    words = read_words(name)
    return Span.of(0, len(words), words).exact


class _Builder:
    """Collects the index in flat arrays, since a list of a million numbers would take ten times the memory."""

    def __init__(self) -> None:
        self.kinds: dict[str, int] = {}
        self.places = array("f")  # lat, lon, radius, log10 of population of each
        self.kind_numbers = array("h")
        self.name_places = array("i")
        self.shown = StringList()
        self.spellings = StringList()
        self.keys = {level: array("q") for level in ("exact", "sound", "skeleton")}
        self.tokens: set[str] = set()
        self.short: dict[str, tuple[int, ...]] = {}  # codes of two letters
        self.numbered: list[tuple[Sequence[Word], float, float]] = []  # names that have a number, with their points

    def add(self, thing: NamedThing) -> None:
        self.shown.append(thing.name)
        number = len(self.kind_numbers)
        self.places.extend((thing.lat, thing.lon, thing.radius_m, math.log10(1 + thing.population)))
        self.kind_numbers.append(self.kinds.setdefault(thing.kind, len(self.kinds)))
        seen: set[str] = set()
        for name in (thing.name, *thing.names):
            words = [replace(word, part=0) for word in read_words(name)]
            span = Span.of(0, len(words), words)
            if thing.kind in _CODED and len(name) == 2 and name.isupper():
                self.short[name] = (*self.short.get(name, ()), number)
            if has_number(words):
                self.numbered.append((words, thing.lat, thing.lon))
            # A key of two letters would match anything.
            if len(span.exact) > 2 and span.exact not in seen:
                self._add_name(number, span)
                seen.add(span.exact)
            for other in (link(span), glue(name)):
                if other is not None and other.exact not in seen:
                    self._add_name(number, other)
                    seen.add(other.exact)
        initials = "".join(word[0] for word in fold(thing.name))
        if thing.population >= _KNOWN_BY_INITIALS and len(initials) > 2 and initials not in seen:
            self._add_name(number, Span.of(0, 1, read_words(initials)))

    def _add_name(self, number: int, span: Span) -> None:
        self.name_places.append(number)
        self.spellings.append(f"{span.exact}\t{span.key}")
        self.keys["exact"].append(hash(span.exact))
        self.keys["sound"].append(hash(span.key))
        self.keys["skeleton"].append(hash(span.skeleton))
        self.tokens.update(word.key for word in span.words if word.role is Role.NAME and len(word.key) > 3)

    def file(self, level: str) -> Postings:
        """Build the posting lists of one level (exact, sound, skeleton) and free its keys."""
        keys = self.keys.pop(level)
        hashes = np.frombuffer(keys, dtype=np.int64) if keys else np.empty(0, dtype=np.int64)
        return Postings(hashes, np.arange(len(hashes), dtype=np.int32))


def _coarse_key(span: Span) -> str:
    """Return the consonant skeleton of a span; empty where it would match everything.

    A span with too few letters, or without a word that could be a name, would match everything.
    """
    if len(span.exact) < _SHORTEST_GUESSED or all(word.role is not Role.NAME for word in span.words):
        return ""
    coarse = span.skeleton
    return coarse if len(coarse) > 1 else ""
