"""The radius and confidence of answers that rest on a region or a coarse pin.

The radius is at least that of the region, the confidence at most what its size allows. "Turkana" means somewhere in a
county of 70,000 square kilometres: one point has to represent it, but the report may be anywhere in the county, and its
smaller area is not known. The same holds for a pin that its author knew to some kilometres only.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from geo.distance import distances_m
from geo.index.evidence import Evidence, Source
from geo.index.learned_terms import LEAST_SCALE_M
from geo.reasons import Reason, ReasonCode
from geo.types import CONFIDENT_WITHIN_M, Location

_LEVELS: Final = {"country": 0} | {f"admin{level}": level for level in range(6)}
_WIDE: Final = frozenset({*_LEVELS, "state", "region", "province", "district", "county", "area"})
_NAMES: Final = (Source.NAMED, Source.TAUGHT, Source.NUMBERED)
_PINS: Final = (Source.TAUGHT, Source.HEARD, Source.ALIKE, Source.ECHOED)
IN_AREA: Final = Reason.of(ReasonCode.IN_AREA)
_HERE_M: Final = 2_000.0  # a place of the name within this distance of the answer is what the name means there
_SAYS: Final = 0.1  # log odds from which evidence supports a point


@dataclass(frozen=True, slots=True)
class Breadth:
    """The extent of the place behind an answer: radius in metres, whether it is an area, and its admin level if any."""

    radius_m: float
    is_area: bool = False
    level: int | None = None

    def widen(self, location: Location) -> Location:
        """Widen a location to the whole extent: larger radius, lower confidence, and the level of the area."""
        return replace(
            location,
            radius_m=max(location.radius_m, round(self.radius_m, -1)),
            confidence=round(location.confidence * min(1.0, CONFIDENT_WITHIN_M / self.radius_m), 3),
            reasons=(*location.reasons, IN_AREA) if self.is_area else location.reasons,
            level=self.level,
        )


def find_breadth(
    lat: float, lon: float, owner: Evidence, row: int, support: Sequence[float], evidence: Sequence[Evidence]
) -> Breadth:
    """Find the extent of the place behind the answer at a point (degrees).

    The answer was made of the point `row` of the evidence `owner`. `support`: the log odds that each piece of evidence
    adds at the point.
    """
    pin_m = float(owner.scale_m[row]) if owner.source in _PINS else LEAST_SCALE_M
    area = _find_named_area(lat, lon, support, evidence)
    return Breadth(pin_m) if area is None else replace(area, radius_m=max(pin_m, area.radius_m))


def _find_named_area(lat: float, lon: float, support: Sequence[float], evidence: Sequence[Evidence]) -> Breadth | None:
    """Find the smallest area that the supporting names mean; None when one of them means something smaller.

    Learned placements with the words of an area make the answer no narrower.
    """
    speaking = [piece for piece, odds in zip(evidence, support, strict=True) if odds > _SAYS and piece.source in _NAMES]
    areas = [(piece, area) for piece in speaking if (area := _area_of(piece, lat, lon)) is not None]
    if areas and all(any(_lies_within(piece, named) for named, _ in areas) for piece in speaking):
        return min((area for _, area in areas), key=lambda area: area.radius_m)
    return None


def _area_of(piece: Evidence, lat: float, lon: float) -> Breadth | None:
    """Find the area that a name means at a point; None when a town or another place of that name is there too."""
    if piece.source is not Source.NAMED or _WIDE.isdisjoint(piece.kinds):
        return None
    away = distances_m(lat, lon, piece.lat, piece.lon)
    here = [row for row in range(len(away)) if away[row] < _HERE_M] or [int(away.argmin())]
    if any(piece.kinds[row] not in _WIDE for row in here):
        return None
    smallest = min(here, key=lambda row: piece.scale_m[row])
    return Breadth(float(piece.scale_m[smallest]), is_area=True, level=_LEVELS.get(piece.kinds[smallest]))


def _lies_within(piece: Evidence, other: Evidence) -> bool:
    return piece.field == other.field and other.start <= piece.start and piece.end <= other.end
