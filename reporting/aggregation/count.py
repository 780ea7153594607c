"""Counts approved reports of a month: people, reports and incidents by inner cell, each person in one cell.

The unit is the person (`unit.py` says who that is where one phone speaks for many): all reports without a known sender
count as one person, because they cannot be told apart and one person could fill a cell alone. A person who reported in
several cells counts in the one of most of their reports. So one person changes one cell of each table, which the
strength of the noise assumes.

The rows come by a binary COPY and are counted by sorts in numpy, in shards by person, so that little memory is needed
beside the rows themselves. Shards add up exactly, those of several databases, too.
"""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

import numpy as np
import psycopg
from sqlalchemy import Connection, text

from channels.built_in.capabilities import OPEN_FORMS
from reporting.aggregation.area_tree import Areas
from reporting.aggregation.cube import INCIDENTS, PEOPLE, REPORTS, Cube
from reporting.aggregation.period import Period
from reporting.aggregation.quality_item import OWN_REPORTS, UNIT_KINDS, QualityItem, list_items
from reporting.aggregation.unit import JOIN_UNIT, UNIT, count_units
from reporting.disclosure.budget import MOST_REPORTS
from reporting.disclosure.tables import COUNTRY, Integers
from reporting.models.demographics import ITEMS
from reporting.models.states import AffectedRole, DecisionKind, ItemStatus, ReportState
from reporting.reports.profile_in_force import IN_FORCE, VERSIONS_OF_CAMPAIGN

_SIGNATURE: Final = 11 + 4 + 4  # bytes before the first row of a binary COPY
_END: Final = 2  # bytes after the last row
_FIELD: Final = (("length", ">i4"), ("value", ">i8"))
_PIECE: Final = 1 << 20  # bytes
_NO_INCIDENT: Final = 0
_COLUMNS: Final = 4  # person, cell, incident, packed codes of the quality report; then the answers
_NOTHING: Final = np.zeros(0, dtype=np.int64)
SHARDS: Final = 16  # a power of two; the digest of a month depends on it


@dataclass
class Counts:
    """Counts by inner cell, sparse: the packed cells and, by measure, how many are in each."""

    cells: Integers
    values: dict[str, Integers]
    people: int = 0
    digest: str = ""  # SHA-256 of what was counted
    quality: dict[str, dict[str, int]] = field(default_factory=dict)  # people by item of the quality report and code


@dataclass
class Shard:
    """The counts of the persons of one shard.

    `incidents` has a row for each incident: its number, the first of its persons here, and the cell of that person.
    """

    number: int
    cells: Integers
    values: dict[str, Integers]  # without incidents
    incidents: Integers
    people: int
    digest: bytes  # SHA-256 of the sorted rows
    quality: dict[str, dict[str, int]]


def count_month(connection: Connection, campaign_id: int, cube: Cube, areas: Areas, period: Period) -> Counts:
    """Count the approved reports whose event lies in a month."""
    answers = [measure.name for measure in cube.measures if measure.name.startswith("answer:")]
    pieces = read_rows(connection, campaign_id, cube, areas, period, answers)
    counts = add_shards(count_shards(pieces, list_items(cube.sizes), answers), answers)
    counts.quality |= count_states(connection, campaign_id, period)
    return counts


def read_rows(
    connection: Connection,
    campaign_id: int,
    cube: Cube,
    areas: Areas,
    period: Period,
    answers: Sequence[str],
) -> Iterator[Integers]:
    """Read a row for each report: person, inner cell, incident, quality codes, and 1 or 0 for each measured answer.

    They come in pieces of some thousand rows.
    """
    statement, values = _write_query(campaign_id, cube, areas, period, answers)
    driver = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
    with driver.cursor() as cursor:
        # Without statistics, as right after a load, the planner would search the profiles once for each report.
        cursor.execute("SET LOCAL enable_nestloop = off")
        with cursor.copy(statement.encode(), values) as copy:
            yield from _parse(copy, _COLUMNS + len(answers))
        cursor.execute("SET LOCAL enable_nestloop = on")


def _parse(copy: Iterable[bytes | bytearray | memoryview], columns: int) -> Iterator[Integers]:
    """Parse the rows of a binary COPY of 64-bit numbers, some thousands at a time, so that they are held once."""
    row = np.dtype([("fields", ">i2"), *((f"{part}{n}", kind) for n in range(columns) for part, kind in _FIELD)])
    data, skipped = bytearray(), _SIGNATURE
    for piece in copy:
        data += piece
        if len(data) > _PIECE:
            count = (len(data) - skipped - _END) // row.itemsize
            yield _unpack(data, row, count, skipped, columns)
            del data[: skipped + count * row.itemsize]
            skipped = 0
    yield _unpack(data, row, (len(data) - skipped - _END) // row.itemsize, skipped, columns)


def _unpack(data: bytearray, row: Any, count: int, skipped: int, columns: int) -> Integers:
    table = np.frombuffer(bytes(data), dtype=row, count=count, offset=skipped)
    return np.stack([table[f"value{n}"].astype(np.int64) for n in range(columns)], axis=1)


def count_states(connection: Connection, campaign_id: int, period: Period) -> dict[str, dict[str, int]]:
    """Count the people with reports of the period that wait or were rejected."""
    rows = connection.execute(
        _STATES, {"campaign": campaign_id, "start": period.start, "end": period.end, "open_forms": OPEN_FORMS}
    )
    return {row.state: {"people": row.people} for row in rows}


def count_rows(rows: Integers, items: Sequence[QualityItem], answers: Sequence[str] = ()) -> Counts:
    """Count rows of person, cell, incident, quality codes and answers.

    Each person counts in the cell of most of their reports.
    """
    return add_shards(count_shards([rows], items, answers), answers)


def count_shards(
    pieces: Iterable[Integers], items: Sequence[QualityItem], answers: Sequence[str] = ()
) -> Iterator[Shard]:
    """Divide rows into shards by person, and count each that has any."""
    shards: list[list[Integers]] = [[] for _ in range(SHARDS)]
    for piece in pieces:
        numbers = piece[:, 0] & (SHARDS - 1)
        for number, shard in enumerate(shards):
            shard.append(piece[numbers == number])
    for number, shard in enumerate(shards):
        rows = np.concatenate(shard) if shard else _NOTHING
        shard.clear()
        if len(rows):
            yield _count_shard(number, rows, items, answers)


def _count_shard(number: int, rows: Integers, items: Sequence[QualityItem], answers: Sequence[str]) -> Shard:
    rows = rows[np.lexsort(rows.T[::-1])]  # by every column: the database gives equal rows in any order
    starts = np.flatnonzero(np.r_[True, (np.diff(rows[:, 0]) != 0) | (np.diff(rows[:, 1]) != 0)])
    sizes = np.diff(np.r_[starts, len(rows)])
    people = rows[starts, 0]
    # By person, most reports first; of equally many the first cell by a mix of its bits, so that no area is favoured.
    chosen = np.lexsort((_mix(rows[starts, 1]), -sizes, people))
    firsts = chosen[np.r_[True, np.diff(people[chosen]) != 0]]
    begins, counts = starts[firsts], sizes[firsts]
    cells, places = np.unique(rows[begins, 1], return_inverse=True)
    values = {
        PEOPLE: np.bincount(places, minlength=len(cells)).astype(np.int64),
        REPORTS: _sum(np.minimum(counts, MOST_REPORTS), places, len(cells)),
    }
    for column, name in enumerate(answers, start=_COLUMNS):
        given = np.maximum.reduceat(rows[:, column], starts)[firsts]
        values[name] = _sum(given, places, len(cells))
    quality = _count_quality(rows[begins, 3], items) | _count_own_reports(rows, begins)
    quality[UNIT_KINDS.name] = count_units(rows[begins, 0])
    incidents = _keep_firsts(rows[begins][:, [2, 0, 1]])
    return Shard(number, cells, values, incidents, len(firsts), hashlib.sha256(rows.tobytes()).digest(), quality)


def _keep_firsts(incidents: Integers) -> Integers:
    """Keep of each incident the row of its first person; rows are incident, person and cell."""
    incidents = incidents[incidents[:, 0] != _NO_INCIDENT]
    incidents = incidents[np.lexsort((incidents[:, 1], incidents[:, 0]))]
    return incidents[np.r_[True, np.diff(incidents[:, 0]) != 0]] if len(incidents) else incidents


def add_shards(shards: Iterable[Shard], answers: Sequence[str] = ()) -> Counts:
    """Add up the counts of shards, each of which has persons of its own.

    An incident counts once, in the cell of the first person who counts with it.
    """
    added = sorted(shards, key=lambda shard: shard.number)
    cells = np.unique(np.concatenate([_NOTHING, *(shard.cells for shard in added)]))
    values = {name: np.zeros(len(cells), dtype=np.int64) for name in (PEOPLE, REPORTS, INCIDENTS, *answers)}
    quality: dict[str, Counter[str]] = defaultdict(Counter)
    for shard in added:
        places = np.searchsorted(cells, shard.cells)
        for name, counted in shard.values.items():
            values[name][places] += counted
        for item, counts in shard.quality.items():
            quality[item].update(counts)
    incidents = _keep_firsts(np.concatenate([_NOTHING.reshape(0, 3), *(shard.incidents for shard in added)]))
    values[INCIDENTS] += np.bincount(np.searchsorted(cells, incidents[:, 2]), minlength=len(cells))
    digest = hashlib.sha256(b"".join(bytes([shard.number]) + shard.digest for shard in added)).hexdigest()
    people = sum(shard.people for shard in added)
    return Counts(cells, values, people, digest, {item: dict(counts) for item, counts in quality.items()})


def _count_quality(packed: Integers, items: Sequence[QualityItem]) -> dict[str, dict[str, int]]:
    """Count people by the code of each item of the quality report."""
    found: dict[str, dict[str, int]] = {}
    for item in reversed(items):
        packed, codes = np.divmod(packed, len(item.codes))
        counts = np.bincount(codes, minlength=len(item.codes))
        found[item.name] = {code: int(count) for code, count in zip(item.codes, counts, strict=True)}
    return found


def _count_own_reports(rows: Integers, begins: Integers) -> dict[str, dict[str, int]]:
    """Count people by how many reports they sent; rows are sorted by person."""
    person = np.cumsum(np.r_[0, np.diff(rows[:, 0]) != 0])
    own = np.bincount(person)[person[begins]]
    steps = np.searchsorted([int(code) for code in OWN_REPORTS.codes], own, side="right") - 1
    counts = np.bincount(steps, minlength=len(OWN_REPORTS.codes))
    return {OWN_REPORTS.name: {code: int(count) for code, count in zip(OWN_REPORTS.codes, counts, strict=True)}}


def _sum(values: Integers, places: Integers, cells: int) -> Integers:
    return np.rint(np.bincount(places, weights=values, minlength=cells)).astype(np.int64)


def _mix(cells: Integers) -> Integers:
    mixed: Integers = (cells.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(16)).astype(np.int64)
    return mixed


def _write_query(
    campaign_id: int, cube: Cube, areas: Areas, period: Period, answers: Sequence[str]
) -> tuple[str, Mapping[str, Any]]:
    """Write the COPY statement; the inner cell is packed as `Shape.pack` does."""
    values: dict[str, Any] = {
        "campaign": campaign_id, "start": period.start, "end": period.end,
        "topics": list(cube.codes.get("topic", ())), "codes": areas.deepest_codes,
        "unknown_area": len(areas.deepest_codes), "open_forms": OPEN_FORMS,
        "localities": json.dumps(areas.localities.codes), "locality_level": str(areas.localities.level),
    }  # fmt: skip
    cell = "coalesce(place.number - 1, %(unknown_area)s)"
    for number, dimension in enumerate(cube.dimensions):
        codes = cube.codes[dimension.name]
        values[f"codes{number}"] = list(codes[:-1])
        position = f"coalesce(array_position(%(codes{number})s::text[], ({dimension.expression})), {len(codes)}) - 1"
        cell = f"({cell}) * {len(codes)} + {position}"
    told = ""
    for number, name in enumerate(answers):
        question, _, code = name.partition(".")[2].partition("=")
        values |= {f"question{number}": question, f"code{number}": code}
        test = f"= %(code{number})s" if code else "IS NOT NULL"
        told += f", coalesce((report.answers ->> %(question{number})s) {test}, false)::int::bigint"
    columns = f"({cell})::bigint, coalesce(report.incident_id, {_NO_INCIDENT})::bigint"
    columns += f", ({_pack_quality(list_items(cube.sizes))})::bigint{told}"
    values["level"] = str(cube.levels[-1] if cube.levels else COUNTRY)
    profile = _JOIN_PROFILE if any(dimension.is_of_person for dimension in cube.dimensions) else ""
    whom = _JOIN_WHOM if any(dimension.is_of_affected for dimension in cube.dimensions) else ""
    return (
        f"""
        COPY (
            SELECT ({UNIT})::bigint, {columns}
              FROM report
              LEFT JOIN topic ON topic.id = report.topic_id
              {JOIN_UNIT.format("%(open_forms)s")}
              LEFT JOIN unnest(%(codes)s::text[]) WITH ORDINALITY AS place(code, number)
                     ON place.code = report.area_codes ->> %(level)s
              {profile}
              {whom}
              {_JOIN_DECIDED}
             WHERE report.campaign_id = %(campaign)s AND report.state = '{ReportState.APPROVED}'
               AND NOT report.is_sensitive AND report.occurred_at >= %(start)s AND report.occurred_at < %(end)s
        ) TO STDOUT (FORMAT binary)
        """,
        values,
    )


def _pack_quality(items: Sequence[QualityItem]) -> str:
    packed = "0::bigint"
    for item in items:
        codes = ", ".join(f"'{code}'" for code in item.codes)
        position = f"coalesce(array_position(ARRAY[{codes}], ({item.expression})), {len(item.codes)}) - 1"
        packed = f"({packed}) * {len(item.codes)} + {position}"
    return packed


# Hash joins instead of a search for each report. Of a sender who is nobody's contact what came with the report counts.
# Where the unit is whom the report is about, that person's items stand for the sender's; a household has none.
_OF_HOUSEHOLD: Final = f"about.role = '{AffectedRole.HOUSEHOLD}'"
_ITEMS: Final = ", ".join(
    f"CASE WHEN about.report_id IS NOT NULL THEN about.{item} ELSE coalesce(own.{item}, told.{item}) END AS {item},"
    f" CASE WHEN {_OF_HOUSEHOLD} AND about.{item}_why <> '{ItemStatus.ANSWERED}' THEN '{ItemStatus.NOT_APPLICABLE}'"
    f" WHEN about.report_id IS NOT NULL THEN about.{item}_why ELSE coalesce(own.{item}_why, told.{item}_why)"
    f" END AS {item}_why"
    for item in ITEMS
)
_JOIN_PROFILE: Final = f"""
              LEFT JOIN ({VERSIONS_OF_CAMPAIGN}) AS own
                     ON own.contact_id = report.contact_id
                    AND {IN_FORCE}
              LEFT JOIN reporter_profile AS told
                     ON told.report_id = report.id AND told.contact_id IS NULL AND report.account_id IS NULL
             CROSS JOIN LATERAL (SELECT {_ITEMS}) AS profile
"""
_JOIN_WHOM: Final = "LEFT JOIN affected AS whom ON whom.report_id = report.id"
_JOIN_DECIDED: Final = f"""
              LEFT JOIN (
                  SELECT report_id, min(decided_at) AS decided_at FROM decision
                   WHERE campaign_id = %(campaign)s AND kind = '{DecisionKind.APPROVE}' GROUP BY report_id
              ) AS decided ON decided.report_id = report.id
"""
_STATES: Final = text(
    f"""
    SELECT report.state, count(DISTINCT {UNIT}) AS people
      FROM report {JOIN_UNIT.format(":open_forms")}
     WHERE report.campaign_id = :campaign AND report.state IN ('{ReportState.QUEUED}', '{ReportState.REJECTED}')
       AND NOT report.is_sensitive AND report.occurred_at >= :start AND report.occurred_at < :end
     GROUP BY report.state
    """
)
