"""The database: engines by role, sessions, and the way in that waits for a server which is starting."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.orm import Session, sessionmaker

_PLAN_AFRESH = text("SET LOCAL plan_cache_mode = force_custom_plan")


class Role(StrEnum):
    """Database roles, each with the least it needs (granted in the migrations)."""

    OWNER = "owner"  # migrations and operators' commands: whoever DATABASE_URL signs in as
    APP = "baraza_app"  # web and worker: no change of what is appended, no schema
    PUBLIC = "baraza_public"  # public pages: releases and nothing else


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
    url: str, role: Role, prepare: Callable[[], None] | None = None, *, pool_size: int = 5, **options: Any
) -> Database:
    """Open a pool that acts as `role`. Nothing is connected before the first use; `prepare` is called before it."""
    engine = make_engine(url, pool_size=pool_size, max_overflow=pool_size, pool_pre_ping=True, **options)
    if prepare is not None:
        before_connect(engine, prepare)
    if role is not Role.OWNER:
        take_role(engine, role)
    return Database(engine)


def make_engine(url: str, **options: Any) -> Engine:
    """An engine whose errors say nothing of the values of a statement: they are people's words and numbers."""
    return create_engine(url, hide_parameters=True, **options)


def before_connect(engine: Engine, prepare: Callable[[], None]) -> None:
    """Call `prepare` before every new connection (it starts a server that is not running)."""

    def call(*_arguments: Any) -> None:
        prepare()

    event.listen(engine, "do_connect", call)


def take_role(engine: Engine, role: Role) -> None:
    """Let every connection of the engine act as `role`."""

    def take(link: Any, _record: Any) -> None:
        autocommit, link.autocommit = link.autocommit, True
        link.execute(f'SET ROLE "{role.value}"')
        link.autocommit = autocommit

    event.listen(engine, "connect", take)


def plan_afresh(connection: Connection) -> None:
    """Let every statement of the rest of the transaction be planned for its own values and for the tables as they are.

    A statement run often keeps a plan for any values, and one that was made while the tables were nearly empty reads
    them from end to end once they are full, until their statistics are gathered again a minute later: in a flood that
    took nine tenths of the worker's time. For statements over many rows: each costs up to a millisecond more.
    """
    connection.execute(_PLAN_AFRESH)
