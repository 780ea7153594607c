"""The one place that builds the program from its settings. A test that passes others here needs no other set-up."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import redis
from sqlalchemy import Engine, create_engine

from channels.base import Channel, DeliveryReport, InboundMessage, Sender
from channels.simulated import SimulatedSender
from channels.twilio import TwilioChannel, TwilioSender
from config.private_server import PrivateServers
from config.queue import INBOX
from config.settings import Settings
from reporting.db import Database, Role, before_connect, open_database, take_role
from reporting.intake.pseudonym import Pseudonyms
from reporting.intake.store import Intake
from reporting.intake.waker import Waker
from reporting.triage.pipeline import Pipeline
from reporting.triage.reader import Readers

_WEB_THREADS = 16


@dataclass(frozen=True)
class Program:
    """The parts, built when they are first used. Opening nothing makes `--help` fast and tests free to replace."""

    settings: Settings
    database_url: str
    redis_url: str
    servers: PrivateServers | None = None  # the embedded default, where an address is not configured

    @cached_property
    def _is_started(self) -> bool:
        if self.servers is not None:
            self.servers.start()
        return True

    def start_servers(self) -> None:
        """Start the private servers if they are used and not running. Raises PrivateServerError."""
        _ = self._is_started

    @cached_property
    def owner(self) -> Database:
        """The database as its owner: migrations and operators' commands."""
        return open_database(self.database_url, Role.OWNER, self.start_servers)

    @cached_property
    def app(self) -> Database:
        """The database as web and worker see it."""
        return open_database(self.database_url, Role.APP, self.start_servers, pool_size=_WEB_THREADS)

    @cached_property
    def public(self) -> Database:
        """The database as the public sees it: releases only, from the replica where there is one."""
        url = normalise_database_url(self.settings.database_replica_url or self.database_url)
        return open_database(url, Role.PUBLIC, self.start_servers, pool_size=_WEB_THREADS)

    @cached_property
    def pseudonyms(self) -> Pseudonyms:
        """Hashing and sealing of numbers."""
        return Pseudonyms(self.settings.contact_pepper)

    @cached_property
    def intake(self) -> Intake:
        """The durable way in."""
        return Intake(self._open_intake(), self.pseudonyms)

    def _open_intake(self) -> Engine:
        # Autocommit: the one INSERT is a transaction and a round trip of its own. No ping before it: a dead connection
        # shows in the statement, which is then repeated.
        engine = create_engine(
            self.database_url,
            pool_size=_WEB_THREADS,
            max_overflow=_WEB_THREADS,
            isolation_level="AUTOCOMMIT",
            connect_args={"connect_timeout": 3},
        )
        before_connect(engine, self.start_servers)
        take_role(engine, Role.APP)
        return engine

    @cached_property
    def waker(self) -> Waker:
        """Wake-ups for the workers."""
        return Waker(self.redis_url)

    @cached_property
    def redis(self) -> redis.Redis:
        """The queue's server."""
        return redis.Redis.from_url(self.redis_url, socket_connect_timeout=2, socket_timeout=5)

    @cached_property
    def pipeline(self) -> Pipeline:
        """The way of a message from the inbox to the moderators' queue."""
        return Pipeline(Readers(), self.pseudonyms, frozenset(self.senders))

    @cached_property
    def channels(self) -> dict[str, Channel]:
        """The ways in."""
        return {"twilio": TwilioChannel(self.settings.twilio_auth_tokens)}

    @cached_property
    def senders(self) -> dict[str, Sender]:
        """The ways out. Without a Twilio account there is none, but for the simulator's in development."""
        settings = self.settings
        if settings.twilio_account_sid is None:
            return {"twilio": SimulatedSender()} if settings.is_development else {}
        status_url = f"{settings.public_url}/channels/twilio/status"
        return {
            "twilio": TwilioSender(
                settings.twilio_account_sid,
                settings.twilio_auth_tokens[0],
                api_url=settings.twilio_api_url,
                status_url=status_url if settings.is_https else None,
            )
        }

    def take_in(self, channel: str, items: Sequence[InboundMessage | DeliveryReport]) -> None:
        """Store what a gateway brought, then wake a worker. This is the sink of the webhooks."""
        for item in items:
            if isinstance(item, InboundMessage):
                self.intake.accept(channel, item)
                self.waker.wake(INBOX)
            else:
                self.intake.note_delivery(channel, item)

    def close(self) -> None:
        """Give back what was opened."""
        for name in ("owner", "app", "public"):
            if name in self.__dict__:
                self.__dict__[name].close()
        if "intake" in self.__dict__:
            self.intake.engine.dispose()


def bootstrap(settings: Settings) -> Program:
    """Build the program. Where an address is not configured the private servers are used, started at the first need.

    Raises PrivateServerError.
    """
    database, queue = settings.database_url, settings.redis_url
    servers = PrivateServers(settings.var) if database is None or queue is None else None
    if servers is not None:
        database, queue = database or servers.database_url, queue or servers.redis_url
    assert database is not None  # noqa: S101  # one of the two is there, for the type checker
    assert queue is not None  # noqa: S101
    return Program(settings, normalise_database_url(database), queue, servers)


def normalise_database_url(url: str) -> str:
    """The usual spellings of a PostgreSQL URL, with the driver we use."""
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url
