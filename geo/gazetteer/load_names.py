"""Loads alternate names: those of GeoNames for loaded places, those by P-code for loaded areas."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from sqlalchemy import Connection, text

from geo.gazetteer.conflation import link_doubles
from geo.gazetteer.format_geonames import SCHEME as GEONAMES
from geo.gazetteer.load_places import EmptySource
from geo.gazetteer.name_encoding import mend_letters
from geo.gazetteer.staging_table import batches, copy_rows, lock_loading, usable
from geo.search.search_index import index_names
from geo.spatial_sql import bump_names_version
from geo.types import LoadCounts, NameRow, Refusal

_STAGE: Final = (
    """
    CREATE TEMP TABLE IF NOT EXISTS staged_alias (
        line integer, target text, source_id text, name text, language text, is_preferred boolean, is_short boolean,
        is_colloquial boolean, is_historic boolean) ON COMMIT DROP
    """,
    """
    CREATE TEMP TABLE IF NOT EXISTS seen_alias (source_id text, place_id bigint, area_id bigint) ON COMMIT DROP
    """,
    "CREATE TEMP TABLE IF NOT EXISTS touched_place (id bigint) ON COMMIT DROP",
    "TRUNCATE staged_alias, seen_alias, touched_place",
)
_COPY: Final = (
    "COPY staged_alias (line, target, source_id, name, language, is_preferred, is_short, is_colloquial, is_historic)"
    " FROM STDIN"
)
# A GeoNames place may be loaded from two sources; both get the name.
_FIND = {
    "place": """
        SELECT place.id AS p, NULL::bigint AS a, staged_alias.* FROM staged_alias
          JOIN place ON place.campaign_id = :campaign_id AND place.scheme = :scheme
           AND place.source_id = staged_alias.target
    """,
    "area": """
        SELECT NULL::bigint AS p, area.id AS a, staged_alias.* FROM staged_alias
          JOIN area ON area.campaign_id = :campaign_id AND area.code = staged_alias.target
    """,
}
_MERGE = """
    WITH found AS (SELECT DISTINCT ON (source_id, p, a) * FROM ({find}) AS each ORDER BY source_id, p, a, line),
    seen AS (INSERT INTO seen_alias SELECT source_id, p, a FROM found),
    merged AS (
        INSERT INTO alternate_name (campaign_id, source, source_id, place_id, area_id, name, language, is_preferred,
            is_short,
                           is_colloquial, is_historic)
        SELECT :campaign_id, :source, source_id, p, a, name, language, is_preferred, is_short, is_colloquial,
               is_historic FROM found
        ON CONFLICT (campaign_id, source, source_id, place_id, area_id) DO UPDATE
           SET name = excluded.name, language = excluded.language, is_preferred = excluded.is_preferred,
               is_short = excluded.is_short, is_colloquial = excluded.is_colloquial,
               is_historic = excluded.is_historic
         WHERE (alternate_name.name, alternate_name.language, alternate_name.is_preferred, alternate_name.is_short,
             alternate_name.is_colloquial, alternate_name.is_historic)
               IS DISTINCT FROM (excluded.name, excluded.language, excluded.is_preferred, excluded.is_short,
                                 excluded.is_colloquial, excluded.is_historic)
        RETURNING place_id, xmax = 0 AS is_new),
    noted AS (INSERT INTO touched_place SELECT DISTINCT place_id FROM merged WHERE place_id IS NOT NULL)
    SELECT (SELECT count(*) FROM found), count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new) FROM merged
"""
_MERGE_PLACES, _MERGE_AREAS = (text(_MERGE.format(find=_FIND[thing])) for thing in ("place", "area"))
_UNKNOWN = text(
    """
    SELECT DISTINCT ON (target) line FROM staged_alias
     WHERE NOT EXISTS (SELECT FROM area WHERE area.campaign_id = :campaign_id AND area.code = staged_alias.target)
     ORDER BY target, line
    """
)
_DROP_UNSEEN = text(
    """
    DELETE FROM alternate_name WHERE campaign_id = :campaign_id AND source = :source
       AND NOT EXISTS (SELECT FROM seen_alias
                        WHERE seen_alias.source_id = alternate_name.source_id
                          AND (seen_alias.place_id, seen_alias.area_id)
                              IS NOT DISTINCT FROM (alternate_name.place_id, alternate_name.area_id))
    """
)


def list_geoname_ids(connection: Connection, campaign_id: int) -> frozenset[str]:
    """List the geonameids of a campaign's places, so that only their names are loaded from the world's list."""
    query = text("SELECT DISTINCT source_id FROM place WHERE campaign_id = :campaign_id AND scheme = :scheme")
    rows = connection.execute(
        query, {"campaign_id": campaign_id, "scheme": GEONAMES}, execution_options={"yield_per": 10_000}
    )
    return frozenset(rows.scalars())


def load_names(
    connection: Connection,
    campaign_id: int,
    rows: Iterable[NameRow | Refusal | None],
    source: str,
    *,
    of_areas: bool,
    is_replacing: bool = False,
) -> LoadCounts:
    """Add or update the names that one list gives to areas by their code (`of_areas`) or to GeoNames places.

    Names of places that are not loaded are skipped; codes of areas that are not loaded are refused, once each. Names
    that the list no longer has stay unless `is_replacing`. The caller commits. Raises EmptySource when `is_replacing`
    and no row can be used.
    """
    counts = LoadCounts()
    lock_loading(connection, campaign_id)
    for statement in _STAGE:
        connection.execute(text(statement))
    for read in batches(usable(rows, counts)):
        batch = [_mend(row, counts) for row in read]
        _merge_batch(connection, campaign_id, source, batch, counts, of_areas)
    if is_replacing:
        if not counts.added + counts.changed + counts.unchanged:
            raise EmptySource(f"nothing of {source} can be loaded, so that its names are not replaced")
        values = {"campaign_id": campaign_id, "source": source}
        counts.removed = connection.execute(_DROP_UNSEEN, values).rowcount
    if counts.added or counts.changed or counts.removed:
        index_names(connection, campaign_id)
        counts.doubles = link_doubles(connection, campaign_id)
        bump_names_version(connection, campaign_id)
    return counts


def _mend(row: NameRow, counts: LoadCounts) -> NameRow:
    """Repair the encoding of a name and count what was or is wrong with it."""
    name, remark = mend_letters(row.name)
    if remark is not None:
        counts.repair(Refusal(row.line, remark))
    return row if name == row.name else replace(row, name=name)


def _merge_batch(
    connection: Connection, campaign_id: int, source: str, batch: list[NameRow], counts: LoadCounts, of_areas: bool
) -> None:
    connection.execute(text("TRUNCATE staged_alias"))
    copy_rows(
        connection,
        _COPY,
        (
            (row.line, row.target, row.source_id, row.name, row.language, row.is_preferred, row.is_short,
             row.is_colloquial, row.is_historic)
            for row in batch
        ),
    )  # fmt: skip
    values = {"campaign_id": campaign_id, "source": source}
    if of_areas:
        for line in connection.execute(_UNKNOWN, values).scalars():
            counts.refuse(Refusal(line, "no area with that P-code is loaded"))
        found, added, changed = connection.execute(_MERGE_AREAS, values).one()
    else:
        found, added, changed = connection.execute(_MERGE_PLACES, {**values, "scheme": GEONAMES}).one()
        counts.skipped += max(0, len(batch) - found)
    counts.added += added
    counts.changed += changed
    counts.unchanged += found - added - changed
