"""A test's database is as the migrations make it, whatever the test before did to the one that it had."""

import os
from collections.abc import Callable, Iterator

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from config.local.embedded_servers import PrivateServers
from reporting.db import Role, open_database
from tests.databases import Databases, administer
from tests.factories.release import make_world


@pytest.fixture
def databases(servers: PrivateServers, template: str) -> Iterator[Databases]:
    """Databases that no other test has."""
    made = Databases(servers, template)
    yield made
    made.close()


def furnish(url: str) -> int:
    """A campaign with areas and reports; its id."""
    database = open_database(url, Role.OWNER)
    with database.begin() as connection:
        world = make_world(connection)
        world.add_reports(range(12))
    database.close()
    return world.campaign_id


def find_oid(servers: PrivateServers, url: str) -> int:
    """The number of the database, which stays when its name changes."""
    with administer(servers) as link:
        [[oid]] = link.execute("SELECT oid FROM pg_database WHERE datname = %s", [make_url(url).database])
    return int(oid)


def describe(servers: PrivateServers, url: str) -> list[object]:
    """What a test could notice: rows by table, sequences, and what the planner knows."""
    with administer(servers, str(make_url(url).database)) as link:
        tables = [name for (name,) in link.execute("SELECT relname FROM pg_stat_user_tables ORDER BY 1")]
        rows = [link.execute(f'SELECT count(*) FROM "{name}"').fetchone() for name in tables]
        sequences = link.execute("SELECT sequencename, last_value, start_value FROM pg_sequences ORDER BY 1").fetchall()
        planner = link.execute(
            "SELECT relname, relpages, reltuples, pg_relation_size(oid) FROM pg_class WHERE relkind = 'r'"
            " AND relnamespace = 'public'::regnamespace AND relname <> 'spatial_ref_sys' ORDER BY 1"
        ).fetchall()
    return [tables, rows, sequences, planner]


def test_rows_are_taken_out_and_numbers_begin_again(servers: PrivateServers, databases: Databases) -> None:
    with databases.lend("test") as url:
        first, new = find_oid(servers, url), describe(servers, url)
        campaign = furnish(url)
        assert describe(servers, url) != new
    with databases.lend("test") as again:
        assert again != url  # who stayed behind does not find it
        assert find_oid(servers, again) == first
        assert describe(servers, again) == new
        assert furnish(again) == campaign


CHANGES = {
    "a table": "CREATE TABLE stray (id int)",
    "a column": "ALTER TABLE report ADD COLUMN stray text",
    "a default": "ALTER TABLE report ALTER COLUMN text SET DEFAULT 'stray'",
    "a check": "ALTER TABLE message ADD CHECK (text <> 'stray')",
    "an index": "CREATE INDEX ON report (text)",
    "a trigger that is off": "ALTER TABLE decision DISABLE TRIGGER USER",
    "a function": "CREATE FUNCTION stray() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "a right": "GRANT DELETE ON decision TO baraza_public",
    "a right to a column": "GRANT SELECT (text) ON message TO baraza_public",
    "a right that is gone": "REVOKE SELECT ON message FROM baraza_app",
    "a schema": "CREATE SCHEMA stray",
    "a policy": "CREATE POLICY stray ON report USING (true)",
    "statistics": "ANALYZE database_grant",
    "a setting": "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = 65536', current_database()); END $$",
    "the revision": "UPDATE alembic_version SET version_num = '0001'",
    "the note of rights": "DELETE FROM database_grant",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_is_more_than_rows_is_noticed(
    servers: PrivateServers, databases: Databases, shared_database_url: str, change: str
) -> None:
    with (
        administer(servers, str(make_url(shared_database_url).database)) as link,
        link.transaction(force_rollback=True),
    ):
        before = databases.read_fingerprint(link)
        assert databases.read_fingerprint(link) == before
        link.execute(change)
        assert databases.read_fingerprint(link) != before


def test_what_is_more_than_rows_is_handed_to_nobody(servers: PrivateServers, databases: Databases) -> None:
    with databases.lend("test") as url:
        first = find_oid(servers, url)
        with administer(servers, str(make_url(url).database)) as link:
            link.execute("ALTER TABLE report ADD COLUMN stray text")
    with databases.lend("test") as again:
        assert find_oid(servers, again) != first


def drop_it(link: psycopg.Connection, name: str) -> None:
    link.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def close_it(link: psycopg.Connection, name: str) -> None:
    link.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')


@pytest.mark.parametrize("harm", [drop_it, close_it])
def test_one_that_is_gone_or_closed_is_followed_by_another(
    servers: PrivateServers, databases: Databases, harm: Callable[[psycopg.Connection, str], None]
) -> None:
    with databases.lend("test") as url, administer(servers) as link:
        harm(link, str(make_url(url).database))
    with databases.lend("test") as again:
        assert furnish(again)


def test_whoever_still_speaks_to_it_is_sent_away(databases: Databases) -> None:
    with databases.lend("test") as url:
        database = open_database(url, Role.OWNER)
        connection = database.engine.connect()
        connection.execute(text("LOCK TABLE message"))
    with databases.lend("test") as again:
        with pytest.raises(OperationalError):
            connection.execute(text("SELECT 1"))
        assert furnish(again)
    database.close()


def test_two_at_once_are_two(servers: PrivateServers, databases: Databases) -> None:
    with databases.lend("test") as one, databases.lend("test") as other:
        assert find_oid(servers, one) != find_oid(servers, other)
        assert f"_{os.getpid()}_" in other
