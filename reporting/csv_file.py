"""Reads tables that people hand in: CSV in UTF-8 with a header, rows one by one with their line number; and puts
written ones in place when they are whole."""

import codecs
import csv
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO
from zoneinfo import ZoneInfo

# Field reports are long, and the reader's own limit would end the import at the first of them.
csv.field_size_limit(1_000_000)


class TableError(Exception):
    """A table cannot be read; the message says which file and what is missing, in one line."""


_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
WESTERN = "cp1252"  # what spreadsheets of Windows write where nobody asked for Unicode


def find_encoding(path: Path) -> str:
    """The encoding of a file of text: by its mark, else UTF-8 where all of it is that, else `WESTERN`."""
    with path.open("rb") as file:
        start = file.read(4)
        file.seek(0)
        for mark, encoding in _MARKS:
            if start.startswith(mark):
                return encoding
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            for block in iter(lambda: file.read(1 << 20), b""):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return WESTERN
        return "utf-8"


def are_one_file(one: Path, other: Path) -> bool:
    """Whether two paths lead to one file, by links too."""
    if one.exists() and other.exists():
        return one.samefile(other)
    return one.resolve() == other.resolve()


@contextmanager
def replacing(path: Path) -> Iterator[IO[str]]:
    """A file to write that takes the place of `path` when all is written; what was there stays until then."""
    if path.exists() and not path.is_file():  # a terminal or a pipe
        with path.open("w", encoding="utf-8", newline="") as direct:
            yield direct
        return
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with unfinished.open("w", encoding="utf-8", newline="") as file:
            yield file
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


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
