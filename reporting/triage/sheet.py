"""A spreadsheet of reports as observations: what can be read is used, what cannot is told by line, no row is lost."""

import csv
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from reporting.intake.table import TableError
from reporting.triage.likeness import Observation, own_grams, widen_m
from reporting.triage.textlike import fold

RADIUS_M = 50.0  # a spreadsheet does not say how sure its points are; an address is good to about this
_CROWD_DAYS = 28
_STOCK_PLACE = 20  # a location that more reports than this name in four weeks is a city or the like
_STOCK_TEXT = 8  # and a short text that more than this share is a form's
_PASSED_ON_GRAMS = 40
_FORM_SHARE = 0.05  # a word in so many of a topic's reports belongs to a form
_FORM_TEXT = 0.6  # and a text with fewer words of its own was written by one
_FIELD_LIMIT = 16 * 1024 * 1024
_OTHER_DATES = ("%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M", "%m/%d/%Y", "%d.%m.%Y %H:%M", "%d.%m.%Y")
_DAY_S = 86_400


class SheetError(TableError):
    """The file cannot be read as a table of reports at all; the message is one line for the person at the keyboard."""


@dataclass(slots=True)
class Sheet:
    """The rows in file order: `ids` as written, `observations` with the row's index as id, and what was odd."""

    ids: list[str] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def order(self) -> list[int]:
        """Return the row indexes by time, ties by file order; a row without a time stays behind the row before it."""
        keys: list[float] = []
        last = -math.inf
        for seen in self.observations:
            last = seen.at.timestamp() if seen.at else last
            keys.append(last)
        return sorted(range(len(keys)), key=keys.__getitem__)


def read_sheet(path: Path) -> Sheet:
    """Read a CSV with the columns `id,reported_at,lat,lon[,text,topic,location,sender,source]`, in any order.

    Raises SheetError when there is no header or no `id` column. A row that cannot be understood wholly keeps what can.
    """
    csv.field_size_limit(_FIELD_LIMIT)
    sheet = Sheet()
    known: dict[str, str] = {}  # one string in memory for a topic that thousands of rows repeat
    try:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as handle:
            for line, row in _rows(handle, sheet.problems):
                sheet.ids.append(row.get("id", ""))
                sheet.observations.append(_observe(len(sheet.ids) - 1, row, line, sheet.problems, known))
    except OSError as error:
        raise SheetError(f"{path.name}: {error.strerror}") from None
    _tell_repeated_ids(sheet)
    _widen_pins(sheet.observations)
    _drop_stock_phrases(sheet.observations)
    _drop_form_words(sheet.observations)
    return sheet


def _rows(handle: Iterator[str], problems: list[str]) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.reader(handle)
    try:
        names = [name.strip().lower() for name in next(reader)]
    except (StopIteration, csv.Error):
        raise SheetError("the file is empty: a header line with id,reported_at,lat,lon is needed") from None
    if "id" not in names:
        raise SheetError("no column is called id: the header must have id,reported_at,lat,lon")
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            problems.append(f"line {reader.line_num}: not readable as CSV")
            continue
        if not cells:
            continue
        if len(cells) != len(names):
            problems.append(f"line {reader.line_num}: {len(cells)} cells where the header has {len(names)}")
        yield reader.line_num, dict(zip(names, cells, strict=False))


def _observe(index: int, row: dict[str, str], line: int, problems: list[str], known: dict[str, str]) -> Observation:
    def cell(name: str) -> str:
        return row.get(name, "").strip()

    def repeated(name: str) -> str:
        value = cell(name)
        return known.setdefault(value, value)

    at = _read_time(cell("reported_at"))
    if at is None and "reported_at" in row:
        problems.append(f"line {line}: reported_at is {'empty' if not cell('reported_at') else 'not a time'}")
    lat, lon = _read_point(cell("lat"), cell("lon"))
    if lat is None and (cell("lat") or cell("lon")):
        problems.append(f"line {line}: lat,lon is not a point on the globe")
    topic, sender, source, location = (repeated(name) or None for name in ("topic", "sender", "source", "location"))
    return Observation(index, at, lat, lon, RADIUS_M, topic, repeated("text"), sender, source, location)


def _read_time(value: str) -> datetime | None:
    if not value:
        return None
    found = _read_iso_time(value) or _read_other_time(value)
    if found is None:
        return None
    try:
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError:
        return None


def _read_iso_time(value: str) -> datetime | None:
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def _read_other_time(value: str) -> datetime | None:
    for layout in _OTHER_DATES:
        try:
            return datetime.strptime(value, layout).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None


def _read_point(lat: str, lon: str) -> tuple[float | None, float | None]:
    try:
        north, east = float(lat), float(lon)
    except ValueError:
        return None, None
    on_globe = abs(north) <= 90 and abs(east) <= 180  # false for NaN
    nowhere = north == 0 and east == 0  # what software writes when it has no place
    return (north, east) if on_globe and not nowhere else (None, None)


def _tell_repeated_ids(sheet: Sheet) -> None:
    repeated = sum(1 for count in Counter(sheet.ids).values() if count > 1)
    if repeated:
        sheet.problems.append(f"{repeated} ids stand on more than one line")


def _four_weeks(seen: Observation) -> int:
    return int(seen.at.timestamp() // (_CROWD_DAYS * _DAY_S)) if seen.at else 0


def _widen_pins(observations: list[Observation]) -> None:
    """Give a point that very many reports share the radius of what it is: a default pin, not a place.

    The radius grows with the largest number of reports on the point in any four weeks, so that it does not depend on
    how many years the file covers.
    """
    crowd = Counter((seen.lat, seen.lon, _four_weeks(seen)) for seen in observations if seen.lat is not None)
    largest: dict[tuple[float | None, float | None], int] = {}
    for (lat, lon, _), count in crowd.items():
        largest[lat, lon] = max(count, largest.get((lat, lon), 0))
    for index, seen in enumerate(observations):
        count = largest.get((seen.lat, seen.lon), 0)
        radius_m = widen_m(seen.radius_m, count)
        if radius_m > seen.radius_m:
            observations[index] = replace(seen, radius_m=radius_m)


def _drop_stock_phrases(observations: list[Observation]) -> None:
    """Forget words that very many reports share: a city's name is no evidence of one place, nor a form's of one text.

    A long text that very many share stays: that is a message passed on, and a moderator wants to see it as one.
    """
    places = _shared([(seen.location or "", _four_weeks(seen)) for seen in observations], _STOCK_PLACE)
    texts = _shared([(seen.text, _four_weeks(seen)) for seen in observations], _STOCK_TEXT)
    for index, seen in enumerate(observations):
        stock = seen.text in texts and own_grams(seen.text, seen.topic) < _PASSED_ON_GRAMS
        if stock or seen.location in places:
            text = "" if stock else seen.text
            location = None if seen.location in places else seen.location
            observations[index] = replace(seen, text=text, location=location)


def _drop_form_words(observations: list[Observation]) -> None:
    """Forget the words that a good part of a topic's reports have, in texts made mostly of them: a form wrote those.

    In a text that somebody wrote they stay, since its copies are told by all of its words.
    """
    texts = Counter((seen.topic, seen.text) for seen in observations if seen.topic and seen.text)
    sizes, uses = Counter[str | None](), Counter[tuple[str | None, str]]()
    for (topic, text), count in texts.items():
        sizes[topic] += count
        for word in set(fold(text).split()):
            uses[topic, word] += count
    form = {use for use, count in uses.items() if count > max(_STOCK_PLACE, _FORM_SHARE * sizes[use[0]])}
    for index, seen in enumerate(observations):
        if seen.topic and seen.text:
            words = fold(seen.text).split()
            own = [word for word in words if (seen.topic, word) not in form]
            if len(own) < _FORM_TEXT * len(words):
                observations[index] = replace(seen, text=" ".join(own))


def _shared(uses: list[tuple[str, int]], most: int) -> set[str]:
    return {words for (words, _), count in Counter(uses).items() if words and count > most}
