"""Value types about places: what was found in a text, what a loader reads, what a load did."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from geo.reasons import LocationSource, Reason, find_value, read_reasons

CONFIDENT_WITHIN_M = 5_000.0  # confidence is the chance that the true place is within this distance
GUESS_BELOW = 0.5  # confidence under which a place is more likely wrong than right


@dataclass(frozen=True, slots=True)
class Candidate:
    """One place that a toponym may mean. Degrees in WGS 84, metres, confidence from 0 to 1."""

    name: str
    lat: float
    lon: float
    radius_m: float
    confidence: float
    reasons: tuple[Reason, ...]
    kind: str
    source: LocationSource = LocationSource.TEXT

    def to_row(self) -> dict[str, Any]:
        """Return the JSON to store; the source is left out where it is TEXT, as for most."""
        row = {
            "name": self.name, "lat": self.lat, "lon": self.lon, "radius_m": self.radius_m,
            "confidence": self.confidence, "reasons": [reason.to_row() for reason in self.reasons], "kind": self.kind,
        }  # fmt: skip
        return row if self.source is LocationSource.TEXT else {**row, "source": str(self.source)}

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Self:
        """Read a stored candidate."""
        return cls(
            row["name"], row["lat"], row["lon"], row["radius_m"], row["confidence"], read_reasons(row["reasons"]),
            row["kind"], LocationSource(row.get("source", LocationSource.TEXT)),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Location:
    """A location: a point with its radius, confidence and reasons.

    `radius_m` (metres) is meant to contain the true place in about 80 of 100 cases; `confidence` (0 to 1) is the chance
    that it lies within 5 km of the point. `reasons` come strongest first. `name` is the gazetteer's, and empty where
    the place is known only from learned placements. `level` is the admin level of an area, where the text names nothing
    smaller: in which smaller area the report lies is then not known.
    """

    lat: float
    lon: float
    radius_m: float
    confidence: float
    reasons: tuple[Reason, ...]
    alternatives: tuple[Candidate, ...]
    name: str = ""
    level: int | None = None
    source: LocationSource = LocationSource.TEXT

    @property
    def gazetteer_name(self) -> str | None:
        """Return the gazetteer name of the chosen place, or in the strongest reason; None where there is none."""
        return self.name or None if self.source is LocationSource.CHOICE else find_value(self.reasons[:1], "name")

    @property
    def is_guess(self) -> bool:
        """Tell whether the location is more likely wrong than right.

        A guess is good enough for sorting, and the sender is worth asking.
        """
        return self.confidence < GUESS_BELOW


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """One place as a source gives it; `source_id` is stable, so that loading again changes nothing.

    `unsure` are further names, which count only once they are confirmed as names of the town. `remark` is a message for
    the person who loads the file.
    """

    source_id: str
    name: str
    lat: float
    lon: float
    names: tuple[str, ...] = ()
    kind: str = "place"
    population: int | None = None
    radius_m: float | None = None  # None: estimated from kind and population
    scheme: str = ""  # id scheme ("geonames", "osm"): two sources of one scheme use one id for one thing
    line: int = field(default=0, compare=False)  # line number in its file
    unsure: tuple[str, ...] = ()
    remark: str | None = None


@dataclass(frozen=True, slots=True)
class NameRow:
    """One alternate name of a loaded place or area: a GeoNames place by its id, or an area by its code."""

    target: str  # geonameid or area code
    source_id: str
    name: str
    line: int
    language: str = ""
    is_preferred: bool = False
    is_short: bool = False
    is_colloquial: bool = False
    is_historic: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """One line or feature that could not be loaded, and why; carries no text of the line itself."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class PlacementRecord:
    """One learned placement: words that meant a point.

    Of several lines the most specific comes first, then what was said.
    """

    words: str
    lat: float
    lon: float
    radius_m: float
    source: str
    source_id: str


@dataclass(slots=True)
class LoadCounts:
    """The counts and messages of one load.

    `refusals` and `repairs` keep the first thousand; `refused` and `repaired` count all of them. `merged` are features
    put together with an earlier one of the same code. `moved` are places whose point has changed. Both count in the
    other numbers as well. `skipped` are names of features that are not loaded here, and lines that repeat an earlier
    one. `removed` is what `--replace` deleted. `doubles` are places conflated with one of another source.
    """

    read: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    repaired: int = 0
    merged: int = 0
    moved: int = 0
    skipped: int = 0
    removed: int = 0
    doubles: int = 0
    refused: int = 0
    refusals: list[Refusal] = field(default_factory=list)
    repairs: list[Refusal] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)  # assumptions that were made about the file

    def refuse(self, refusal: Refusal) -> None:
        """Count one refused line; keep its reason if it is one of the first thousand."""
        self.refused += 1
        if len(self.refusals) < 1000:
            self.refusals.append(refusal)

    def repair(self, fault: Refusal) -> None:
        """Count one repaired line; keep what was wrong if it is one of the first thousand."""
        self.repaired += 1
        if len(self.repairs) < 1000:
            self.repairs.append(fault)
