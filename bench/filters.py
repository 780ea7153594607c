"""What each filter of the desk takes over a large table: part of `script/bench pages`.

A page of the list is asked for as the desk asks, among the reports that wait and among those that were approved,
most urgent, oldest and newest first, the first page and the one behind it. Milliseconds are those of the
list with its log of looks, without the page around it.
"""

import statistics
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import text

from reporting.bootstrap import Program
from reporting.models.states import ReportState
from reporting.moderation.desk.filters import NONE, Box, Filters, Holder
from reporting.moderation.desk.listing import Order, count_lines, list_lines

# Reports get what Boston's rows lack: a language, two levels of areas, pictures, incidents of several, and gaps.
FILL: Final = """
INSERT INTO media (message_id, number, state, content_type)
SELECT message.id, 0, 'stored', 'image/jpeg' FROM message
 WHERE message.id % 200 = 0 AND NOT EXISTS (SELECT FROM media WHERE media.message_id = message.id);
UPDATE incident SET report_count = 3 WHERE id % 500 = 0 AND report_count = 1;
"""
COLUMNS: Final = """
       language = CASE WHEN report.id % 100 = 0 THEN 'vi' WHEN report.id % 10 = 0 THEN 'es'
                       WHEN report.id % 17 = 0 THEN NULL ELSE 'en' END,
       topic_id = CASE WHEN report.id % 25 = 0 THEN NULL ELSE report.topic_id END,
       point = CASE WHEN report.id % 20 = 0 THEN NULL ELSE report.point END,
       area_codes = jsonb_build_object('1', 'a' || report.id % 7, '2', 'b' || report.id % 997),
       urgency = report.id % 11 % 6,
"""
_TOPICS: Final = """
SELECT topic_id FROM (SELECT topic_id FROM report WHERE topic_id IS NOT NULL LIMIT 20000) AS sampled
 GROUP BY topic_id ORDER BY count(*)
"""


def list_cases(program: Program) -> dict[str, Filters]:
    """List the filters by name; where it matters one that finds much and one that finds little."""
    with program.app.begin() as connection:
        topics = [str(topic) for topic in connection.execute(text(_TOPICS)).scalars()]
        sender = connection.execute(text("SELECT max(contact_id) FROM report")).scalar_one()
    return {
        "no filter": Filters(),
        "topic, common": Filters(topic=topics[-1]),
        "topic, rare": Filters(topic=topics[0]),
        "no topic": Filters(topic=NONE),
        "area, large": Filters(area="a1"),
        "area, small": Filters(area="b17"),
        "box, a street": Filters(box=Box(-71.06, 42.355, -71.055, 42.36)),
        "box, the city": Filters(box=Box(-71.2, 42.2, -70.9, 42.45)),
        "no place": Filters(place=NONE),
        "language, common": Filters(language="en"),
        "language, rare": Filters(language="vi"),
        "language, not known": Filters(language=NONE),
        "language, none has it": Filters(language="ht"),
        "channel, all": Filters(channel="bench"),
        "channel, none": Filters(channel="ussd"),
        "photo": Filters(has_photo=True),
        "older": Filters(older_h=24),
        "newer": Filters(newer_h=24),
        "cluster of 2": Filters(cluster=2),
        "cluster of 10": Filters(cluster=10),
        "assigned to me": Filters(holder=Holder.MINE),
        "assigned to nobody": Filters(holder=Holder.NOBODY),
        "sender": Filters(sender=sender),
        "restricted": Filters(is_restricted=True),
        "words, common": Filters(words="street"),
        "words, rare": Filters(words="hydrant leaking"),
        "words, beginning": Filters(words="grafit"),
        "words, none has them": Filters(words="earthquake"),
        "words, by sound": Filters(words="grafitty", is_spelling=True),
        "words, topic, area, language": Filters(words="street", topic=topics[-1], area="a1", language="es"),
    }


def measure_filters(program: Program, campaign_id: int, rounds: int) -> dict[str, dict[str, float]]:
    """Measure (median, 95th percentile and slowest, milliseconds) of each filter, in the list and in its count."""
    figures = {}
    for name, filters in list_cases(program).items():
        waits = sorted(_time_pages(program, campaign_id, filters, rounds))
        counts = sorted(_time_counts(program, campaign_id, filters, rounds))
        figures[name] = {
            "ms_p50": round(statistics.median(waits), 1),
            "ms_p95": round(waits[int(0.95 * (len(waits) - 1))], 1),
            "ms_most": round(waits[-1], 1),
            "count_ms_p95": round(counts[int(0.95 * (len(counts) - 1))], 1),
        }
    return figures


def _time_pages(program: Program, campaign_id: int, filters: Filters, rounds: int) -> Iterator[float]:
    for state in (ReportState.QUEUED, ReportState.APPROVED):
        for order in Order:
            asked: dict[str, Any] = {"order": order, "sees_restricted": True}
            for number in range(rounds):
                after = None
                for _page in range(2):
                    begun = time.perf_counter()
                    with program.app.begin() as connection:
                        page = list_lines(
                            connection, campaign_id, 1, replace(filters, state=state), after=after, **asked
                        )
                    if number:  # the first one fills caches
                        yield 1_000 * (time.perf_counter() - begun)
                    after = page.after
                    if after is None:
                        break


def _time_counts(program: Program, campaign_id: int, filters: Filters, rounds: int) -> Iterator[float]:
    for state in (ReportState.QUEUED, ReportState.APPROVED):
        for _round in range(max(2, rounds // 3)):
            begun = time.perf_counter()
            with program.app.begin() as connection:
                count_lines(connection, campaign_id, 1, replace(filters, state=state), sees_restricted=True)
            yield 1_000 * (time.perf_counter() - begun)
