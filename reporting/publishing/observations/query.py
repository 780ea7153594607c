"""Queries for the observations of a release: a page at a time, by key (keyset), however large the release is.

The order is by slice, then level, area, period and measure. The slices are known before (`selection.py`), so a page is
a few ranges of one index, whatever is filtered. The connection belongs to the public database role.
"""

from bisect import bisect_left
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, text

from reporting.db import plan_afresh
from reporting.publishing.observations.selection import ObservationFilter, Slice, join_codes, list_levels, list_slices
from reporting.publishing.release_info import ReleaseInfo

# The slices come in order, so that the server stops at the first ones that fill the page.
_PAGE: Final = text(
    """
    SELECT cell.* FROM unnest(CAST(:slices AS text[])) WITH ORDINALITY AS asked(slice, place)
     CROSS JOIN LATERAL (
        SELECT area_code, area_level, month, codes, measure, value, estimate, standard_error, status, confidentiality
          FROM release_cell
         WHERE release_id = :release_id AND release_cell.slice = asked.slice
           AND area_level = ANY(CAST(:levels AS int[]))
           AND (CAST(:areas AS text[]) IS NULL OR area_code = ANY(:areas))
           AND (CAST(:periods AS text[]) IS NULL OR month = ANY(:periods))
           AND (CAST(:measures AS text[]) IS NULL OR measure = ANY(:measures))
           AND (asked.place > 1 OR (area_level, area_code, month, measure) >
                (CAST(:level AS int), CAST(:area AS text), CAST(:period AS text), CAST(:measure AS text)))
         ORDER BY area_level, area_code, month, measure LIMIT :count) AS cell
     ORDER BY asked.place, cell.area_level, cell.area_code, cell.month, cell.measure LIMIT :count
    """
)
_AREAS: Final = text(
    """
    SELECT code, level, name, parent_code FROM release_area
     WHERE release_id = :release_id AND (CAST(:level AS int) IS NULL OR level = :level)
       AND (level, code) > (CAST(:after_level AS int), CAST(:after_code AS text))
     ORDER BY level, code LIMIT :count
    """
)


@dataclass(frozen=True, slots=True)
class ObservationKey:
    """The key of an observation within its release: where the next page goes on."""

    codes: Slice
    level: int
    area: str
    period: str
    measure: str


def list_observations(
    connection: Connection,
    release: ReleaseInfo,
    asked: ObservationFilter,
    limit: int,
    after: ObservationKey | None = None,
) -> list[Row[Any]]:
    """List at most `limit` observations in the order of their keys, after one of them."""
    slices = list_slices(release, asked)
    begin = 0 if after is None else bisect_left(slices, after.codes)
    if begin == len(slices):
        return []
    is_within = after is not None and slices[begin] == after.codes
    values = {
        "release_id": release.id, "slices": [join_codes(codes) for codes in slices[begin:]],
        "levels": list(asked.levels or list_levels(release)), "areas": list(asked.areas) or None,
        "periods": list(asked.periods) or None, "measures": list(asked.measures) or None, "count": limit,
    }  # fmt: skip
    plan_afresh(connection)  # a filter decides which part of the index is read
    return list(connection.execute(_PAGE, values | _describe_start(after if is_within else None)))


def list_areas_page(
    connection: Connection, release_id: int, level: int | None, limit: int, after: tuple[int, str] | None = None
) -> list[Row[Any]]:
    """List at most `limit` areas of a release by level and code: code, level, name and the code of the area above."""
    after_level, after_code = after or (-1, "")
    values = {"release_id": release_id, "level": level, "after_level": after_level, "after_code": after_code}
    return list(connection.execute(_AREAS, {**values, "count": limit}))


def _describe_start(after: ObservationKey | None) -> dict[str, Any]:
    if after is None:
        return {"level": -1, "area": "", "period": "", "measure": ""}
    return {"level": after.level, "area": after.area, "period": after.period, "measure": after.measure}
