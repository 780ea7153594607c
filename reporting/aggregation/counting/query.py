"""The SQL that reads what is counted: a row for each approved report of a month, as numbers.

A row has the person (`unit.py`), the inner cell, the incident, the packed codes of the quality report, and 1 or 0 for
each measured answer.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from channels.built_in.capabilities import OPEN_FORMS
from reporting.aggregation.area_tree import Areas
from reporting.aggregation.counting.unit import JOIN_UNIT, UNIT
from reporting.aggregation.cube import Cube
from reporting.aggregation.period import Period
from reporting.aggregation.quality_item import QualityItem, list_items
from reporting.disclosure.tables import COUNTRY
from reporting.models.demographics import ITEMS
from reporting.models.states import AffectedRole, DecisionKind, ItemStatus, ReportState
from reporting.reports.profile_in_force import IN_FORCE, VERSIONS_OF_CAMPAIGN

NO_INCIDENT: Final = 0


def write_query(
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
    columns = f"({cell})::bigint, coalesce(report.incident_id, {NO_INCIDENT})::bigint"
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
