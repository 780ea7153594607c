"""What is looked up for every batch reads few rows, however many messages there are and whatever plan was kept."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Connection, text

from reporting.bootstrap import Program
from reporting.inbox.duplicates import drop_marks, find_repeats
from reporting.inbox.rate_limit import wait_for_earlier
from reporting.inbox.work_queue import claim, count_waiting, find_overtaken, has_ordinary

PAST, WAITING = 6_000, 400
_SENDER = "decode('aabb', 'hex')"
_FILL = f"""
INSERT INTO message (channel, external_id, direction, address_hash, content_hash, text, state, priority, received_at)
SELECT 'twilio', 'test-' || number, 'in',
       CASE WHEN number % 2 = 0 OR number > {PAST} THEN {_SENDER} ELSE int8send(number) END, int8send(number), 'words',
       CASE WHEN number > {PAST} THEN 'received' ELSE 'processed' END, CASE WHEN number > {PAST} THEN 3 ELSE 0 END,
       now() - interval '1 hour'
  FROM generate_series(1, {PAST + WAITING}) AS number
"""
_READ = "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'message'"


@pytest.fixture
def connection(program: Program) -> Iterator[Connection]:
    """A worker's connection whose plans are all kept ones, over many messages of which one sender wrote half."""
    with program.owner.begin() as owner:
        owner.execute(text(_FILL))
        owner.execute(text("ANALYZE message"))
    with program.app.begin() as connection:
        connection.execute(text("SET LOCAL plan_cache_mode = force_generic_plan"))
        driver = connection.connection.driver_connection
        assert driver is not None
        before, driver.prepare_threshold = driver.prepare_threshold, 0
        yield connection
        driver.prepare_threshold = before


@pytest.mark.parametrize(
    "look_up",
    [
        has_ordinary,
        drop_marks,
        lambda connection: claim(connection, 10),
        lambda connection: find_overtaken(connection, claim(connection, 10)),
        lambda connection: find_repeats(connection, claim(connection, 10)),
        lambda connection: wait_for_earlier(connection, [message.id for message in claim(connection, 10)]),
    ],
    ids=["has_ordinary", "drop_marks", "claim", "find_overtaken", "find_repeats", "wait_for_earlier"],
)
def test_few_messages_are_read(connection: Connection, look_up: Callable[[Connection], object]) -> None:
    before = connection.execute(text(_READ)).scalar_one()
    look_up(connection)
    assert connection.execute(text(_READ)).scalar_one() - before <= 200


def test_what_waits_is_counted_without_the_rest(connection: Connection) -> None:
    before = connection.execute(text(_READ)).scalar_one()
    assert count_waiting(connection) == WAITING
    assert connection.execute(text(_READ)).scalar_one() - before <= 2 * WAITING
