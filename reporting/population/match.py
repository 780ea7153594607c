"""Matches the areas of a table to areas with boundaries: by alias, code, name, name without its kind, close spelling.

One row of the table and one area belong together, and only where nothing else fits as well. What cannot be decided is
not matched and reported with the nearest names: a wrong match would give people to another area.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from operator import attrgetter, itemgetter
from typing import Final

from reporting.population.names import CLOSE, MARGIN, AreaName, compare_letters, compare_spelling, fold_area
from reporting.population.table import ToldArea

_NEAREST: Final = 3
_NEAR: Final = 50.0  # of 100: less is not worth showing
_ROUNDS: Final = 5
_SHOWN: Final = 200  # names that did not match for which the nearest are looked for
_MOST: Final = 4_000_000  # pairs; beyond, names are compared that begin alike


@dataclass(frozen=True, slots=True)
class Area:
    """An area with a boundary; `ancestors` are the codes of all areas around it."""

    code: str
    level: int
    name: str
    names: tuple[AreaName, ...]  # folded, in all spellings
    ancestors: frozenset[str] = frozenset()

    def __str__(self) -> str:
        """Return what people read."""
        return f"{self.name} [{self.code}]"


class How(StrEnum):
    """How an area was matched."""

    ALIAS = "alias"
    CODE = "code"
    NAME = "name"
    CORE = "name_without_kind"
    SPELLING = "spelling"


@dataclass(slots=True)
class Matches:
    """The areas by what the table calls them, and the rest with the nearest areas."""

    found: dict[ToldArea, tuple[Area, How]] = field(default_factory=dict)
    missing: dict[ToldArea, list[Area]] = field(default_factory=dict)

    def list_by(self, how: How) -> list[tuple[ToldArea, Area]]:
        """List the pairs that were matched in one way."""
        return [(told, area) for told, (area, by) in self.found.items() if by is how]


Scores = Mapping[ToldArea, Sequence[tuple[float, Area]]]
Part = Callable[[AreaName], str]


class Matcher:
    """Matches to the areas of one level; `around` are the areas of the levels above, for the names of parents."""

    def __init__(self, areas: Sequence[Area], around: Sequence[Area] = ()) -> None:
        self._areas = list(areas)
        self._around = list(around)
        self._parents: dict[str, frozenset[str]] = {}
        self._matches = Matches()

    def match(
        self, told: Sequence[ToldArea], aliases: Mapping[str, str] | None = None, others: Collection[str] = ()
    ) -> Matches:
        """Match them all; `aliases` are codes by name, `others` the folded names of areas of other levels.

        What is named as an area of another level may have the name of one of this level too, but no similar one.
        """
        self._matches = Matches()
        self._parents = self._find_parents({each.parent for each in told if each.parent})
        open_ = self._match_codes(list(dict.fromkeys(told)), aliases or {})
        for how, part in ((How.NAME, attrgetter("folded")), (How.CORE, attrgetter("rest"))):
            open_ = self._claim(open_, how, part)
        alike = [each for each in open_ if fold_area(each.name).folded not in others]
        scores = self._score_all(alike)
        for _ in range(_ROUNDS):
            before, alike = len(alike), self._match_spellings(alike, scores)
            if len(alike) == before:
                break
        missing = [each for each in open_ if each not in self._matches.found]
        self._matches.missing = {
            each: self._list_nearest(each) if place < _SHOWN else [] for place, each in enumerate(missing)
        }
        return self._matches

    def _find_parents(self, names: Collection[str]) -> dict[str, frozenset[str]]:
        """Map the names of parents to the codes of the areas that are meant; unknown names are left out."""
        if not names or not self._around:
            return {}
        found = Matcher(self._around).match([ToldArea(name, name) for name in sorted(names)]).found
        return {told.name: frozenset({area.code}) for told, (area, _) in found.items()}

    def _match_codes(self, told: Sequence[ToldArea], aliases: Mapping[str, str]) -> list[ToldArea]:
        by_code = {area.code.casefold(): area for area in self._areas}
        open_ = []
        for each in told:
            alias = find_alias(aliases, each)
            if alias is not None and (area := by_code.get(alias.casefold())):
                self._matches.found[each] = area, How.ALIAS
            elif alias is None and (area := by_code.get(each.code.casefold())):
                self._matches.found[each] = area, How.CODE
            else:
                open_.append(each)
        return open_

    def _claim(self, open_: Sequence[ToldArea], how: How, part: Part) -> list[ToldArea]:
        """Match names that are equal in a part to one free area alone, where nothing else in the table is for it."""
        by_part: dict[str, dict[str, Area]] = defaultdict(dict)
        for area in self._list_free():
            for name in area.names:
                by_part[part(name)][area.code] = area
        claims = {
            each: self._list_within(each, list(by_part[found].values()))
            for each in open_
            if (found := part(fold_area(each.name))) in by_part and found
        }
        wanted = Counter(area.code for areas in claims.values() for area in areas)
        for each, areas in claims.items():
            if len(areas) == 1 and wanted[areas[0].code] == 1:
                self._matches.found[each] = areas[0], how
        return [each for each in open_ if each not in self._matches.found]

    def _match_spellings(self, open_: Sequence[ToldArea], scores: Scores) -> list[ToldArea]:
        """Match the clearly closest spelling: no other area, and no other row for this area, is nearly as close."""
        free = {area.code for area in self._list_free()}
        rivals: dict[str, list[tuple[float, ToldArea]]] = defaultdict(list)
        for each in open_:
            for score, area in scores[each]:
                rivals[area.code].append((score, each))
        for each in open_:
            scored = scores[each]
            open_pairs = [pair for pair in scored if pair[1].code in free and pair[0] >= CLOSE]
            if not open_pairs:
                continue
            best, area = max(open_pairs, key=itemgetter(0))
            others = [score for score, other in scored if other is not area]
            others += [score for score, other in rivals[area.code] if other != each]
            if max(others, default=0.0) <= best - MARGIN:
                self._matches.found[each] = area, How.SPELLING
        return [each for each in open_ if each not in self._matches.found]

    def _score_all(self, open_: Sequence[ToldArea]) -> Scores:
        """List for each row the areas that are at all alike, with how much; of very many those that begin alike."""
        by_letter: dict[str, dict[str, Area]] = defaultdict(dict)
        is_short = len(open_) * len(self._areas) > _MOST
        for area in self._areas:
            for name in area.names:
                by_letter[name.rest[:1] if is_short else ""][area.code] = area
        return {
            each: self._score(each, list(by_letter[fold_area(each.name).rest[:1] if is_short else ""].values()))
            for each in open_
        }

    def _score(self, told: ToldArea, areas: Sequence[Area]) -> list[tuple[float, Area]]:
        name = fold_area(told.name)
        scored = (
            (max(compare_spelling(name, each) for each in area.names), area) for area in self._list_within(told, areas)
        )
        return [pair for pair in scored if pair[0] >= CLOSE - MARGIN]

    def _list_free(self) -> list[Area]:
        taken = {area.code for area, _ in self._matches.found.values()}
        return [area for area in self._areas if area.code not in taken]

    def _list_within(self, told: ToldArea, areas: Sequence[Area]) -> list[Area]:
        """List the areas within the parent that the table names, if that is known."""
        parents = self._parents.get(told.parent)
        return list(areas) if parents is None else [area for area in areas if area.ancestors & parents]

    def _list_nearest(self, told: ToldArea) -> list[Area]:
        """List what may be meant: areas of that name outside of the parent too, else free ones with a similar name."""
        name = fold_area(told.name)
        same = [area for area in self._areas if _has_core(told, area)]
        scored = [(max(compare_letters(name, each) for each in area.names), area) for area in self._list_free()]
        within = {area.code for area in self._list_within(told, self._areas)}
        near = [(score, area) for score, area in scored if score >= _NEAR and area.code in within]
        ranked = [area for _, area in sorted(near, key=lambda pair: (-pair[0], pair[1].code))]
        return list(dict.fromkeys([*same, *ranked]))[:_NEAREST]


def find_alias(aliases: Mapping[str, str], told: ToldArea) -> str | None:
    """Find the code that a list of aliases gives an area; its name may stand there with or without the parent's."""
    keys = (f"{told.name}|{told.parent}", told.name, told.code)
    return next((aliases[key.casefold()] for key in keys if key.casefold() in aliases), None)


def _has_core(told: ToldArea, area: Area) -> bool:
    rest = fold_area(told.name).rest
    return bool(rest) and any(name.rest == rest for name in area.names)
