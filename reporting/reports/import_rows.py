"""Reads the rows of a table of located reports. A row with a cell that cannot be used is refused with the reason."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from channels.base.items import find_point
from config.table_file.columns import Columns
from config.table_file.reader import Row
from config.table_file.values import read_time
from geo.coordinates.cells import LATITUDES, LONGITUDES, POINTS, CellPoint, read_cell, read_cells
from reporting.languages.clean import normalise_text
from reporting.models.base import now
from reporting.reports.affected import AffectedPeople
from reporting.reports.person_fields import read_affected, read_age, read_difficulty, read_sex
from reporting.reports.profile import PersonAnswers, merge

COLUMNS: Final = Columns(
    {
        "id": ("id", "#meta+id", "#id"), "text": ("text", "#description"), "lat": LATITUDES, "lon": LONGITUDES,
        "point": POINTS, "location": ("location", "#loc+name"),
        "reported_at": ("reported_at", "#date+reported", "#date"), "topic": ("topic",), "sender": ("sender",),
        "sex": ("sex",), "age": ("age",), "difficulty": ("difficulty",), "affected": ("affected",),
    },
    ("id", "text", ("lat", "point"), ("lon", "point")),
    frozenset({"lat", "lon"}),
)  # fmt: skip
_PERSON: Final[Mapping[str, Callable[[str], PersonAnswers]]] = {
    "sex": read_sex, "age": read_age, "difficulty": read_difficulty,
}  # fmt: skip

Topics = Mapping[str, str]  # topic codes by their possible spellings


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A row that can be imported. `sender` is the cell as it stands, empty where there is none."""

    line: int
    source_id: str
    text: str
    words: str
    lat: float
    lon: float
    reported_at: datetime
    topic: str | None
    sender: str = ""
    person: PersonAnswers = field(default_factory=PersonAnswers)
    affected: AffectedPeople | None = None


def read_row(row: Row, timezone: str, topics: Topics, *, is_day_first: bool) -> ReportRow:
    """Read a row. Raises ValueError with the reason, which quotes nothing of the row."""
    topic = row.get("topic").casefold()
    if topic and topic not in topics:
        raise ValueError(f"topic is none of the campaign's ({', '.join(topics.values())})")
    if not row.get("id"):
        raise ValueError("no id")
    point = _read_point(row)
    if find_point(point.lat, point.lon) is None:
        raise ValueError("lat and lon are both 0, which stands for an unknown point")
    try:
        reported_at = _read_reported(row, timezone, is_day_first)
    except ValueError:
        raise ValueError("reported_at is no time: 2026-01-31 14:30 is one") from None
    return ReportRow(
        row.line, row.get("id"), normalise_text(row.get("text")), normalise_text(row.get("location")), point.lat,
        point.lon, reported_at, topics.get(topic), row.get("sender"), _read_person(row),
        read_affected(written) if (written := row.get("affected")) else None,
    )  # fmt: skip


def _read_person(row: Row) -> PersonAnswers:
    """Read what the sender told about themselves; an empty cell was not asked. Raises ValueError."""
    told = PersonAnswers()
    for name, read in _PERSON.items():
        if written := row.get(name):
            told = merge(told, read(written))
    return told


def _read_reported(row: Row, timezone: str, is_day_first: bool) -> datetime:
    written = row.get("reported_at")
    return read_time(written, ZoneInfo(timezone), is_day_first=is_day_first) if written else now()


def _read_point(row: Row) -> CellPoint:
    """Read the point of a row. Raises ValueError with the reason."""
    try:
        has_two = "lat" in row.places and "lon" in row.places
        point = read_cells(row.get("lat"), row.get("lon")) if has_two else read_cell(row.get("point"))
    except ValueError:
        raise ValueError("lat or lon is not a number") from None
    if (fault := point.find_fault()) is not None:
        raise ValueError(f"lat or lon is not on the globe, {fault}")
    return point
