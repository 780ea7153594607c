"""Loading places into the gazetteer of a campaign: bounded memory, any number of times, from any number of sources."""

from collections.abc import Iterable, Iterator
from itertools import islice

from sqlalchemy import Connection, text

from geo.lesson import forget, list_lessons, teach, teach_many
from geo.search_index import index_names
from geo.spatial import assign_area_codes, bump_gazetteer_version
from geo.value import LoadCounts, PlaceRow, Refusal

__all__ = ["forget", "list_lessons", "load_places", "radius_of", "teach", "teach_many"]

_BATCH = 5_000
_RADIUS_BY_KIND_M = {
    "country": 300_000.0, "admin1": 60_000.0, "admin2": 20_000.0, "admin3": 8_000.0, "admin4": 4_000.0,
    "admin5": 2_000.0, "area": 8_000.0, "city": 6_000.0, "town": 2_500.0, "village": 1_000.0, "hamlet": 700.0,
    "suburb": 1_200.0, "neighbourhood": 800.0, "quarter": 800.0, "road": 700.0, "hospital": 250.0, "school": 250.0,
    "church": 250.0, "mosque": 250.0, "building": 250.0, "airport": 1_500.0, "river": 15_000.0, "lake": 6_000.0,
    "water": 5_000.0, "mountain": 4_000.0, "island": 10_000.0, "nature": 4_000.0, "bay": 5_000.0, "cape": 2_000.0,
}  # fmt: skip
_DEFAULT_RADIUS_M = 1_500.0

_STAGE = text(
    """
    CREATE TEMP TABLE IF NOT EXISTS staged_place (
        source_id text, name text, names text[], kind text, population integer, radius_m double precision,
        lat double precision, lon double precision) ON COMMIT DROP
    """
)
# xmax is 0 only for a row that this statement inserted; an update that would change nothing is not made.
_MERGE = text(
    """
    WITH merged AS (
        INSERT INTO place (campaign_id, source, source_id, name, names, kind, population, radius_m, geom)
        SELECT DISTINCT ON (source_id) :campaign_id, :source, source_id, name, names, kind, population, radius_m,
               ST_SetSRID(ST_MakePoint(lon, lat), 4326)
          FROM staged_place ORDER BY source_id
        ON CONFLICT (campaign_id, source, source_id) DO UPDATE
           SET name = excluded.name, names = excluded.names, kind = excluded.kind, radius_m = excluded.radius_m,
               population = excluded.population, geom = excluded.geom
         WHERE (place.name, place.names, place.kind, place.radius_m, place.population)
               IS DISTINCT FROM (excluded.name, excluded.names, excluded.kind, excluded.radius_m, excluded.population)
            OR NOT place.geom = excluded.geom
        RETURNING xmax = 0 AS is_new)
    SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new) FROM merged
    """
)


def load_places(
    connection: Connection, campaign_id: int, rows: Iterable[PlaceRow | Refusal], source: str
) -> LoadCounts:
    """Add or refresh the places of one source; what is there already and unchanged is left alone.

    Places that the source no longer has stay: reports may have been located by them. The caller commits.
    """
    counts = LoadCounts()
    connection.execute(_STAGE)
    for batch in _batches(_usable(rows, counts)):
        _merge_batch(connection, campaign_id, source, batch, counts)
    if counts.added or counts.changed:
        assign_area_codes(connection, campaign_id)
        index_names(connection, campaign_id)
        bump_gazetteer_version(connection, campaign_id)
    return counts


def radius_of(kind: str, population: int | None) -> float:
    """How far from its point a thing of that kind and size may lie, in metres, where its source does not say."""
    if population and kind in {"place", "city", "town", "village"}:
        return float(max(400.0, min(15_000.0, 30.0 * population**0.4)))
    return _RADIUS_BY_KIND_M.get(kind, _DEFAULT_RADIUS_M)


def _usable(rows: Iterable[PlaceRow | Refusal], counts: LoadCounts) -> Iterator[PlaceRow]:
    for row in rows:
        counts.read += 1
        if isinstance(row, Refusal):
            counts.refuse(row)
        else:
            yield row


def _batches(rows: Iterator[PlaceRow]) -> Iterator[list[PlaceRow]]:
    while batch := list(islice(rows, _BATCH)):
        yield batch


def _merge_batch(
    connection: Connection, campaign_id: int, source: str, batch: list[PlaceRow], counts: LoadCounts
) -> None:
    connection.execute(text("TRUNCATE staged_place"))
    driver = connection.connection.driver_connection
    assert driver is not None  # noqa: S101 - a connection that just executed has its driver's connection
    with driver.cursor() as cursor, cursor.copy("COPY staged_place FROM STDIN") as copy:
        for row in batch:
            radius_m = row.radius_m or radius_of(row.kind, row.population)
            copy.write_row(
                (row.source_id, row.name, list(row.names), row.kind, row.population, radius_m, row.lat, row.lon)
            )
    added, changed = connection.execute(_MERGE, {"campaign_id": campaign_id, "source": source}).one()
    counts.added += added
    counts.changed += changed
    counts.unchanged += len(batch) - added - changed
