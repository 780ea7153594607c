"""An index of terms (runs of words) with the points they meant in learned placements, and how widely these lie."""

import math
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from geo.distance import distances_m
from geo.index.evidence import MOST_MENTIONS, Array, Evidence, Source
from geo.inverted_index import Postings
from geo.reasons import Reason, ReasonCode
from geo.text.spans import Span, is_bare_kind

_CELL_DEGREES = 0.004  # placements of one term within about 400 m count as one point
_CELLS = 16
LEAST_SCALE_M = 200.0  # smallest radius around a pin that its words may mean


class TermIndex:
    """An index from each learned term to its location, as a few weighted points."""

    def __init__(
        self, pairs: Sequence[tuple[str, int]], lat: Array, lon: Array, scale_m: Array, source: Source
    ) -> None:
        """Build the index from `pairs` of (key of a span, number of the placement).

        `lat`, `lon` are the points of the placements in degrees, `scale_m` the radius in metres around them that their
        words may mean.
        """
        self._source = source
        self._code = ReasonCode.HEARD if source is Source.HEARD else ReasonCode.TAUGHT
        postings = self._postings = Postings.of(pairs)
        starts = [0]
        lats: list[float] = []
        lons: list[float] = []
        scales: list[float] = []
        shares: list[float] = []
        spreads: list[float] = []
        for ids in postings.iterate_rows():
            cell_lat, cell_lon, cell_scale, share, spread = _cells(lat[ids], lon[ids], scale_m[ids])
            lats.extend(cell_lat)
            lons.extend(cell_lon)
            scales.extend(cell_scale)
            shares.extend(share)
            spreads.append(spread)
            starts.append(len(lats))
        self._starts = np.array(starts)
        self._lat, self._lon, self._share = np.array(lats), np.array(lons), np.array(shares)
        self._scale_m = np.array(scales)
        self._spread = np.array(spreads)
        self._count = postings.count_ids()

    def find(self, spans: list[Span], known_kinds: frozenset[str], least: int = 1) -> list[Evidence]:
        """Find evidence for each span that was learned at least `least` times, for the first ones of the text.

        A feature class ("school") counts alone only where it is one of `known_kinds` (phonetic keys).
        """
        found: list[Evidence] = []
        for span, row in zip(spans, self._postings.find_rows([span.key for span in spans]), strict=True):
            if row < 0 or (count := int(self._count[row])) < least:
                continue
            if len(found) == MOST_MENTIONS:
                break
            is_bare = is_bare_kind(span)
            if is_bare and span.key not in known_kinds:
                continue
            spread_m = float(self._spread[row])
            points = slice(self._starts[row], self._starts[row + 1])
            found.append(
                Evidence(
                    self._source,
                    self._lat[points],
                    self._lon[points],
                    self._scale_m[points],
                    self._share[points],
                    span.similarity**3,
                    spread_m,
                    Reason.of(self._code, span.shown, count, _round_m(spread_m)),
                    count=count,
                    letters=len(span.exact),
                    is_bare=is_bare,
                    start=span.start,
                    end=span.end,
                )
            )
        return found


def _cells(lat: Array, lon: Array, scale_m: Array) -> tuple[list[float], list[float], list[float], list[float], float]:
    """Reduce the points of a term to its fullest grid cells.

    Returns their latitudes, longitudes, radii in metres and shares, and the spread of all points in metres.
    """
    cells: dict[tuple[int, int], list[int]] = defaultdict(list)
    for number, (y, x) in enumerate(zip(lat, lon, strict=True)):
        cells[round(y / _CELL_DEGREES), round(x / _CELL_DEGREES)].append(number)
    fullest = sorted(cells.values(), key=len, reverse=True)[:_CELLS]
    total = sum(map(len, fullest))
    return (
        [float(lat[cell].mean()) for cell in fullest],
        [float(lon[cell].mean()) for cell in fullest],
        [sorted(scale_m[cell].tolist())[len(cell) // 2] for cell in fullest],
        [len(cell) / total for cell in fullest],
        get_spread_m(lat, lon),
    )


def _round_m(metres: float) -> int:
    return round(metres / 100) * 100 if metres >= 1_000 else math.ceil(metres / 50) * 50


def get_spread_m(lat: Array, lon: Array) -> float:
    """Compute the distance in metres from the middle that contains 80 of 100 points."""
    half = len(lat) // 2
    middle = float(np.partition(lat, half)[half]), float(np.partition(lon, half)[half])
    away, held = distances_m(*middle, lat, lon), min(len(lat) - 1, int(0.8 * len(lat)))
    return float(np.partition(away, held)[held])
