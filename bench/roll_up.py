"""What the live roll-up adds to a moderator's decision, and how long its numbers take to read.

A campaign of many approved reports. Reports are approved and rejected as on the moderators' page, each in a transaction
of its own as web processes sign in, half of them with the triggers and half without, in turn: so that a busy machine
hurts both alike. The difference of the two is what the roll-up adds. `trigger_ms` is what PostgreSQL itself says of the
trigger (EXPLAIN ANALYZE). Then the sums that the page of releases reads, before and after they were folded, beside a
count of all reports.
"""

import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from sqlalchemy import Connection, text

from bench.scratch import parse_arguments, report, scratch_database
from reporting.campaigns.campaign import check_definition, create_campaign
from reporting.db import Database, Role, open_database
from reporting.moderation.decisions import approve, reopen
from reporting.reports.roll_up import fold_roll_up, read_months

_TRIGGER: Final = "report_rolled_up_again"
_ADD_REPORTS: Final = text(
    """
    WITH happened AS (INSERT INTO incident (campaign_id) SELECT :campaign FROM generate_series(1, :number) RETURNING id)
    INSERT INTO report (campaign_id, reference, source, text, topic_id, occurred_at, reported_at, radius_m, area_codes,
                        incident_id, state)
    SELECT :campaign, 'B' || id, 'bench', '', :topic, at, at, 1500,
           jsonb_build_object('1', (id % 7)::text, '2', (id % 753)::text), id, 'approved'
      FROM happened, LATERAL (SELECT '2026-01-01'::timestamptz + id % 360 * interval '1 day' AS at) AS time
    """
)
_FROM_SCRATCH: Final = text(
    "SELECT to_char(occurred_at AT TIME ZONE 'UTC', 'YYYY-MM'), count(*) FROM report"
    " WHERE campaign_id = :campaign AND state = 'approved' AND NOT is_sensitive GROUP BY 1"
)


def main(argv: Sequence[str] | None = None) -> None:
    """Make the campaign, decide, and print the figures."""
    options = parse_arguments(argv, __doc__ or "")
    number, decisions = (20_000, 200) if options.quick else (1_000_000, 2_000)
    with scratch_database("roll_up") as (url, _):
        owner, app = open_database(url, Role.OWNER), open_database(url, Role.APP)
        with owner.begin() as connection:
            campaign_id, account_id = _make_world(connection, number)
        figures = {"reports": number, "decisions": decisions, **_decide(owner, app, account_id, decisions)}
        figures |= _read(app, campaign_id)
        owner.close()
        app.close()
    report(figures, options.json)


def _make_world(connection: Connection, number: int) -> tuple[int, int]:
    definition = {
        "slug": "rolled", "name": "Rolled up", "country": "NP", "languages": ["en"],
        "topics": [{"code": "water", "name": {"en": "Water"}}],
    }  # fmt: skip
    campaign_id = create_campaign(connection, check_definition(definition, "bench"))
    topic = connection.execute(text("SELECT id FROM topic WHERE campaign_id = :id"), {"id": campaign_id}).scalar()
    connection.execute(_ADD_REPORTS, {"campaign": campaign_id, "number": number, "topic": topic})
    account = text(
        "INSERT INTO account (email, name, active, fs_uniquifier) VALUES ('a@example.org', 'a', true, 'a') RETURNING id"
    )
    account_id = int(connection.execute(account).scalar_one())
    connection.execute(text("ANALYZE report, incident, roll_up"))
    return campaign_id, account_id


def _decide(owner: Database, app: Database, account_id: int, decisions: int) -> dict[str, Any]:
    with app.begin() as connection:
        some = text("SELECT id FROM report TABLESAMPLE SYSTEM (1) LIMIT :most")
        ids = list(connection.execute(some, {"most": decisions}).scalars())
    spent: dict[bool, list[float]] = {True: [], False: []}
    for start in range(0, len(ids), 100):
        is_rolled_up = start // 100 % 2 == 0
        with owner.begin() as connection:
            change = "ENABLE" if is_rolled_up else "DISABLE"
            connection.execute(text(f"ALTER TABLE report {change} TRIGGER {_TRIGGER}"))
        for report_id in ids[start : start + 100]:
            for act in (reopen, approve):
                spent[is_rolled_up].append(_time(app, act, report_id, account_id))
    with owner.begin() as connection:
        connection.execute(text(f"ALTER TABLE report ENABLE TRIGGER {_TRIGGER}"))
    return {
        "decision_ms": _describe(spent[True]),
        "decision_without_roll_up_ms": _describe(spent[False]),
        "trigger_ms": _describe([_explain(app, report_id) for report_id in ids[:500]]),
    }


def _time(app: Database, act: Callable[..., None], report_id: int, account_id: int) -> float:
    started = time.perf_counter()
    with app.begin() as connection:
        act(connection, report_id, account_id)
    return time.perf_counter() - started


def _explain(app: Database, report_id: int) -> float:
    """Return the seconds that PostgreSQL spends in the trigger when a report is rejected."""
    statement = text("EXPLAIN (ANALYZE, FORMAT json) UPDATE report SET state = 'rejected' WHERE id = :id")
    with app.begin() as connection:
        [plan] = connection.execute(statement, {"id": report_id}).scalar_one()
        connection.rollback()
    [trigger] = [each for each in plan["Triggers"] if each["Trigger Name"] == _TRIGGER]
    return float(trigger["Time"]) / 1e3


def _describe(seconds: Sequence[float]) -> dict[str, float]:
    """Return median and 95th percentile in milliseconds."""
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    return {"median": round(cuts[49] * 1e3, 3), "p95": round(cuts[94] * 1e3, 3)}


def _read(app: Database, campaign_id: int) -> dict[str, Any]:
    with app.begin() as connection:
        unfolded_s, unfolded = _measure(lambda: read_months(connection, campaign_id))
        scratch_s, rows = _measure(lambda: connection.execute(_FROM_SCRATCH, {"campaign": campaign_id}).all())
    with app.begin() as connection:
        fold_s, _ = _measure(lambda: fold_roll_up(connection))
    with app.begin() as connection:
        folded_s, folded = _measure(lambda: read_months(connection, campaign_id))
    return {
        "read_ms": round(unfolded_s * 1e3, 1), "fold_ms": round(fold_s * 1e3, 1),
        "read_folded_ms": round(folded_s * 1e3, 1), "count_from_scratch_ms": round(scratch_s * 1e3, 1),
        "equal_to_a_count_from_scratch": unfolded == folded == {row[0]: row[1] for row in rows},
    }  # fmt: skip


def _measure(work: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    found = work()
    return time.perf_counter() - started, found


if __name__ == "__main__":
    main(sys.argv[1:])
