"""`flask dedupe`: groups the reports of a spreadsheet by incident, with candidates and reasons, without a database.

Rows are processed in the order of time; each is compared with a bounded number of earlier rows. A row joins the
incident of its best candidate if the score is high enough. The first report of a chain of duplicates is listed before
the others, since an incident is known by its first report. Later rows that found this one are listed behind, at hand
for the reader of the spreadsheet; the later report is rarely the one that another duplicates.
"""

import gc
import math
from array import array
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from config.csv_cell import CsvWriter
from config.table_file.errors import Remarks, TableError
from config.table_file.output import are_one_file, replacing
from reporting.dedupe.blocking import Nearby
from reporting.dedupe.explain import explain_candidate, explain_pair
from reporting.dedupe.observations import Sheet, read_sheet
from reporting.dedupe.suggestions import SUGGESTIONS, WINDOW_S, Found, Pair, decide, list_reasons
from reporting.incidents.default_weights import SHEET_WEIGHTS
from reporting.incidents.similarity import (
    LASTING_WINDOWS,
    LINK_AT,
    LINK_REACH_M,
    SUGGEST_AT,
    Observation,
    distance_between_m,
    lay,
    score_of,
)

ORIGIN_AT = SUGGEST_AT  # score from which a candidate that is itself a duplicate is replaced by its original
_MEMBER = 0.999  # factor that ranks other members after the first report of their incident
_REPEATED_REPEAT = 0.15  # weight of a candidate's own log odds of being a duplicate, as evidence against it
_OWN_ENOUGH = 0.9  # share of a chain's score from which the pair's own reasons are shown
_LEAST, _LEAST_SCORE = 1e-6, 1e-12
_EVERY = 500

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Counts:
    """The result of a deduplication; `problems` has a line for each value that could not be read."""

    rows: int
    incidents: int
    linked: int  # rows that joined the incident of an earlier row
    suggested: int  # rows that did not, with a suggestion
    problems: Remarks
    explained: list[str]  # lines on the rows that were asked about


class Batch:
    """The incidents found so far in one spreadsheet."""

    def __init__(
        self,
        observations: Sequence[Observation],
        *,
        window_s: float = WINDOW_S,
        weights: Mapping[str, float] = SHEET_WEIGHTS,
    ) -> None:
        self._observations = observations
        self._window_s = window_s
        self._weights = weights
        self._nearby = Nearby(observations, window_s=2 * window_s)
        self._origin = array("i", range(len(observations)))
        self.incident = array("i", range(len(observations)))  # the index of the incident's first row
        self._best = array("f", [0.0]) * len(observations)  # how likely a row repeats any before it
        self._anchor = array("i", [-1]) * len(observations)  # incident to its first located row

    def take(self, row: int) -> list[Pair]:
        """Compare a row with earlier ones, assign its incident and return its candidates, best first."""
        scores = {other: self._score(row, other) for other in self._nearby.list_candidates(row)}
        pairs = self._ranked(row, scores)
        self._join(row, scores)
        self._nearby.add(row)
        return pairs[:SUGGESTIONS]

    def _score(self, row: int, other: int) -> float:
        laid = lay(self._observations[row], self._observations[other], window_s=self._window_s)
        return score_of(laid, self._weights)

    def _ranked(self, row: int, scores: dict[int, float]) -> list[Pair]:
        """Rank the candidates; the first report of a chain gets the score of its best member, the others follow it."""
        best: dict[int, float] = {}
        through: dict[int, int] = {}
        for other, score in scores.items():
            origin = self._origin[other]
            if score > best.get(origin, -1.0):
                best[origin], through[origin] = score, other
        for other, score in scores.items():
            own = score if other == self._origin[other] else score * _MEMBER
            best[other] = max(best.get(other, 0.0), own)
            if own >= _OWN_ENOUGH * best[other]:
                through[other] = other
        self._best[row] = max(best.values(), default=0.0)
        redrawn = self._prefer_first_reports(best)
        pairs = (Pair(other, score, through[other]) for other, score in redrawn.items())
        ranked = sorted(pairs, key=lambda pair: (-pair.score, pair.candidate))
        if ranked and ranked[0].score >= ORIGIN_AT:
            self._origin[row] = self._origin[ranked[0].candidate]
        return ranked

    def _prefer_first_reports(self, best: dict[int, float]) -> dict[int, float]:
        """Lower the scores of candidates that are likely duplicates themselves, because these are rarely the original.

        The highest score stays as it was, because the row is as likely a duplicate of some candidate as before.
        """
        if not best:
            return best
        odds = {
            other: _log_odds(score, _LEAST_SCORE) - _REPEATED_REPEAT * _log_odds(self._best[other], _LEAST)
            for other, score in best.items()
        }
        shift = _log_odds(max(best.values()), _LEAST_SCORE) - max(odds.values())
        return {other: 1 / (1 + math.exp(-each - shift)) for other, each in odds.items()}

    def _join(self, row: int, scores: dict[int, float]) -> None:
        """Join the incident of the best candidate above the threshold whose incident does not contradict."""
        for other in sorted(scores, key=lambda other: (-scores[other], other)):
            if scores[other] < LINK_AT:
                break
            if self._fits(row, self.incident[other]):
                self.incident[row] = self.incident[other]
                break
        if self._observations[row].lat is not None and self._anchor[self.incident[row]] < 0:
            self._anchor[self.incident[row]] = row

    def _fits(self, row: int, incident: int) -> bool:
        """Return whether a row lies near the first place and time of an incident.

        This keeps chains of links from drifting.
        """
        first_at, at = self._observations[incident].at, self._observations[row].at
        if first_at and at and abs((at - first_at).total_seconds()) > LASTING_WINDOWS * self._window_s:
            return False
        anchor = self._anchor[incident]
        if anchor < 0:
            return True
        apart_m = distance_between_m(self._observations[row], self._observations[anchor])
        return apart_m is None or apart_m <= LINK_REACH_M


def _log_odds(score: float, least: float) -> float:
    """Return the log odds of a score, which is kept at least `least` away from 0 and 1."""
    bounded = min(max(score, least), 1 - least)
    return math.log(bounded / (1 - bounded))


@contextmanager
def no_search_for_cycles() -> Iterator[None]:
    """Switch off Python's cyclic garbage collector, which would search millions of objects in vain, 50 ms at a time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def dedupe_csv(src: Path, out: Path, pairs: Path | None, progress: Progress, explain: Collection[str] = ()) -> Counts:
    """Find the incidents in a CSV of reports; write `id,incident` and, if `pairs` is given, the candidates of each row.

    `src` has the columns `id,reported_at,lat,lon[,text,topic,location,sender,source,language]`; `progress` is called
    with the number of finished rows and of all rows. `explain` has the ids of rows to be explained in full. Raises
    TableError when the file is no table of reports.
    """
    for path, other in combinations([src, out, *([pairs] if pairs is not None else [])], 2):
        if are_one_file(path, other):
            raise TableError(other.name, "this is a file that is read or written already, name another one")
    sheet = read_sheet(src)
    found = Found(len(sheet.ids), is_listed=pairs is not None or bool(explain))
    batch = Batch(sheet.observations)
    with no_search_for_cycles():
        for done, row in enumerate(sheet.order()):
            found.keep(row, batch.take(row))
            if done % _EVERY == 0:
                progress(done, len(sheet.ids))
    _write_incidents(out, sheet.ids, batch.incident)
    if pairs is not None:
        _write_pairs(pairs, sheet.ids, sheet.observations, batch.incident, found)
    progress(len(sheet.ids), len(sheet.ids))
    alone = [row == incident for row, incident in enumerate(batch.incident)]
    return Counts(
        rows=len(sheet.ids),
        incidents=sum(alone),
        linked=len(alone) - sum(alone),
        suggested=sum(found.is_suggested[row] for row, is_first in enumerate(alone) if is_first),
        problems=sheet.problems,
        explained=_explain(sheet, batch.incident, found, explain),
    )


def _explain(sheet: Sheet, incident: Sequence[int], found: Found, wanted: Collection[str]) -> list[str]:
    lines: list[str] = []
    for row, name in enumerate(sheet.ids) if wanted else ():
        if name not in wanted:
            continue
        pairs = found.list_pairs(row)
        lines.append(f"{name}: {len(pairs)} candidates")
        for pair in pairs:
            decision = decide(pair, one_incident=incident[row] == incident[pair.candidate])
            seen, other = sheet.observations[row], sheet.observations[pair.candidate]
            lines.append(explain_candidate(name, sheet.ids[pair.candidate], pair.score, decision))
            lines += explain_pair(seen, other, window_s=WINDOW_S)
    missing = sorted(set(wanted).difference(sheet.ids)) if wanted else []
    return lines + [f"{name}: no row has this id" for name in missing]


def _write_incidents(out: Path, ids: Sequence[str], incident: Sequence[int]) -> None:
    numbers, used = array("i", [0]) * len(ids), 0
    with replacing(out) as handle:
        writer = CsvWriter(handle, line_end="\n")
        writer.write(("id", "incident"))
        for name, first in zip(ids, incident, strict=True):
            if not numbers[first]:
                used += 1
                numbers[first] = used
            writer.write_back((name, numbers[first]))


def _write_pairs(
    path: Path, ids: Sequence[str], observations: Sequence[Observation], incident: Sequence[int], found: Found
) -> None:
    with replacing(path) as handle:
        writer = CsvWriter(handle, line_end="\n")
        writer.write(("id", "candidate", "score", "decision", "reasons"))
        for row in range(len(ids)):
            for pair in found.list_pairs(row):
                other = pair.candidate
                reasons = list_reasons(row, pair, ids, observations)
                decision = decide(pair, one_incident=incident[row] == incident[other])
                writer.write_back((ids[row], ids[other], f"{pair.score:.5f}", decision, "; ".join(reasons)))
