"""Import of located reports from a CSV file. Approved reports are also learned by the geocoder."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, insert, select, update

from channels.base import find_point
from config.table_file.columns import Columns
from config.table_file.reader import Row, find_day_order, open_table
from config.table_file.values import read_time
from geo.coordinates.cells import LATITUDES, LONGITUDES, POINTS, CellPoint, read_cell, read_cells
from geo.lessons import add_lessons
from geo.plausibility import EXCHANGED, list_exchanged
from geo.reasons import LocationSource, Reason, ReasonCode
from geo.types import Lesson, Location
from reporting.db import Database
from reporting.extraction.reader import TextAnalyser, TextAnalysers
from reporting.inbox.csv_import import ImportCounts
from reporting.incidents.linking import link_reports
from reporting.incidents.lock import lock_linking
from reporting.languages.clean import normalise_text
from reporting.models.account import Decision
from reporting.models.base import now
from reporting.models.campaign import Campaign, Topic
from reporting.models.report import APPROVED, Report
from reporting.reports.create import Draft, add_reports
from reporting.reports.learn_place import make_lesson_text

Topics = Mapping[str, str]  # topic codes by their possible spellings

_BATCH = 200
SOURCE = "import"
_COLUMNS = Columns(
    {
        "id": ("id", "#meta+id", "#id"), "text": ("text", "#description"), "lat": LATITUDES, "lon": LONGITUDES,
        "point": POINTS, "location": ("location", "#loc+name"),
        "reported_at": ("reported_at", "#date+reported", "#date"), "topic": ("topic",),
    },
    ("id", "text", ("lat", "point"), ("lon", "point")),
    frozenset({"lat", "lon"}),
)  # fmt: skip
_GIVEN_RADIUS_M = 100.0  # a point that a person gave


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    source_id: str
    text: str
    words: str
    lat: float
    lon: float
    reported_at: datetime
    topic: str | None


@dataclass(frozen=True, slots=True)
class ReportImport:
    """An import of located reports into one campaign."""

    database: Database
    readers: TextAnalysers
    campaign_id: int
    is_approved: bool

    def run(self, path: Path, progress: Callable[[int], None]) -> ImportCounts:
        """Import every row once, by its id. Raises TableError."""
        counts = ImportCounts()
        with self.database.begin() as connection:
            timezone = connection.execute(select(Campaign.timezone).where(Campaign.id == self.campaign_id)).scalar_one()
            codes = select(Topic.code).where(Topic.campaign_id == self.campaign_id)
            topics = {code.casefold(): code for code in connection.execute(codes).scalars()}
        rows = self._rows(path, timezone, topics, counts)
        while batch := list(islice(rows, _BATCH)):
            with self.database.begin() as connection:
                added = self._add(connection, batch)
                for place in list_exchanged(connection, self.campaign_id, [(row.lat, row.lon) for row in batch]):
                    counts.remarks.append((batch[place].line, EXCHANGED))
            counts.added += added
            counts.known += len(batch) - added
            progress(counts.read)
        return counts

    def _rows(self, path: Path, timezone: str, topics: Topics, counts: ImportCounts) -> Iterator[_Row]:
        is_day_first = find_day_order(path, _COLUMNS, "reported_at", counts.table.append)
        with open_table(path, _COLUMNS, counts.table.append) as table:
            for row in table.rows:
                if row.is_blank:
                    continue
                counts.read += 1
                try:
                    yield _read(row, timezone, topics, is_day_first)
                except ValueError as error:
                    counts.refusals.append((row.line, str(error)))

    def _add(self, connection: Connection, rows: list[_Row]) -> int:
        # The lock keeps two imports that run at the same time from adding a row twice.
        lock_linking(connection, self.campaign_id)
        known = set(
            connection.execute(
                select(Report.source_id).where(
                    Report.campaign_id == self.campaign_id,
                    Report.source == SOURCE,
                    Report.source_id.in_([row.source_id for row in rows]),
                )
            ).scalars()
        )
        fresh = list({row.source_id: row for row in rows if row.source_id not in known}.values())
        if not fresh:
            return 0
        reader = self.readers.get(connection, self.campaign_id)
        drafts = [_draft(reader, row) for row in fresh]
        added = [report_id for report_id, _ in add_reports(connection, self.campaign_id, drafts)]
        link_reports(connection, added)
        if self.is_approved:
            self._approve(connection, added, fresh, drafts)
        return len(added)

    def _approve(self, connection: Connection, report_ids: list[int], rows: list[_Row], drafts: list[Draft]) -> None:
        connection.execute(update(Report).where(Report.id.in_(report_ids)).values(state=APPROVED))
        connection.execute(
            insert(Decision),
            [
                {
                    "campaign_id": self.campaign_id, "report_id": report_id, "account_id": None, "kind": "approve",
                    "reason": "imported as approved", "before": {"state": "queued"}, "after": {"state": APPROVED},
                }
                for report_id in report_ids
            ],
        )  # fmt: skip
        add_lessons(
            connection,
            self.campaign_id,
            [
                Lesson(make_lesson_text(row.words, row.text), row.lat, row.lon, _GIVEN_RADIUS_M, SOURCE, row.source_id)
                for row, draft in zip(rows, drafts, strict=True)
                if draft.sensitive_reason is None
            ],
        )


def _read(row: Row, timezone: str, topics: Topics, is_day_first: bool) -> _Row:
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
    return _Row(
        row.line, row.get("id"), normalise_text(row.get("text")), normalise_text(row.get("location")), point.lat,
        point.lon, reported_at, topics.get(topic),
    )  # fmt: skip


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


def _draft(reader: TextAnalyser, row: _Row) -> Draft:
    reading = reader.read(row.text, row.reported_at)
    reason = Reason.of(ReasonCode.IMPORTED_NAME, row.words) if row.words else Reason.of(ReasonCode.IMPORTED)
    place = Location(row.lat, row.lon, _GIVEN_RADIUS_M, 1.0, (reason,), (), source=LocationSource.IMPORT)
    guessed = reading.topic.code if reading.topic else None
    return Draft(
        source=SOURCE,
        source_id=row.source_id,
        message_id=None,
        contact_id=None,
        text=row.text,
        reported_at=row.reported_at,
        reading=replace(reading, location=place),
        topic_id=reader.topic_ids.get(row.topic or "", reader.topic_ids.get(guessed or "")),
        sensitive_reason=reader.sensitive.read_all((row.text, row.words)),
    )
