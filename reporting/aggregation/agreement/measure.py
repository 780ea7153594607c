"""The agreement of two moderators in the quality report: counted with noise as everything else, then kappa of it.

Only reports of the random sample are counted, since those are like the others. A person counts with one report, so that
removing a person changes one cell of each table by one.
"""

from collections.abc import Callable, Mapping
from math import hypot, sqrt
from typing import Any, Final

import numpy as np
from sqlalchemy import Connection, select, text

from channels.built_in.capabilities import OPEN_FORMS
from reporting.aggregation.agreement.kappa import Kappa, find_kappa, find_kappa_of_margins
from reporting.aggregation.counting.unit import JOIN_UNIT, UNIT
from reporting.aggregation.dimension import UNKNOWN
from reporting.aggregation.period import Period
from reporting.campaigns.second_reading_policy import read_second_reading
from reporting.disclosure.tables import Floats
from reporting.models.campaign import Campaign, Topic
from reporting.models.states import DECIDED, ReadingChoice, ReportState

FEWEST_READ: Final = 30  # reports that surely were read by two people; of fewer nothing is told
NORMAL: Final = 1.96  # standard errors on both sides of an interval of 95 of 100
VERDICTS: Final = "verdicts_of_two"
FIRST_TOPIC: Final = "first_topic_of_two"
SECOND_TOPIC: Final = "second_topic_of_two"
# The verdicts of both; of two approvals whether the topic is the same, too.
_BOTH: Final = ("same_topic", "other_topic", "approved_rejected", "rejected_approved", "rejected_rejected")
_Counts = Mapping[str, Floats]  # by table
_READ: Final = text(
    f"""
    SELECT DISTINCT ON (unit) unit, first_verdict, second_verdict, first_topic, second_topic
      FROM (SELECT {UNIT} AS unit, report.id, reading.first_verdict, reading.second_verdict,
                   first_topic.code AS first_topic, second_topic.code AS second_topic
              FROM second_reading AS reading
              JOIN report ON report.id = reading.report_id
              LEFT JOIN topic AS first_topic ON first_topic.id = reading.first_topic_id
              LEFT JOIN topic AS second_topic ON second_topic.id = reading.second_topic_id
              {JOIN_UNIT.format(":open_forms")}
             WHERE reading.campaign_id = :campaign AND reading.second_at IS NOT NULL
               AND reading.chosen_by = '{ReadingChoice.SAMPLE}' AND report.state IN {DECIDED}
               AND NOT report.is_sensitive AND report.occurred_at >= :start AND report.occurred_at < :end) AS readings
     ORDER BY unit, id
    """
)


def list_agreement_tables(connection: Connection, campaign_id: int) -> dict[str, tuple[str, ...]]:
    """List the tables of agreement with their codes; none where the campaign has no report of the sample read twice.

    What they are depends on the campaign's definition alone, and never on what was reported.
    """
    settings = connection.execute(select(Campaign.settings).where(Campaign.id == campaign_id)).scalar_one()
    if not read_second_reading(settings).percent:
        return {}
    query = select(Topic.code).where(Topic.campaign_id == campaign_id).order_by(Topic.code)
    topics = (*connection.execute(query).scalars(), UNKNOWN)
    return {VERDICTS: _BOTH, FIRST_TOPIC: topics, SECOND_TOPIC: topics}


def count_agreement(connection: Connection, campaign_id: int, period: Period) -> dict[str, dict[str, int]]:
    """Count the people of whom a report of the period was read twice, by what both readers decided."""
    values = {"campaign": campaign_id, "start": period.start, "end": period.end, "open_forms": OPEN_FORMS}
    counted: dict[str, dict[str, int]] = {VERDICTS: {}, FIRST_TOPIC: {}, SECOND_TOPIC: {}}
    for row in connection.execute(_READ, values):
        topics = (row.first_topic or UNKNOWN, row.second_topic or UNKNOWN)
        code = f"{row.first_verdict}_{row.second_verdict}"
        if row.first_verdict == row.second_verdict == ReportState.APPROVED:
            code = _BOTH[topics[0] != topics[1]]
            for table, topic in zip((FIRST_TOPIC, SECOND_TOPIC), topics, strict=True):
                counted[table][topic] = counted[table].get(topic, 0) + 1
        counted[VERDICTS][code] = counted[VERDICTS].get(code, 0) + 1
    return counted


def describe_agreement(measured: Mapping[str, Mapping[str, tuple[float, float]]]) -> dict[str, Any] | None:
    """Describe kappa of the decision and of the topic, from counts with noise and their standard errors by code.

    None where nothing is measured. Each has its interval, in which both errors are: how few were read, and the noise.
    One of fewer reports than FEWEST_READ, as far as their number can be told, is left out.
    """
    if not measured:
        return None
    counts = {name: np.array([value for value, _ in cells.values()], dtype=float) for name, cells in measured.items()}
    noise = {name: next(error for _, error in cells.values()) for name, cells in measured.items()}
    found = {
        "decision": _describe(_find_of_decision, counts, noise, _count_read(counts), len(_BOTH)),
        "topic": _describe(_find_of_topic, counts, noise, float(counts[VERDICTS][:2].sum()), 2),
    }
    return {name: each for name, each in found.items() if each is not None} or None


def _describe(
    find: Callable[[_Counts], Kappa | None], counts: _Counts, noise: Mapping[str, float], number: float, cells: int
) -> dict[str, Any] | None:
    number_error = noise[VERDICTS] * sqrt(cells)
    if number - NORMAL * number_error < FEWEST_READ:
        return None
    kappa = find(counts)
    if kappa is None:
        return None
    error = hypot(kappa.sampling_error, _spread_noise(find, counts, noise))
    value = min(max(kappa.value, -1.0), 1.0)
    return {
        "kappa": round(value, 2),
        "standard_error": round(error, 3),
        "low": round(max(kappa.value - NORMAL * error, -1.0), 2),
        "high": round(min(kappa.value + NORMAL * error, 1.0), 2),
        "reports": round(number),
        "reports_standard_error": round(number_error, 2),
    }


def _spread_noise(find: Callable[[_Counts], Kappa | None], counts: _Counts, noise: Mapping[str, float]) -> float:
    """Spread the noise of all cells to kappa: the root of the sum of squared slopes, each times its noise."""
    variance = 0.0
    for name, cells in counts.items():
        for place in range(len(cells)):
            beside = [_find_beside(find, counts, name, place, step) for step in (1.0, -1.0)]
            variance += ((beside[0] - beside[1]) / 2 * noise[name]) ** 2
    return sqrt(variance)


def _find_beside(find: Callable[[_Counts], Kappa | None], counts: _Counts, name: str, place: int, step: float) -> float:
    changed = counts[name].copy()
    changed[place] += step
    kappa = find({**counts, name: changed})
    return 0.0 if kappa is None else kappa.value


def _count_read(counts: _Counts) -> float:
    return float(counts[VERDICTS].sum())


def _find_of_decision(counts: _Counts) -> Kappa | None:
    same, other, first_only, second_only, neither = counts[VERDICTS]
    return find_kappa(np.array([[same + other, first_only], [second_only, neither]]))


def _find_of_topic(counts: _Counts) -> Kappa | None:
    same, other = counts[VERDICTS][:2]
    return find_kappa_of_margins(same, same + other, counts[FIRST_TOPIC], counts[SECOND_TOPIC])
