"""The database: engines by role, sessions, time limits, and which errors are an outage."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session, sessionmaker

from config import database_roles
from config.database_roles import derive_password

# SQLSTATE classes: no connection, rollback, not supported, no disk or memory, wrong state, stopped, files, server bug.
# Errors of the data are no outage: 22 (data), 23 (constraints) and 54 (limits of a statement) count against a message.
_OUTAGE_CLASSES: Final = frozenset({"08", "28", "40", "53", "55", "57", "58", "F0", "XX"})
_OUTAGE_CODES: Final = frozenset(
    {"25006", "25P03", "25P04"}  # the database is read-only, as a standby is; the server ended an idle transaction
    | {"42501", "42P01", "3D000", "3F000"}  # rights or tables are missing: a restore or a migration runs
)
_RESERVE_IDS = text("SELECT nextval(pg_get_serial_sequence(:table, 'id')) FROM generate_series(1, :count)")
_PLAN_AFRESH = text("SET LOCAL plan_cache_mode = force_custom_plan")


class Role(StrEnum):
    """The database roles, each with the least rights that it needs (granted in the migrations)."""

    OWNER = "owner"  # migrations and operators' commands: the account of DATABASE_URL
    GIVEN = "given"  # the account of another URL
    APP = database_roles.APP  # web and worker: may not change append-only tables or the schema
    PUBLIC = database_roles.PUBLIC  # public pages: releases and nothing else


# TCP keepalive: after about so many seconds the kernel reports a host that vanished. A Unix socket ignores it.
_LIVELINESS: Final = {
    "keepalives_idle": 10, "keepalives_interval": 3, "keepalives_count": 3, "tcp_user_timeout": 10_000,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Limits:
    """Time limits in seconds: for a statement and for a lock (by the server), to connect, and for any answer.

    The limit of the answer is checked on our side, because a server whose process hangs ends no statement by itself.
    """

    statement_s: float
    lock_s: float
    connect_s: int
    answer_s: float


# Shorter than a gateway waits: a server that hangs is then an outage, like a server that is down.
INTAKE_LIMITS: Final = Limits(statement_s=5, lock_s=5, connect_s=2, answer_s=6)
PAGE_LIMITS: Final = Limits(statement_s=12, lock_s=5, connect_s=2, answer_s=14)


class BoundedConnection(psycopg.Connection[Any]):
    """A connection that is closed when the server's answer takes longer than `answer_s` seconds."""

    answer_s: float | None = None

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait for the server, as the driver does. Raises OperationalError when the time is over."""
        limit_s = self.answer_s if timeout is None else timeout
        try:
            return super().wait(gen, interval, limit_s)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                self.pgconn.finish()  # the answer is still outstanding, and the connection cannot be used again
            raise


@dataclass(frozen=True, slots=True)
class Database:
    """One engine for a role, and the connections and sessions over it."""

    engine: Engine

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """Open a connection with a transaction that commits at the end."""
        with self.engine.begin() as connection:
            yield connection

    @contextmanager
    def look(self) -> Iterator[Connection]:
        """Open an autocommit connection for polling: every statement is its own transaction."""
        with self.engine.connect() as connection:
            yield connection.execution_options(isolation_level="AUTOCOMMIT")

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Open a session with a transaction that commits at the end."""
        with sessionmaker(self.engine, expire_on_commit=False).begin() as session:
            yield session

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def open_database(
    url: str,
    role: Role,
    prepare: Callable[[], None] | None = None,
    *,
    pool_size: int = 5,
    limits: Limits | None = None,
    **options: Any,
) -> Database:
    """Open a connection pool that signs in as `role`.

    No connection is made before the first use; `prepare` is called first.
    """
    url = sign_in_as(url, role) if role in (Role.APP, Role.PUBLIC) else url
    engine = make_engine(url, pool_size=pool_size, max_overflow=pool_size, pool_pre_ping=True, **options)
    if prepare is not None:
        before_connect(engine, prepare)
    if limits is not None:
        limit(engine, limits)
    return Database(engine)


def make_engine(url: str, **options: Any) -> Engine:
    """Make an engine whose errors hide the values of a statement, which are people's words and numbers."""
    return create_engine(url, hide_parameters=True, **options)


def before_connect(engine: Engine, prepare: Callable[[], None]) -> None:
    """Call `prepare` before every new connection. It starts a server that is not running."""

    def call(*_arguments: Any) -> None:
        prepare()

    event.listen(engine, "do_connect", call)


def limit(engine: Engine, limits: Limits) -> None:
    """Set the time limits of every connection of the engine. A wait beyond them raises OperationalError."""

    def connect(_dialect: Any, _record: Any, arguments: Any, keywords: Any) -> BoundedConnection:
        link = BoundedConnection.connect(*arguments, **{**_LIVELINESS, **keywords, "connect_timeout": limits.connect_s})
        link.answer_s = limits.answer_s
        return link

    def tell(link: Any, _record: Any) -> None:
        autocommit, link.autocommit = link.autocommit, True
        link.execute(
            f"SET statement_timeout = {limits.statement_s * 1000:.0f}; SET lock_timeout = {limits.lock_s * 1000:.0f}"
        )
        link.autocommit = autocommit

    event.listen(engine, "do_connect", connect)
    event.listen(engine, "connect", tell)


def sign_in_as(url: str, role: Role, owner_url: str | None = None) -> str:
    """Make the URL with which the role signs in. `owner_url` is DATABASE_URL, and `url` is that or a replica of it."""
    owner, signed = make_url(owner_url or url), make_url(url)
    secret = owner.password or owner.query.get("password")
    password = derive_password(secret if isinstance(secret, str) else None, role.value)
    plain = signed.difference_update_query(["user", "password"])
    return plain._replace(username=role.value, password=password).render_as_string(hide_password=False)


def plan_afresh(connection: Connection) -> None:
    """Make the server plan every statement in the rest of the transaction for its own values (force_custom_plan).

    A statement that runs often keeps a generic plan. A plan made while the tables were nearly empty scans full tables
    until their statistics are updated a minute later: in a flood that took nine tenths of the worker's time. Use this
    for statements over many rows: each costs up to a millisecond more.
    """
    connection.execute(_PLAN_AFRESH)


def reserve_ids(connection: Connection, table: str, count: int) -> list[int]:
    """Reserve ids that no other row of a table gets, in rising order.

    Rows that bring their ids need not be read back, and are sent as one pipeline of a prepared statement.
    """
    return sorted(connection.execute(_RESERVE_IDS, {"table": table, "count": count}).scalars())


def is_outage(error: BaseException) -> bool:
    """Return whether an error means that the database was unavailable, full, locked or stopped.

    The same statement may succeed later.
    """
    if isinstance(error, PoolTimeout):
        return True
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or (error.orig is not None and is_outage(error.orig))
    if not isinstance(error, psycopg.Error):
        return False
    if error.sqlstate is None:  # nothing came from the server
        return isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError))
    return error.sqlstate[:2] in _OUTAGE_CLASSES or error.sqlstate in _OUTAGE_CODES


def raise_unless_outage(error: BaseException) -> None:
    """Raise an error of the database again unless `is_outage`. For callers that go on without the database."""
    if isinstance(error, DBAPIError) and not is_outage(error):
        raise error
