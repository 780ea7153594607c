"""Reads tables that people hand in: CSV in UTF-8 with a header, rows one by one with their line number."""

import csv
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

# Field reports are long, and the reader's own limit would end the import at the first of them.
csv.field_size_limit(1_000_000)


class TableError(Exception):
    """A table cannot be read; the message says which file and what is missing, in one line."""


def read_rows(path: Path, required: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """(line, row) by row, cells trimmed, absent cells empty. Raises TableError when a column is missing."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        missing = [column for column in required if column not in (reader.fieldnames or [])]
        if missing:
            raise TableError(f"{path.name}: no column {', '.join(missing)}")
        for row in reader:
            yield reader.line_num, {key: (value or "").strip() for key, value in row.items() if isinstance(key, str)}


def read_time(value: str, timezone: str) -> datetime:
    """An ISO 8601 time in UTC; one without an offset is in the campaign's time zone. Raises ValueError."""
    moment = datetime.fromisoformat(value)
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(timezone))).astimezone(UTC)


def count_rows(path: Path) -> int:
    """About how many rows a table has: its lines but the header (a cell may hold a line break)."""
    with path.open("rb") as file:
        return max(0, sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b"")) - 1)
