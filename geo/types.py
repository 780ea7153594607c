"""The values that places are made of: what was found in a text, what a loader reads, what a load did."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from geo.reasons import LocationSource, Reason, find_value, read_reasons

CONFIDENT_WITHIN_M = 5_000.0  # confidence is the chance that the truth is so near
GUESS_BELOW = 0.5  # confidence under which a place is more likely wrong than right


@dataclass(frozen=True, slots=True)
class Candidate:
    """One place that the words may mean. Degrees in WGS 84, metres, confidence from 0 to 1."""

    name: str
    lat: float
    lon: float
    radius_m: float
    confidence: float
    reasons: tuple[Reason, ...]
    kind: str
    source: LocationSource = LocationSource.TEXT

    def to_row(self) -> dict[str, Any]:
        """Return what is stored; most are read from the text, so that source goes without saying."""
        row = {
            "name": self.name, "lat": self.lat, "lon": self.lon, "radius_m": self.radius_m,
            "confidence": self.confidence, "reasons": [reason.to_row() for reason in self.reasons], "kind": self.kind,
        }  # fmt: skip
        return row if self.source is LocationSource.TEXT else {**row, "source": str(self.source)}

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Self:
        """Read what was stored."""
        return cls(
            row["name"], row["lat"], row["lon"], row["radius_m"], row["confidence"], read_reasons(row["reasons"]),
            row["kind"], LocationSource(row.get("source", LocationSource.TEXT)),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Location:
    """Where a text says it is: a point, how far off it may be, and why we think so.

    `radius_m` is meant to contain the truth in about 80 of 100 cases, `confidence` is the chance that the truth lies
    within 5 km of the point. `reasons` come strongest first; `name` is the gazetteer's, and empty where the place is
    known from what people said alone. `level` is the admin level of the area that the words name where they name
    nothing smaller: in which smaller area it lies is not known.
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
        """The name in the gazetteer of what was chosen, or of what speaks most for the place; else None."""
        return self.name or None if self.source is LocationSource.CHOICE else find_value(self.reasons[:1], "name")

    @property
    def is_guess(self) -> bool:
        """Whether it is more likely wrong than right: good enough to sort by, and the sender is worth asking."""
        return self.confidence < GUESS_BELOW


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """One place as a source gives it; `source_id` is stable, so that loading again changes nothing.

    `unsure` are further names unless they turn out to be the town's; `remark` is what the person who loads must hear.
    """

    source_id: str
    name: str
    lat: float
    lon: float
    names: tuple[str, ...] = ()
    kind: str = "place"
    population: int | None = None
    radius_m: float | None = None  # None: estimated from kind and population
    scheme: str = ""  # whose ids these are ("geonames", "osm"): two sources of one scheme mean one thing by one id
    line: int = field(default=0, compare=False)  # where it stands in its file
    unsure: tuple[str, ...] = ()
    remark: str | None = None


@dataclass(frozen=True, slots=True)
class NameRow:
    """One more name for something that is loaded already: a place of GeoNames by its id, or an area by its code."""

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
class Lesson:
    """Words that meant a point. Several lines of words are allowed: the most specific first, then what was said."""

    words: str
    lat: float
    lon: float
    radius_m: float
    source: str
    source_id: str


@dataclass(slots=True)
class LoadCounts:
    """What a load did. `refusals` and `repairs` keep the first thousand; `refused` and `repaired` count all of them.

    `merged` are features put together with an earlier one of the same code, `moved` the places whose point is another
    now; both count in the others as well. `skipped` are names of what is not loaded here and lines that only repeat an
    earlier one, `removed` what `--replace` dropped, `doubles` the places that are the same thing as one of another
    source.
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
    remarks: list[str] = field(default_factory=list)  # on what was taken for granted of the file

    def refuse(self, refusal: Refusal) -> None:
        """Count one refused line and keep its reason while there is room."""
        self.refused += 1
        if len(self.refusals) < 1000:
            self.refusals.append(refusal)

    def repair(self, fault: Refusal) -> None:
        """Count one line that was put right, and keep what was wrong while there is room."""
        self.repaired += 1
        if len(self.repairs) < 1000:
            self.repairs.append(fault)
