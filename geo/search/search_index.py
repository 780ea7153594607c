"""Updates the search index `place_search_name` from places and areas; only new or changed ones are folded again."""

import math
from collections.abc import Iterator
from itertools import islice
from typing import Final

from sqlalchemy import Connection, text

from geo.text.normalise import fold_name
from geo.text.phonetic_key import sound

_BATCH: Final = 5_000
_NAMES_MOST: Final = 60  # names of one place; the world's capitals have hundreds
_AREA_WEIGHT: Final = 6.5  # of the first level; each deeper level weighs one less, as for a tenth of the people

# Indexed rows carry a fingerprint of their source values; a different fingerprint means that they are outdated.
_STALE = text(
    """
    CREATE TEMP TABLE stale_name ON COMMIT DROP AS
    WITH listed AS (
        SELECT place_id, area_id, array_agg(name ORDER BY id) AS names FROM alternate_name
         WHERE campaign_id = :campaign_id GROUP BY place_id, area_id),
    named AS (
        SELECT id AS place_id, NULL::bigint AS area_id, name, place.names || coalesce(listed.names, '{}') AS names,
               coalesce(population, 0) AS population, 0 AS level
          FROM place LEFT JOIN listed ON listed.place_id = place.id WHERE campaign_id = :campaign_id
        UNION ALL
        SELECT NULL, id, name, area.names || coalesce(listed.names, '{}'), 0, level
          FROM area LEFT JOIN listed ON listed.area_id = area.id WHERE campaign_id = :campaign_id),
    every AS (
        SELECT named.*, hashtextextended(name || chr(1) || array_to_string(names, chr(1))
                                         || coalesce(nullif(level, 0), population), 0) AS print
          FROM named)
    SELECT every.* FROM every
     WHERE NOT EXISTS (SELECT FROM place_search_name
                        WHERE place_search_name.place_id = every.place_id AND place_search_name.print = every.print)
       AND NOT EXISTS (SELECT FROM place_search_name
                        WHERE place_search_name.area_id = every.area_id AND place_search_name.print = every.print)
    """
)
_DROP_OLD = text(
    """
    DELETE FROM place_search_name USING stale_name
     WHERE place_search_name.place_id = stale_name.place_id OR place_search_name.area_id = stale_name.area_id
    """
)
_READ = text("SELECT place_id, area_id, name, names, population, level, print FROM stale_name")
_COPY = "COPY place_search_name (campaign_id, place_id, area_id, folded, sound, weight, print) FROM STDIN"


def index_names(connection: Connection, campaign_id: int) -> int:
    """Index the names of new or changed places and areas; returns how many names were written.

    The caller commits.
    """
    connection.execute(text("DROP TABLE IF EXISTS pg_temp.stale_name"))
    connection.execute(_STALE, {"campaign_id": campaign_id})
    connection.execute(_DROP_OLD)
    driver = connection.connection.driver_connection
    assert driver is not None  # noqa: S101 - a connection that just executed has its driver's connection
    count = 0
    rows = iter(connection.execute(_READ).yield_per(_BATCH))
    while batch := list(islice(rows, _BATCH)):
        with driver.cursor() as cursor, cursor.copy(_COPY) as copy:
            for row in batch:
                weight = _weigh(row.population, row.level)
                for folded in _fold_names(row.name, row.names):
                    heard = " ".join(sound(word) for word in folded.split())
                    copy.write_row((campaign_id, row.place_id, row.area_id, folded, heard, weight, row.print))
                    count += 1
    connection.execute(text("DROP TABLE stale_name"))
    return count


def has_unindexed(connection: Connection, campaign_id: int) -> bool:
    """Tell whether a campaign has places or areas of which none is indexed, as after a load by an older version."""
    query = text(
        """
        SELECT NOT EXISTS (SELECT FROM place_search_name WHERE campaign_id = :campaign_id)
           AND (EXISTS (SELECT FROM place WHERE campaign_id = :campaign_id)
             OR EXISTS (SELECT FROM area WHERE campaign_id = :campaign_id))
        """
    )
    return bool(connection.execute(query, {"campaign_id": campaign_id}).scalar_one())


def _fold_names(name: str, names: list[str]) -> Iterator[str]:
    """Fold the names of one place.

    Where all fold to nothing, one empty name, so that it does not look new each time.
    """
    folded = dict.fromkeys(found for each in (name, *names[:_NAMES_MOST]) if (found := fold_name(each)))
    yield from folded or {"": None}


def _weigh(population: int, level: int) -> float:
    return max(0.0, _AREA_WEIGHT - (level - 1)) if level else round(math.log10(1 + max(0, population)), 3)
