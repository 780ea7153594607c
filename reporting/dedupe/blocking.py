"""Blocking (record linkage) in memory: finds earlier rows that a row may duplicate, near, similar or of the same name.

Every search reads a bounded number of rows, whatever the data looks like: of a point or a text that thousands share
only the latest rows are kept. Rows must be added in the order of time.
"""

import heapq
import math
from array import array
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from geo.distance import METRES_PER_DEGREE
from reporting.incidents.similarity import Observation, own_grams
from reporting.incidents.text_similarity import fold, sketch, text_key

SEARCH_M = 600.0
COMPARED = 48  # candidates that are compared in full
_PER_POINT = 32  # latest rows kept of one point
_PER_WORDS = 12  # latest rows kept of one text, name or sender
_PER_BAND = 6
_TOO_UNLIKE = 5.0  # dissimilarity; 1 is 100 m, a third of the search window, or half of another topic
_LOOKED_AT = 600  # rows read in the neighbourhood of one row
_CELL_DEGREES = SEARCH_M / METRES_PER_DEGREE
_OWN_GRAMS = 4  # a text that adds fewer trigrams to its topic is not searched for

_KEYS_MOST = 250_000  # texts, names and senders in memory; the least recently used are dropped
_BANDS_MOST = 1_000_000  # eight to a text
_POINTS_MOST = 250_000

_Point = tuple[float, float]
_Cell = dict[_Point, list[int]]  # in the order of their latest report


def _keep(rows: list[int], row: int, most: int) -> None:
    """Append the latest row and drop the oldest of too many. A short list takes a tenth of a deque's memory."""
    rows.append(row)
    if len(rows) > most:
        del rows[0]


class Latest:
    """The first and the latest rows of each key. The first is kept because it is the one that others duplicate.

    Beyond `keys_most` keys, those without a new row for the longest time are dropped. A key with a single row stores
    the row's number instead of a list, to save memory.
    """

    def __init__(self, kept: int, keys_most: int) -> None:
        self._kept = kept
        self._keys_most = keys_most
        self._rows: dict[int, int | list[int]] = {}

    def add(self, key: int, row: int) -> None:
        """Add a row to a key."""
        rows = self._rows.pop(key, None)
        if rows is None:
            rows = row
            if len(self._rows) >= self._keys_most:
                del self._rows[next(iter(self._rows))]
        elif isinstance(rows, int):
            rows = [rows, row]
        else:
            rows.append(row)
            if len(rows) > self._kept + 1:
                del rows[1]
        self._rows[key] = rows

    def list(self, key: int) -> Iterable[int]:
        """List the rows of a key."""
        rows = self._rows.get(key, ())
        return (rows,) if isinstance(rows, int) else rows


class Nearby:
    """The index of all rows added so far, for finding the candidates of a new row."""

    def __init__(self, observations: Sequence[Observation], *, window_s: float) -> None:
        self._observations = observations
        self._window_s = window_s
        self._cells: dict[tuple[int, int], _Cell] = {}
        self._points: OrderedDict[_Point, int] = OrderedDict()  # the latest row of each, in that order
        self._texts = Latest(_PER_WORDS, _KEYS_MOST)
        self._bands = Latest(_PER_BAND, _BANDS_MOST)
        self._names = Latest(_PER_WORDS, _KEYS_MOST)
        self._senders = Latest(_PER_WORDS, _KEYS_MOST)
        # Fields that are read of very many rows, in flat arrays for speed.
        self._times_s = array("d", [math.nan]) * len(observations)
        self._topics = array("q", [0]) * len(observations)

    def list_candidates(self, row: int) -> list[int]:
        """List the candidates of a row: at most COMPARED earlier rows by place, and those by text, in no order."""
        seen = self._observations[row]
        found = set(self._by_place(seen))
        for index, key in self._keys(seen):
            found.update(index.list(key))
        found.discard(row)
        return list(found)

    def add(self, row: int) -> None:
        """Add a row to the index."""
        seen = self._observations[row]
        for index, key in self._keys(seen):
            index.add(key, row)
        self._times_s[row] = _seconds(seen)
        self._topics[row] = hash(seen.topic)
        if seen.lat is not None and seen.lon is not None:
            self._add_point((seen.lat, seen.lon), row)
            self._forget_points(self._times_s[row])

    def _add_point(self, point: _Point, row: int) -> None:
        points = self._cells.setdefault(_cell(*point), {})
        rows = points.pop(point, [])
        _keep(rows, row, _PER_POINT)
        points[point] = rows
        self._points[point] = row
        self._points.move_to_end(point)

    def _forget_points(self, at_s: float) -> None:
        """Drop points whose latest report is out of the window, and the oldest of too many.

        With each new row only a few points are dropped, so that no single row pays for many.
        """
        while self._points:
            point, row = next(iter(self._points.items()))
            if len(self._points) <= _POINTS_MOST and self._gap_s(at_s, row) <= self._window_s:
                break
            del self._points[point]
            points = self._cells[_cell(*point)]
            del points[point]
            if not points:
                del self._cells[_cell(*point)]

    def _keys(self, seen: Observation) -> Iterator[tuple[Latest, int]]:
        if seen.text and own_grams(seen.text, seen.topic) >= _OWN_GRAMS:
            yield self._texts, text_key(seen.text)
            for band in sketch(seen.text):
                yield self._bands, band
        if seen.location:
            street = " ".join(word for word in fold(seen.location).split() if not word.isdigit())
            if street:
                yield self._names, hash(street)
        if seen.sender:
            yield self._senders, hash(seen.sender)

    def _by_place(self, seen: Observation) -> Iterable[int]:
        if seen.lat is None or seen.lon is None:
            return ()
        near = self._near(seen, seen.lat, seen.lon)
        return (row for _, row in heapq.nsmallest(COMPARED, near))

    def _near(self, seen: Observation, lat: float, lon: float) -> Iterator[tuple[float, int]]:
        """Yield (rough dissimilarity, row) of the rows within SEARCH_M and the window."""
        at_s, topic = _seconds(seen), hash(seen.topic)
        narrowing = max(0.01, math.cos(math.radians(lat)))
        looked_at = 0
        for points in self._cells_around(lat, lon):
            for (there_lat, there_lon), rows in reversed(points.items()):
                if self._gap_s(at_s, rows[-1]) > self._window_s or looked_at > _LOOKED_AT:
                    break  # points are in the order of their latest report
                looked_at += 1
                north, east = there_lat - lat, ((there_lon - lon + 180) % 360 - 180) * narrowing
                distance_m = METRES_PER_DEGREE * math.hypot(north, east)
                if distance_m > SEARCH_M:
                    continue
                for row in reversed(rows):
                    gap_s = self._gap_s(at_s, row)
                    if gap_s > self._window_s:
                        break
                    looked_at += 1
                    unlike = distance_m / 100 + 3 * gap_s / self._window_s + 2 * (self._topics[row] != topic)
                    if unlike <= _TOO_UNLIKE:
                        yield unlike, row

    def _cells_around(self, lat: float, lon: float) -> Iterator[_Cell]:
        row, _ = _cell(lat, lon)
        for neighbour in (row, row - 1, row + 1):
            count = _columns(neighbour)
            column = _column(lon, count)
            for beside in {column, (column - 1) % count, (column + 1) % count}:
                points = self._cells.get((neighbour, beside))
                if points:
                    yield points

    def _gap_s(self, at_s: float, row: int) -> float:
        gap_s = at_s - self._times_s[row]
        return gap_s if gap_s == gap_s else 0.0  # NaN if one of the rows has no time


def _seconds(seen: Observation) -> float:
    """Return the time of a row in seconds since 1970; NaN if it has none."""
    return seen.at.timestamp() if seen.at else math.nan


@lru_cache(maxsize=4096)
def _columns(row: int) -> int:
    """Return the number of cells in a row of the grid: none narrower than SEARCH_M, together the full circle."""
    furthest = min(89.9, max(abs(row), abs(row + 1)) * _CELL_DEGREES)
    return max(1, math.floor(360 * math.cos(math.radians(furthest)) / _CELL_DEGREES))


def _column(lon: float, count: int) -> int:
    return math.floor((lon + 180) / 360 * count) % count


def _cell(lat: float, lon: float) -> tuple[int, int]:
    row = math.floor(lat / _CELL_DEGREES)
    return row, _column(lon, _columns(row))
