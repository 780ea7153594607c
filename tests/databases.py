"""Lends every test a database as the migrations make it, and empties the one of the test before where it can.

Copying a template takes half a second, as PostgreSQL copies hundreds of files; taking a test's rows out takes some
hundredths. Whatever a test changed beside rows (tables, functions, triggers, rights, statistics, what the migrations
put in) shows in the catalogues: such a database is dropped, and the next test gets a new copy.
"""

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy.engine import make_url

from config.local.embedded_servers import PrivateServers

_LEAVE_TIMEOUT_S = 120

# Tables of ours: those of an extension are nobody's to change.
_OURS = """
SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
 AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e')
 ORDER BY 1
"""
# A row that is written anew has another transaction's number in `xmin`. Schemas of temporary tables come and go.
_CATALOGUES = {
    "pg_attrdef": "true",
    "pg_attribute": "true",
    "pg_class": "relpersistence <> 't'",
    "pg_constraint": "true",
    "pg_db_role_setting": "setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())",
    "pg_default_acl": "true",
    "pg_event_trigger": "true",
    "pg_extension": "true",
    "pg_index": "true",
    "pg_largeobject_metadata": "true",
    "pg_namespace": "nspname !~ '^pg_(toast_)?temp_'",
    "pg_policy": "true",
    "pg_proc": "true",
    "pg_publication": "true",
    "pg_rewrite": "true",
    "pg_statistic": "starelid >= 16384",
    "pg_statistic_ext": "true",
    "pg_trigger": "true",
    "pg_type": "true",
}

Fingerprint = dict[str, tuple[int, object]]  # by catalogue or table: rows, and the sum of those who wrote them


class Databases:
    """Copies of a template, of which one is kept for the next test."""

    def __init__(self, servers: PrivateServers, template: str) -> None:
        self._servers = servers
        self._template = template
        self._link: psycopg.Connection | None = None  # to the server, kept open
        self._spare: tuple[str, Fingerprint] | None = None  # a database that is as new
        self._seeded: list[str] | None = None  # what the migrations filled

    @contextmanager
    def lend(self, prefix: str) -> Iterator[str]:
        """URL of a database as the migrations make it, under a name that no database had before."""
        name = f"{prefix}_{os.getpid()}_{secrets.token_hex(4)}"
        fingerprint = self._take(name)
        try:
            yield self._servers.database_url_of(name)
        finally:
            self._take_back(name, fingerprint)

    def close(self) -> None:
        """Drop the one that was kept."""
        if self._spare is not None:
            drop(self._administer(), self._spare[0])
            self._spare = None
        if self._link is not None:
            self._link.close()

    def _administer(self) -> psycopg.Connection:
        if self._link is not None:
            try:
                self._link.execute("SELECT 1")
            except psycopg.OperationalError:  # a test ended the server or all its connections
                self._link = None
        if self._link is None:
            self._link = administer(self._servers)
        return self._link

    def _take(self, name: str) -> Fingerprint:
        link = self._administer()
        if self._spare is not None:
            (old, fingerprint), self._spare = self._spare, None
            send_away(link, old)
            link.execute(f'ALTER DATABASE "{old}" RENAME TO "{name}"')  # nobody of before finds it
            return fingerprint
        copy(link, self._template, name)
        with administer(self._servers, name) as inside:
            return self.read_fingerprint(inside)

    def _take_back(self, name: str, fingerprint: Fingerprint) -> None:
        link = self._administer()
        send_away(link, name)
        renewed = self._renew(name, fingerprint) if self._spare is None else None
        if renewed is None:
            drop(link, name)
        else:
            self._spare = name, renewed

    def read_fingerprint(self, link: psycopg.Connection) -> Fingerprint:
        """What tells that more than rows was changed: how many rows catalogues have, and who wrote them.

        So it is with what the migrations filled.
        """
        if self._seeded is None:
            self._seeded = _list_filled(link)
        return _read_writers(link, dict.fromkeys(self._seeded, "true") | _CATALOGUES)

    def _renew(self, name: str, fingerprint: Fingerprint) -> Fingerprint | None:
        """Take out the rows and set the sequences back; None where more than that was changed."""
        try:
            with administer(self._servers, name) as link:
                if self.read_fingerprint(link) != fingerprint:
                    return None
                empty(link, self._seeded or [])
                estimates = {"pg_class": _CATALOGUES["pg_class"]}  # the one catalogue that this wrote
                return fingerprint | _read_writers(link, estimates)
        except psycopg.OperationalError:  # the test dropped or closed it
            return None


def administer(servers: PrivateServers, name: str = "postgres") -> psycopg.Connection:
    """A connection of the one who may do everything; every statement stands alone."""
    url = make_url(servers.database_url)
    return psycopg.connect(host=str(url.query["host"]), user=url.username, dbname=name, autocommit=True)


def copy(link: psycopg.Connection, template: str, name: str) -> None:
    """Make a database as a copy of another that nobody speaks to."""
    link.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')


def drop(link: psycopg.Connection, name: str) -> None:
    """Drop a database, whoever speaks to it."""
    link.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def empty(link: psycopg.Connection, kept: list[str]) -> None:
    """Take every row out of all tables but these, whatever guards them; let sequences and estimates be as new.

    TRUNCATE would write some files for each table, and for all those that refer to it.
    """
    filled = [table for table in _list_filled(link) if table not in kept]
    with link.transaction():
        link.execute("SET LOCAL session_replication_role = replica")  # neither triggers nor references
        for table in filled:
            link.execute(f"DELETE FROM {table}")
    if filled:
        link.execute(f"VACUUM {', '.join(filled)}")
    # A plan for a table that is known to be empty differs from one for a table that nobody counted.
    ours = [table for (table,) in link.execute(_OURS) if table not in kept]
    link.execute(
        "UPDATE pg_class SET relpages = 0, reltuples = -1, relallvisible = 0"
        " WHERE oid = ANY(%s::regclass[]) AND reltuples <> -1",
        [ours],
    )
    link.execute(
        "SELECT setval(seqrelid, seqstart, false) FROM pg_sequence WHERE pg_sequence_last_value(seqrelid) IS NOT NULL"
    )


def _list_filled(link: psycopg.Connection) -> list[str]:
    """Tables of ours that hold rows. Whether a file is empty is asked first: that opens no table, which takes long."""
    names = [
        name for (name,) in link.execute(f"SELECT * FROM ({_OURS}) AS ours (name) WHERE pg_relation_size(name) > 0")
    ]
    query = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in names)
    return [name for (name,) in link.execute(query)] if names else []


def _read_writers(link: psycopg.Connection, conditions: dict[str, str]) -> Fingerprint:
    parts = (
        f"SELECT '{name}', count(*), sum(xmin::text::bigint) FROM {name} WHERE {condition}"
        for name, condition in conditions.items()
    )
    return {name: (count, writers) for name, count, writers in link.execute(" UNION ALL ".join(parts))}


def send_away(link: psycopg.Connection, name: str) -> None:
    """End whoever still speaks to the database, and return when they are gone."""
    query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
    deadline = time.monotonic() + _LEAVE_TIMEOUT_S
    while link.execute(query, [name]).fetchall():
        assert time.monotonic() < deadline, "somebody stays in the database of a test"
