"""The database: engines by role, sessions, and the way in that waits for a server which is starting."""

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

# Of SQLSTATE: no connection, transaction undone, no room or memory, not now, told to stop, files, a bug of the server.
# Never what a message says: that is 22 (data), 23 (constraints) and 54 (limits of a statement), and counts against it.
_OUTAGE_CLASSES: Final = frozenset({"08", "28", "40", "53", "55", "57", "58", "F0", "XX"})
_OUTAGE_CODES: Final = frozenset(
    {"25006", "25P03", "25P04"}  # the database is read-only, as a standby is; the server ended an idle transaction
    | {"42501", "42P01", "3D000", "3F000"}  # rights or tables are not there: somebody restores, or brings it up to date
)
_PLAN_AFRESH = text("SET LOCAL plan_cache_mode = force_custom_plan")


class Role(StrEnum):
    """Database roles, each with the least it needs (granted in the migrations)."""

    OWNER = "owner"  # migrations and operators' commands: whoever DATABASE_URL signs in as
    GIVEN = "given"  # whoever another URL signs in as
    APP = database_roles.APP  # web and worker: no change of what is appended, no schema
    PUBLIC = database_roles.PUBLIC  # public pages: releases and nothing else


# Of a host that vanished without a word the kernel tells within so many seconds; a socket of files has no use for it.
_LIVELINESS: Final = {
    "keepalives_idle": 10, "keepalives_interval": 3, "keepalives_count": 3, "tcp_user_timeout": 10_000,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Limits:
    """How long the database may take: the server for a statement and for a lock; to connect; and for any answer.

    The last one is ours: a server whose process hangs ends no statement by itself.
    """

    statement_s: float
    lock_s: float
    connect_s: int
    answer_s: float


# Shorter than the patience of a gateway, so that what hangs is an outage like a server that is down.
INTAKE_LIMITS: Final = Limits(statement_s=5, lock_s=5, connect_s=2, answer_s=6)
PAGE_LIMITS: Final = Limits(statement_s=12, lock_s=5, connect_s=2, answer_s=14)


class BoundedConnection(psycopg.Connection[Any]):
    """A connection that is given up when the server's answer takes longer than `answer_s`."""

    answer_s: float | None = None

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait for the server, as the driver does. Raises OperationalError when the time is over."""
        limit_s = self.answer_s if timeout is None else timeout
        try:
            return super().wait(gen, interval, limit_s)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                self.pgconn.finish()  # the answer is outstanding, and nobody will wait for it
            raise


@dataclass(frozen=True, slots=True)
class Database:
    """One engine for a role and the sessions over it."""

    engine: Engine

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A connection in a transaction that commits at the end."""
        with self.engine.begin() as connection:
            yield connection

    @contextmanager
    def look(self) -> Iterator[Connection]:
        """A connection whose every statement stands alone: for reading one thing again and again."""
        with self.engine.connect() as connection:
            yield connection.execution_options(isolation_level="AUTOCOMMIT")

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session in a transaction that commits at the end."""
        with sessionmaker(self.engine, expire_on_commit=False).begin() as session:
            yield session

    def close(self) -> None:
        """Give every pooled connection back."""
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
    """Open a pool that signs in as `role`. Nothing is connected before the first use; `prepare` is called before it."""
    url = sign_in_as(url, role) if role in (Role.APP, Role.PUBLIC) else url
    engine = make_engine(url, pool_size=pool_size, max_overflow=pool_size, pool_pre_ping=True, **options)
    if prepare is not None:
        before_connect(engine, prepare)
    if limits is not None:
        limit(engine, limits)
    return Database(engine)


def make_engine(url: str, **options: Any) -> Engine:
    """An engine whose errors say nothing of the values of a statement: they are people's words and numbers."""
    return create_engine(url, hide_parameters=True, **options)


def before_connect(engine: Engine, prepare: Callable[[], None]) -> None:
    """Call `prepare` before every new connection (it starts a server that is not running)."""

    def call(*_arguments: Any) -> None:
        prepare()

    event.listen(engine, "do_connect", call)


def limit(engine: Engine, limits: Limits) -> None:
    """Let no connection of the engine wait longer than the limits say. Raises OperationalError where one would."""

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
    """The URL with which the role signs in, where `owner_url` is DATABASE_URL and `url` that or a replica of it."""
    owner, signed = make_url(owner_url or url), make_url(url)
    secret = owner.password or owner.query.get("password")
    password = derive_password(secret if isinstance(secret, str) else None, role.value)
    plain = signed.difference_update_query(["user", "password"])
    return plain._replace(username=role.value, password=password).render_as_string(hide_password=False)


def plan_afresh(connection: Connection) -> None:
    """Let every statement of the rest of the transaction be planned for its own values and for the tables as they are.

    A statement run often keeps a plan for any values, and one that was made while the tables were nearly empty reads
    them from end to end once they are full, until their statistics are gathered again a minute later: in a flood that
    took nine tenths of the worker's time. For statements over many rows: each costs up to a millisecond more.
    """
    connection.execute(_PLAN_AFRESH)


def is_outage(error: BaseException) -> bool:
    """Whether the database was away, full, locked or told to stop, so that the same statement is right another time."""
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
    """Raise an error of the database again unless `is_outage`: for those who go on without the database."""
    if isinstance(error, DBAPIError) and not is_outage(error):
        raise error
