"""The database: engines by role, sessions, and the way in that waits for a server which is starting."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.orm import Session, sessionmaker

from config.settings import Settings


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
    def session(self) -> Iterator[Session]:
        """A session in a transaction that commits at the end."""
        with sessionmaker(self.engine, expire_on_commit=False).begin() as session:
            yield session

    def close(self) -> None:
        """Give every pooled connection back."""
        self.engine.dispose()


def open_database(url: str, role: Role, *, pool_size: int = 5, **options: Any) -> Database:
    """Open a pool that acts as `role`. Nothing is connected before the first use."""
    engine = create_engine(url, pool_size=pool_size, max_overflow=pool_size, pool_pre_ping=True, **options)
    if role is not Role.OWNER:
        event.listen(engine, "connect", _take_role(role))
    return Database(engine)


def _take_role(role: Role) -> Callable[[Any, Any], None]:
    def take(link: Any, _record: Any) -> None:
        autocommit, link.autocommit = link.autocommit, True
        link.execute(f'SET ROLE "{role.value}"')
        link.autocommit = autocommit

    return take


def public_url(settings: Settings, database_url: str) -> str:
    """Public reads may go to a streaming replica."""
    return settings.database_replica_url or database_url
