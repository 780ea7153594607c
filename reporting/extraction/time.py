"""Temporal expressions: when a reported thing happened, such as "hijo beluka", "3 days ago", "depi lendi".

Every expression is a window of local time; the result is its middle, with half its length as precision. In numeric
dates the day comes before the month. Future times are ignored, because a report tells what has happened.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from reporting.extraction.time_patterns import TimePatterns, load_patterns, look_up, mark_accents, show_accents
from reporting.languages.normalise import fold

_READ_CHARS: Final = 2000
_SHORTEST_WINDOW: Final = timedelta(minutes=30)
_YEARLESS_BACK: Final = timedelta(days=183)  # "20 December" in a message of November means the coming one
_OLDEST: Final = timedelta(days=3653)
_DAY: Final = timedelta(days=1)
_LATEST_DAYS: Final = 3  # days searched; each clock time, also one after midnight, has passed once in them
_NEAR_CHARS: Final = 16  # how far the part of a day may stand from its day
# Local hours from and to; beyond 24 is the next morning.
_PARTS: Final = {"morning": (5, 11), "noon": (11, 14), "afternoon": (13, 18), "evening": (17, 22), "night": (20, 28)}
_HALF_OF: Final = {"morning": "a", "noon": "p", "afternoon": "p", "evening": "p", "night": "p"}
_UNIT_S: Final = {"minute": 60, "hour": 3600, "day": 86_400, "week": 604_800, "month": 2_592_000}


@dataclass(frozen=True)
class OccurrenceTime:
    """The time of occurrence: `at` in UTC, exact to plus or minus `precision_s` seconds.

    `matched` holds the normalised words that it was read from.
    """

    at: datetime
    precision_s: float
    matched: str


@dataclass(frozen=True)
class _Window:
    start: datetime
    end: datetime
    matched: str


@dataclass(frozen=True)
class _Day:
    day: date
    part: str | None
    span: tuple[int, int]


@dataclass(frozen=True)
class _Clock:
    hour: int
    minute: int
    half: str | None  # am, pm, or None where the text leaves it open
    is_24_hour: bool
    span: tuple[int, int]


def read_occurrence_time(text: str, received_at: datetime, timezone: str) -> OccurrenceTime | None:
    """Find the time of occurrence that `text` states; None if it states none.

    `received_at` must be aware; `timezone` is the IANA name of the zone in which the sender speaks of days and hours.
    Raises ValueError for a naive `received_at` and ZoneInfoNotFoundError for an unknown zone.
    """
    if received_at.tzinfo is None:
        raise ValueError("received_at has no time zone")
    received = received_at.astimezone(ZoneInfo(timezone))
    marked = mark_accents(" ".join(text[:_READ_CHARS].split()))
    folded = " ".join(fold(marked)[: 2 * _READ_CHARS].split())
    for window in _windows(folded, received, load_patterns()):
        moment = _make_occurrence_time(window, received)
        if moment is not None:
            return moment
    return None


def _windows(text: str, received: datetime, patterns: TimePatterns) -> Iterator[_Window]:
    """Yield the possible windows of time in the text, most explicit reading first."""
    yield from _ago(text, received, patterns)
    clock = _find_clock(text, patterns)
    days = list(_days(text, received, patterns))
    for day in days:
        yield _day_window(day, clock, text, received)
    for match in patterns.last_unit.finditer(text):
        length = timedelta(seconds=_UNIT_S[look_up(patterns.last_unit_of, match[0])])
        yield _Window(received - 1.5 * length, received - 0.5 * length, match[0])
    if clock is not None and not days:  # "today 8 pm", sent at noon, does not mean 8 pm of yesterday
        yield _latest(clock, text, received)


def _make_occurrence_time(window: _Window, received: datetime) -> OccurrenceTime | None:
    start, end = window.start, min(window.end, received)
    if start >= received or received - start > _OLDEST:
        return None
    half = max(end - start, _SHORTEST_WINDOW) / 2
    at = min(start + (end - start) / 2, received)
    return OccurrenceTime(at.astimezone(UTC), half.total_seconds(), show_accents(window.matched).strip())


def _ago(text: str, received: datetime, patterns: TimePatterns) -> Iterator[_Window]:
    lacking = patterns.lacking.search(text)
    for expression in patterns.ago:
        for match in expression.finditer(text):
            is_lasting = any(match[0].startswith(f"{word} ") for word in patterns.lasting)
            if is_lasting and (lacking is None or lacking.end() > match.start()):
                continue
            count = int(match["n"]) if match["n"].isdigit() else patterns.number_of[match["n"]]
            unit = timedelta(seconds=_UNIT_S[patterns.unit_of[match["unit"]]])
            slack = unit * max(0.5, 0.15 * count)  # people round: "20 days" is less exact than "2 days"
            yield _Window(received - count * unit - slack, received - count * unit + slack, match[0])


def _days(text: str, received: datetime, patterns: TimePatterns) -> Iterator[_Day]:
    today = received.date()
    for match in patterns.phrases.finditer(text):
        back, part = look_up(patterns.phrase_of, match[0])
        yield _Day(today - back * _DAY, part, match.span())
    yield from _dates(text, today, patterns)
    for match in patterns.days.finditer(text):
        yield _Day(today - look_up(patterns.days_back, match[0]) * _DAY, None, match.span())
    for match in patterns.weekday.finditer(text):
        if not patterns.coming.search(text, max(0, match.start() - 9), match.end() + 9):
            weekday = look_up(patterns.weekday_of, match[0])
            back = (today.weekday() - weekday) % 7 or 7  # on a Monday people say "today"
            yield _Day(today - back * _DAY, None, match.span())


def _dates(text: str, today: date, patterns: TimePatterns) -> Iterator[_Day]:
    for expression in patterns.dates:
        for match in expression.finditer(text):
            groups = match.groupdict()
            month = patterns.month_of[groups["name"]] if groups.get("name") else int(groups["month"])
            day = _date(groups.get("year"), month, int(groups["day"]), today)
            if day is not None:
                yield _Day(day, None, match.span())


def _date(year: str | None, month: int, day: int, today: date) -> date | None:
    """Make the date; without a year the last one in the past. None if there is no such day."""
    try:
        if year:
            return date(int(year), month, day)
        found = date(today.year, month, day)
        found = found if found <= today else date(today.year - 1, month, day)
    except ValueError:
        return None
    return found if today - found <= _YEARLESS_BACK else None


def _find_clock(text: str, patterns: TimePatterns) -> _Clock | None:
    for number, expression in enumerate(patterns.clocks):
        for match in expression.finditer(text):
            groups = match.groupdict()
            hour, minute, half = int(groups["hour"]), int(groups.get("minute") or 0), groups.get("half")
            if hour < (13 if half or groups.get("open") else 24) and minute < 60:
                return _Clock(hour, minute, half, number >= 3 or hour > 12, match.span())
    return None


def _part_near(text: str, span: tuple[int, int]) -> tuple[str, str] | None:
    """Find the part of the day named near `span`; return its key and its word."""
    patterns = load_patterns()
    match = patterns.part.search(text, span[1], span[1] + _NEAR_CHARS) or patterns.part.search(
        text, max(0, span[0] - _NEAR_CHARS), span[0]
    )
    return (look_up(patterns.part_of, match[0]), match[0]) if match else None


def _day_window(day: _Day, clock: _Clock | None, text: str, received: datetime) -> _Window:
    near = _part_near(text, day.span)
    part = day.part or (near[0] if near else None)
    said = text[slice(*day.span)] + (f" {near[1]}" if near and not day.part else "")
    if clock is not None:
        beside = _part_near(text, clock.span)
        times = list(_times(day.day, clock, part or (beside[0] if beside else None), received))
        past = [at for at in times if at <= received]
        at = max(past, default=max(times))
        return _around(at, len(times), f"{said} {text[slice(*clock.span)]}")
    first, last = _PARTS[part] if part else (0, 24)
    midnight = datetime.combine(day.day, time(), received.tzinfo)
    return _Window(midnight + timedelta(hours=first), midnight + timedelta(hours=last), said)


def _latest(clock: _Clock, text: str, received: datetime) -> _Window:
    """Find the last time before the message came at which the clock showed this time."""
    near = _part_near(text, clock.span)
    part = near[0] if near else None
    days = (received.date() - back * _DAY for back in range(_LATEST_DAYS))
    times = [at for day in days for at in _times(day, clock, part, received)]
    at = max(at for at in times if at <= received)
    return _around(at, len(times) // _LATEST_DAYS, text[slice(*clock.span)])


def _times(day: date, clock: _Clock, part: str | None, received: datetime) -> Iterator[datetime]:
    """Yield the times of the day that a clock time may mean: two where morning or evening is left open."""
    at = datetime.combine(day, time(clock.hour % 24, clock.minute), received.tzinfo)
    morning = at.replace(hour=clock.hour % 12)
    if clock.half or (part and clock.hour <= 12):
        if part == "night" and clock.half is None and clock.hour % 12 < 5:
            yield morning + _DAY  # two at night is after midnight
        else:
            yield morning + timedelta(hours=0 if (clock.half or _HALF_OF[part or ""]) == "a" else 12)
    elif clock.is_24_hour:
        yield at
    else:
        yield morning
        yield morning + timedelta(hours=12)


def _around(at: datetime, readings: int, matched: str) -> _Window:
    slack = timedelta(minutes=15) if readings == 1 else timedelta(hours=6)
    return _Window(at - slack, at + slack, matched)
