"""Suggestions of `flask dedupe` for each row of a spreadsheet: candidates with scores and reasons."""

import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, replace

from reporting.incidents.similarity import SUGGEST_AT, Observation, compare

SUGGESTIONS = 10
WINDOW_S = 30 * 86_400.0  # how long an incident lasts, which a spreadsheet does not state
_LATER_ODDS = math.exp(2)  # how much likelier a row duplicates an earlier report than a later one
_LATER_KEPT = 5


@dataclass(frozen=True, slots=True)
class Pair:
    """A candidate of a row, with the score of being of the same incident, and the row (`through`) that shows it.

    `candidate` and `through` are row indexes. `through` is the candidate itself; if the candidate is the first report
    of a chain, it is the member that is most similar to the row. For a later candidate (`is_later`) it is the reverse:
    the member of this row's chain that is most similar to the candidate.
    """

    candidate: int
    score: float
    through: int
    is_later: bool = False


class _Slots:
    """The best few pairs of every row in flat arrays, 12 bytes a pair, so that a million rows fit a small server."""

    def __init__(self, rows: int, kept: int) -> None:
        self._kept = kept
        self._candidates = array("i", [-1]) * (rows * kept)
        self._scores = array("f", [0.0]) * (rows * kept)
        self._through = array("i", [-1]) * (rows * kept)

    def keep(self, row: int, pair: Pair) -> None:
        """Store a pair in a free slot of a row, or in the slot of its worst pair if the new one is better."""
        slots = range(row * self._kept, (row + 1) * self._kept)
        worst = min(slots, key=lambda slot: (self._candidates[slot] >= 0, self._scores[slot]))
        if self._candidates[worst] < 0 or self._scores[worst] < pair.score:
            self._candidates[worst] = pair.candidate
            self._scores[worst] = pair.score
            self._through[worst] = pair.through

    def list_pairs(self, row: int) -> list[Pair]:
        slots = range(row * self._kept, (row + 1) * self._kept)
        return [
            Pair(self._candidates[slot], self._scores[slot], self._through[slot])
            for slot in slots
            if self._candidates[slot] >= 0
        ]


class Found:
    """The candidates of all rows, earlier ones and, behind them, later ones; stored only if they will be listed."""

    def __init__(self, rows: int, *, is_listed: bool) -> None:
        self._is_listed = is_listed
        self._earlier = _Slots(rows if is_listed else 0, SUGGESTIONS)
        self._later = _Slots(rows if is_listed else 0, _LATER_KEPT)
        self.is_suggested = bytearray(rows)  # whether an earlier row is to be suggested for a row

    def keep(self, row: int, pairs: Sequence[Pair]) -> None:
        """Store the earlier candidates of a row, and the row as a later candidate of each of them."""
        self.is_suggested[row] = any(pair.score >= SUGGEST_AT for pair in pairs)
        for pair in pairs if self._is_listed else ():
            self._earlier.keep(row, pair)
            score = pair.score / (pair.score + (1 - pair.score) * _LATER_ODDS)
            self._later.keep(pair.candidate, Pair(row, score, pair.through))

    def list_pairs(self, row: int) -> list[Pair]:
        """List up to SUGGESTIONS candidates of a row, best first; ties in the order of the file."""
        later = [replace(pair, is_later=True) for pair in self._later.list_pairs(row)]
        both = self._earlier.list_pairs(row) + later
        return sorted(both, key=lambda pair: (-pair.score, pair.candidate))[:SUGGESTIONS]


def list_reasons(row: int, pair: Pair, ids: Sequence[str], observations: Sequence[Observation]) -> list[str]:
    """List the reasons for a candidate's score; if a member of its chain gives the score, that member is named."""
    first, second = (pair.candidate, pair.through) if pair.is_later else (row, pair.through)
    is_own = pair.through in (row, pair.candidate)
    if is_own:
        first, second = row, pair.candidate
    reasons = list(map(str, compare(observations[first], observations[second], window_s=WINDOW_S).reasons))
    return reasons if is_own else [f"first of a chain, through {ids[pair.through]}: {reasons[0]}", *reasons[1:]]


def decide(pair: Pair, *, one_incident: bool) -> str:
    """Return the decision on a candidate: linked, suggested or none."""
    if one_incident:
        return "linked"
    return "suggested" if pair.score >= SUGGEST_AT else "none"
