"""Draws months of reports for the demonstration, so that its pages show a trend, a map and who is missing.

Nobody sent them. The draw has a fixed seed, so that every installation shows the same. Districts report with very
different eagerness, women about half as often as men, children and old people hardly.
"""

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

Choice = TypeVar("Choice")

_SEED: Final = 2026
_ZONE: Final = ZoneInfo("Asia/Kathmandu")
_SENDERS: Final = 6_500
_OTHER_EAGERNESS: Final = 0.6  # the standard deviation of its logarithm over the districts
_SILENT: Final = ("NP-BAJURA", "NP-RAUTAHAT", "NP-ROLPA", "NP-SAPTARI")
_OF_SILENT: Final = 0.02  # how eager they are, of the others
_WOMEN: Final = 0.55  # how often women report, of how often men do
_AGES: Final = {"Y0T14": 1, "Y15T24": 30, "Y25T64": 67, "Y_GE65": 2}
_WITHOUT_SENDER: Final = 0.05  # of the reports
_REFUSED: Final = 0.06  # of the senders, for sex and for age
_REPORTS: Final = {1: 70, 2: 22, 3: 8}  # of a sender in a month
_ELSEWHERE: Final = 0.1  # of the reports are of another place than the sender's
_SAME_INCIDENT: Final = 0.6
_INCIDENT_LASTS: Final = timedelta(hours=96)
_LONGEST_LAG_H: Final = 120.0


@dataclass(frozen=True, slots=True)
class Spot:
    """A municipality that people report from: its point (degrees in WGS 84) and the area codes around it by level."""

    lat: float
    lon: float
    codes: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Sender:
    """A generated sender. None: did not want to say."""

    spot: int
    sex: str | None
    age: str | None


@dataclass(frozen=True, slots=True)
class Said:
    """A generated report. `sender` None is an unknown one; spot, sender and incident are positions in their lists."""

    sender: int | None
    spot: int
    topic: str
    incident: int
    radius_m: float
    occurred_at: datetime
    reported_at: datetime
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class _Month:
    month: int
    days: int
    senders: int
    topics: Mapping[str, int]  # weights


# Water runs short before the monsoon, roads and slopes break in it, fever comes after it. The messages of the
# demonstration begin on 24 October.
_MONTHS: Final = (
    _Month(4, 30, 2_100, {"water": 30, "health": 14, "roads": 16, "electricity": 16, "schools": 18, "safety": 6}),
    _Month(5, 31, 2_400, {"water": 35, "health": 14, "roads": 15, "electricity": 15, "schools": 14, "safety": 7}),
    _Month(6, 30, 2_700, {"water": 40, "health": 15, "roads": 16, "electricity": 11, "schools": 9, "safety": 9}),
    _Month(7, 31, 2_900, {"water": 25, "health": 20, "roads": 26, "electricity": 10, "schools": 8, "safety": 11}),
    _Month(8, 31, 2_700, {"water": 18, "health": 24, "roads": 28, "electricity": 10, "schools": 8, "safety": 12}),
    _Month(9, 30, 2_500, {"water": 18, "health": 26, "roads": 24, "electricity": 11, "schools": 10, "safety": 11}),
    _Month(10, 23, 2_000, {"water": 22, "health": 24, "roads": 18, "electricity": 14, "schools": 11, "safety": 11}),
)
_YEAR: Final = 2026
GENERATED_MONTHS: Final = tuple(f"{_YEAR}-{each.month:02}" for each in _MONTHS)

People = Mapping[str, Mapping[str, int]]  # of the census by district and sex


def draw_senders(spots: Sequence[Spot], people: People) -> list[Sender]:
    """Draw the senders: in a district by its people and eagerness, in one of its municipalities by chance."""
    chance = random.Random(_SEED)  # noqa: S311  # nothing secret is drawn
    by_district: dict[str, list[int]] = defaultdict(list)
    for number, spot in enumerate(spots):
        by_district[spot.codes.get(2, "")].append(number)
    groups = [
        (district, sex, weight)
        for district in sorted(by_district.keys() & people.keys())
        for sex, weight in _weigh(chance, district, people[district])
    ]
    drawn = chance.choices(groups, cum_weights=list(accumulate(weight for *_, weight in groups)), k=_SENDERS)
    return [
        Sender(
            spot=chance.choice(by_district[district]),
            sex=None if chance.random() < _REFUSED else sex,
            age=None if chance.random() < _REFUSED else _pick(chance, _AGES),
        )
        for district, sex, _ in drawn
    ]


def draw_reports(spots: Sequence[Spot], senders: Sequence[Sender]) -> list[Said]:
    """Draw the reports of all months, in the order in which they came in."""
    chance = random.Random(_SEED + 1)  # noqa: S311
    happened = sorted(_draw_events(chance, spots, senders), key=lambda event: event[0])
    latest: dict[tuple[int, str], tuple[int, datetime]] = {}  # incident by place and topic, and when it began
    incidents = 0
    said = []
    for occurred_at, sender, spot, topic in happened:
        incident, began_at = latest.get((spot, topic), (-1, occurred_at))
        if incident < 0 or occurred_at - began_at > _INCIDENT_LASTS or chance.random() >= _SAME_INCIDENT:
            incident = incidents
            incidents += 1
            latest[spot, topic] = (incident, occurred_at)
        reported_at = occurred_at + _draw_lag(chance, mean_h=6)
        said.append(
            Said(
                None if chance.random() < _WITHOUT_SENDER else sender, spot, topic, incident,
                round(chance.lognormvariate(7.3, 0.6)), occurred_at, reported_at,
                reported_at + _draw_lag(chance, mean_h=20),
            )
        )  # fmt: skip
    return sorted(said, key=lambda each: each.reported_at)


def _draw_events(
    chance: random.Random, spots: Sequence[Spot], senders: Sequence[Sender]
) -> Iterator[tuple[datetime, int, int, str]]:
    """Draw what happened: when, to which sender, where, of which topic."""
    for month in _MONTHS:
        begin = datetime(_YEAR, month.month, 1, tzinfo=_ZONE)
        for sender in chance.sample(range(len(senders)), month.senders):
            for _ in range(_pick(chance, _REPORTS)):
                spot = chance.randrange(len(spots)) if chance.random() < _ELSEWHERE else senders[sender].spot
                occurred_at = begin + timedelta(seconds=chance.randrange(month.days * 86_400))
                yield occurred_at, sender, spot, _pick(chance, month.topics)


def _weigh(chance: random.Random, district: str, people: Mapping[str, int]) -> list[tuple[str, float]]:
    """Weigh the women and the men of a district by how many of them report."""
    eagerness = chance.lognormvariate(0, _OTHER_EAGERNESS) * (_OF_SILENT if district in _SILENT else 1)
    return [("F", people["F"] * eagerness * _WOMEN), ("M", people["M"] * eagerness)]


def _pick(chance: random.Random, weights: Mapping[Choice, int]) -> Choice:
    return chance.choices(list(weights), weights=list(weights.values()))[0]


def _draw_lag(chance: random.Random, *, mean_h: float) -> timedelta:
    return timedelta(hours=min(chance.expovariate(1 / mean_h), _LONGEST_LAG_H))
