"""Loads places into the gazetteer of a campaign, with bounded memory, repeatably, and from any number of sources."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from sqlalchemy import Connection, text

from geo.errors import GeoError
from geo.gazetteer.conflation import link_doubles
from geo.gazetteer.parse_row import stable_id
from geo.gazetteer.place_types import radius_of
from geo.gazetteer.staging_table import batches, copy_rows, lock_loading, usable
from geo.plausibility import EXCHANGED, list_exchanged
from geo.search.search_index import index_names
from geo.spatial_sql import bump_names_version
from geo.text.normalise import fold_name
from geo.types import LoadCounts, PlaceRow, Refusal

_MANY = 20_000  # changed rows after which the planner needs new statistics

_STAGE = (
    """
    CREATE TEMP TABLE IF NOT EXISTS staged_place (
        number integer, source_id text, name text, names text[], kind text, population integer,
        radius_m double precision, lat double precision, lon double precision, scheme text) ON COMMIT DROP
    """,
    """
    CREATE TEMP TABLE IF NOT EXISTS seen_place (
        source_id text PRIMARY KEY, number integer, name text, lat double precision, lon double precision)
        ON COMMIT DROP
    """,
    "CREATE TEMP TABLE IF NOT EXISTS touched_place (id bigint) ON COMMIT DROP",
    "TRUNCATE staged_place, seen_place, touched_place",
)
_COPY = "COPY staged_place (number, source_id, name, names, kind, population, radius_m, lat, lon, scheme) FROM STDIN"
# xmax is 0 only for a row that this statement inserted; an update that would change nothing is not made.
_MERGE = text(
    """
    WITH merged AS (
        INSERT INTO place (campaign_id, source, source_id, name, names, kind, population, radius_m, scheme, geom,
                           area_code)
        SELECT :campaign_id, :source, source_id, name, names, kind, population, radius_m, scheme, point, (
                   SELECT piece.code FROM area_piece AS piece
                    WHERE piece.campaign_id = :campaign_id AND ST_DWithin(piece.geom, point, 1e-9)
                    ORDER BY piece.level DESC, piece.code LIMIT 1)
          FROM (SELECT *, ST_SetSRID(ST_MakePoint(lon, lat), 4326) AS point FROM staged_place) AS staged
         ORDER BY source_id
        ON CONFLICT (campaign_id, source, source_id) DO UPDATE
           SET name = excluded.name, names = excluded.names, kind = excluded.kind, radius_m = excluded.radius_m,
               population = excluded.population, scheme = excluded.scheme, geom = excluded.geom,
               area_code = excluded.area_code
         WHERE (place.name, place.names, place.kind, place.radius_m, place.population, place.scheme)
               IS DISTINCT FROM (excluded.name, excluded.names, excluded.kind, excluded.radius_m, excluded.population,
                                 excluded.scheme)
            OR NOT place.geom = excluded.geom
        RETURNING id, xmax = 0 AS is_new),
    noted AS (INSERT INTO touched_place SELECT id FROM merged)
    SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new) FROM merged
    """
)
_COUNT_MOVED = text(
    """
    SELECT count(*) FROM staged_place AS staged
      JOIN place ON place.campaign_id = :campaign_id AND place.source = :source
       AND place.source_id = staged.source_id
     WHERE greatest(abs(ST_Y(place.geom) - staged.lat), abs(ST_X(place.geom) - staged.lon)) > 1e-5
    """
)
# Names of areas and towns.
_KNOWN = text(
    """
    SELECT DISTINCT folded FROM place_search_name
      LEFT JOIN place ON place.id = place_search_name.place_id
     WHERE place_search_name.campaign_id = :campaign_id AND (place_search_name.area_id IS NOT NULL
         OR place.population >= 1000)
    """
)
# The first row of a load with an id keeps it. Later rows with the same id are removed from the batch: either they
# repeat it, or they are another place, by name or by a distance of about a metre.
_SEE = text(
    """
    INSERT INTO seen_place (source_id, number, name, lat, lon)
    SELECT source_id, number, name, lat, lon FROM staged_place ORDER BY number ON CONFLICT DO NOTHING
    """
)
_TAKE_REPEATED = text(
    """
    DELETE FROM staged_place USING seen_place
     WHERE seen_place.source_id = staged_place.source_id AND seen_place.number <> staged_place.number
    RETURNING staged_place.number, staged_place.name <> seen_place.name
           OR greatest(abs(staged_place.lat - seen_place.lat), abs(staged_place.lon - seen_place.lon)) > 1e-5
    """
)
# Places linked to a deleted one are conflated again.
_DROP_UNSEEN = text(
    """
    WITH gone AS (
        DELETE FROM place WHERE campaign_id = :campaign_id AND source = :source
           AND NOT EXISTS (SELECT FROM seen_place WHERE seen_place.source_id = place.source_id)
        RETURNING id),
    left_over AS (
        INSERT INTO touched_place
        SELECT place.id FROM place JOIN gone ON place.same_as_id = gone.id)
    SELECT count(*) FROM gone
    """
)


class EmptySource(GeoError):
    """A file without a row that can be loaded, which was to replace the existing places."""


def load_places(
    connection: Connection,
    campaign_id: int,
    rows: Iterable[PlaceRow | Refusal],
    source: str,
    *,
    is_replacing: bool = False,
) -> LoadCounts:
    """Add or update the places of one source; unchanged places are left alone.

    Places that the source no longer has stay, since reports may have been located by them, unless `is_replacing`.
    Places that other sources have too are linked with these (conflation); places of other sources are never changed. A
    repeated id with another name or point is not a real id: that place gets an id of its own, and the line is counted
    as repaired. The caller commits. Raises EmptySource when `is_replacing` and no row can be used.
    """
    counts = LoadCounts()
    lock_loading(connection, campaign_id)
    for statement in _STAGE:
        connection.execute(text(statement))
    number = 0
    known = frozenset(connection.execute(_KNOWN, {"campaign_id": campaign_id}).scalars())
    for read in batches(usable(rows, counts)):
        batch = [_settle(row, known, counts) for row in read]
        for place in list_exchanged(connection, campaign_id, [(row.lat, row.lon) for row in batch]):
            counts.repair(Refusal(batch[place].line, EXCHANGED))
        others = _merge_batch(connection, campaign_id, source, dict(enumerate(batch, number)), counts)
        number += len(batch)
        _merge_batch(connection, campaign_id, source, dict(enumerate(others, number)), counts)
        number += len(others)
    if is_replacing:
        if counts.read == counts.refused:
            raise EmptySource(f"nothing of {source} can be loaded, so that its places are not replaced")
        values = {"campaign_id": campaign_id, "source": source}
        counts.removed = int(connection.execute(_DROP_UNSEEN, values).scalar_one())
    if counts.added or counts.changed or counts.removed:
        if counts.added + counts.changed > _MANY:
            connection.execute(text("ANALYZE place"))
        index_names(connection, campaign_id)
        if counts.added + counts.changed > _MANY:
            connection.execute(text("ANALYZE place_search_name"))
        counts.doubles = link_doubles(connection, campaign_id)
        bump_names_version(connection, campaign_id)
    return counts


def _settle(row: PlaceRow, known: frozenset[str], counts: LoadCounts) -> PlaceRow:
    """Keep those of a place's unsure names that no area and no town has, and count what is odd about its own name."""
    if row.remark is not None:
        counts.repair(Refusal(row.line, row.remark))
    if not row.unsure:
        return row
    names = tuple(name for name in row.unsure if fold_name(name) not in known)
    return replace(row, names=tuple(dict.fromkeys((*row.names, *names))), unsure=())


def _merge_batch(
    connection: Connection, campaign_id: int, source: str, batch: Mapping[int, PlaceRow], counts: LoadCounts
) -> list[PlaceRow]:
    """Merge rows by their number in the load; returns rows whose id another place has, with ids of their own."""
    if not batch:
        return []
    connection.execute(text("TRUNCATE staged_place"))
    copy_rows(
        connection,
        _COPY,
        (
            (number, row.source_id, row.name, list(row.names), row.kind, row.population,
             row.radius_m or radius_of(row.kind, row.population), row.lat, row.lon, row.scheme)
            for number, row in batch.items()
        ),
    )  # fmt: skip
    counts.moved += connection.execute(_COUNT_MOVED, {"campaign_id": campaign_id, "source": source}).scalar_one()
    is_new = connection.execute(_SEE).rowcount == len(batch)
    repeated = [] if is_new else connection.execute(_TAKE_REPEATED).all()
    added, changed = connection.execute(_MERGE, {"campaign_id": campaign_id, "source": source}).one()
    others = sorted(number for number, is_another in repeated if is_another)
    for number in others:
        counts.repair(Refusal(batch[number].line, "its id is that of a place before it, and it got one of its own"))
    counts.added += added
    counts.changed += changed
    counts.unchanged += len(batch) - len(repeated) - added - changed
    counts.skipped += len(repeated) - len(others)
    return [_with_own_id(batch[number]) for number in others]


def _with_own_id(row: PlaceRow) -> PlaceRow:
    return replace(row, source_id=stable_id(row.name, row.lat, row.lon), scheme="")
