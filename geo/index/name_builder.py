"""Builds the arrays of a name index: every name of the places and areas of a campaign, folded."""

import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from geo.index.numbered_places import has_number
from geo.inverted_index import Postings, StringList
from geo.text.normalise import fold
from geo.text.spans import Role, Span, Word, glue, link, read_words

_KNOWN_BY_INITIALS: Final = 20_000  # people; smaller towns are not called by their initials
_CODED: Final = frozenset({"country", "admin1"})  # kinds with two-letter codes that people write


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


class NameBuilder:
    """Collects the index in flat arrays, since a list of a million numbers would take ten times the memory."""

    def __init__(self) -> None:
        self.kinds: dict[str, int] = {}
        self.places = array("f")  # lat, lon, radius, log10 of population of each
        self.kind_numbers = array("h")
        self.name_places = array("i")
        self.own_names = array("b")  # 1 for the name that the source of a place gives first
        self.shown = StringList()
        self.spellings = StringList()
        self.keys = {level: array("q") for level in ("exact", "sound", "skeleton")}
        self.tokens: set[str] = set()
        self.short: dict[str, tuple[int, ...]] = {}  # codes of two letters
        self.numbered: list[tuple[Sequence[Word], float, float]] = []  # names that have a number, with their points

    def add(self, thing: NamedThing) -> None:
        """Add a place or area with every spelling that it is looked up by."""
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
                self._add_name(number, span, is_own=name is thing.name)
                seen.add(span.exact)
            for other in (link(span), glue(name)):
                if other is not None and other.exact not in seen:
                    self._add_name(number, other)
                    seen.add(other.exact)
        initials = "".join(word[0] for word in fold(thing.name))
        if thing.population >= _KNOWN_BY_INITIALS and len(initials) > 2 and initials not in seen:
            self._add_name(number, Span.of(0, 1, read_words(initials)))

    def _add_name(self, number: int, span: Span, *, is_own: bool = False) -> None:
        self.name_places.append(number)
        self.own_names.append(is_own)
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
