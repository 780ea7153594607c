"""Copies of a text are looked for one by one also right after a load, when the statistics know of no sender yet."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, text

from channels.built_in.capabilities import ENUMERATED
from reporting.bootstrap import Program
from reporting.db import plan_afresh
from reporting.incidents.corroboration import FIND_ALIKE, mark_duplicates

EARLIER, NEW, BANDS = 2_000, 190, 6
_REPORTS = """
INSERT INTO report (campaign_id, reference, source, source_id, contact_id, text, text_key, reported_at, occurred_at,
                    state, incident_id)
SELECT :campaign_id, 'R' || number, 'sms', 'test-' || number, {contact},
       'report number ' || number || ' tells of something else than all the others', number, now(), now(), 'queued',
       (SELECT min(id) FROM incident)
  FROM generate_series(CAST(:first AS integer), CAST(:last AS integer)) AS number
"""
_CONTACTS = """
INSERT INTO contact (campaign_id, address_hash, channel)
SELECT :campaign_id, int8send(number), 'sms' FROM generate_series(1, :count) AS number
"""
_BANDS = """
INSERT INTO report_minhash (campaign_id, band, report_id)
SELECT campaign_id, id * 10 + band, id FROM report, generate_series(1, :bands) AS band ON CONFLICT DO NOTHING
"""


@pytest.fixture
def connection(program: Program, campaign: int) -> Iterator[Connection]:
    """A worker's connection: reports without senders were analysed, then as many with senders came."""
    contact = "(SELECT min(id) FROM contact) + number % :count"
    with program.owner.begin() as owner:
        owner.execute(text("INSERT INTO incident (campaign_id) VALUES (:campaign_id)"), {"campaign_id": campaign})
        owner.execute(text(_CONTACTS), {"campaign_id": campaign, "count": EARLIER})
        owner.execute(text(_REPORTS.format(contact="NULL")), {"campaign_id": campaign, "first": 1, "last": EARLIER})
        owner.execute(text(_BANDS), {"bands": BANDS})
        owner.execute(text("ANALYZE report, report_minhash"))
        values = {"campaign_id": campaign, "first": EARLIER + 1, "last": EARLIER + NEW, "count": EARLIER}
        owner.execute(text(_REPORTS.format(contact=contact)), values)
        owner.execute(text(_BANDS), {"bands": BANDS})
    with program.app.begin() as connection:
        yield connection


def test_earlier_reports_are_fetched_by_their_ids(connection: Connection) -> None:
    new = list(connection.execute(text("SELECT id FROM report ORDER BY id DESC LIMIT :new"), {"new": NEW}).scalars())
    plan_afresh(connection)
    values = {"ids": new, "hours": 24, "copies": 40, "near_copies": 20, "enumerated": list(ENUMERATED)}
    plan = [line for (line,) in connection.execute(text(f"EXPLAIN {FIND_ALIKE.text}"), values)]
    conditions = {line.strip() for line in plan if "Cond:" in line}
    assert not any("contact_id" in condition for condition in conditions), "all senders' reports are read"
    assert mark_duplicates(connection, new) == 0
