"""The composition root: the one place that builds the program from its settings.

A test that passes other parts here needs no other set-up.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, partial

import redis
from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from channels.base.gateway import Channel, Gateway, MailboxAccess, OutboundChannel
from channels.base.items import InboundMessage
from channels.built_in.simulator import SimulatedSender
from channels.registry import make_gateways
from channels.twilio import channel as twilio
from config.errors import SettingsError
from config.languages.load import use_folder
from config.local.embedded_servers import PrivateServers
from config.settings import Settings
from reporting.crypto.audit_key import derive_audit_key
from reporting.crypto.content_ids import key_id
from reporting.crypto.noise_key import derive_noise_key
from reporting.crypto.pseudonyms import Pseudonyms
from reporting.crypto.sample_key import derive_sample_key
from reporting.db import (
    INTAKE_LIMITS,
    PAGE_LIMITS,
    Database,
    Role,
    before_connect,
    limit,
    make_engine,
    open_database,
    sign_in_as,
)
from reporting.extraction.reader import TextAnalysers
from reporting.grants import RightsError, is_usable, set_password
from reporting.inbox.imap import MailFetch
from reporting.inbox.multipart import MultipartStore
from reporting.inbox.receive import Receiver
from reporting.inbox.reconciliation import Reconciliation
from reporting.inbox.store import Intake
from reporting.inbox.ussd import UssdMenu
from reporting.inbox.wakeup import WorkerWakeup
from reporting.media.backends import open_place
from reporting.media.download import Fetcher
from reporting.media.storage import MediaStore, SealedStore
from reporting.media.worker import MediaWork
from reporting.outbox.delivery_reports import DeliveryReports
from reporting.outbox.pull_gateway import PullDelivery
from reporting.processing.batch import Pipeline

_DRIVER = "postgresql+psycopg"
_WEB_THREADS = 16
_MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Program:
    """The parts of the program.

    Each is built at its first use, so that `--help` is fast and tests can replace parts.
    """

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
        """The database with the owner's role, for migrations and operators' commands."""
        return open_database(self.database_url, Role.OWNER, self.start_servers)

    @cached_property
    def app(self) -> Database:
        """The database with the role of web and worker."""
        return open_database(self.app_url, Role.GIVEN, self.start_servers, pool_size=_WEB_THREADS)

    def secure_accounts(self) -> None:
        """Make sure that both database accounts can sign in, with the passwords derived for them.

        Raises RightsError where an account cannot be used.
        """
        given = {Role.APP: self.settings.database_app_url, Role.PUBLIC: self.settings.database_public_url}
        for role, url in ((Role.APP, self.app_url), (Role.PUBLIC, self.public_url)):
            if is_usable(url):
                continue
            password = make_url(sign_in_as(self.database_url, role)).password
            if password and not given[role]:
                with self.owner.begin() as connection:
                    set_password(connection, role.value, password)
            if not is_usable(url):
                raise RightsError(
                    f"the database role {role.value} cannot sign in or read; set DATABASE_{role.name}_URL, or see"
                    " docs/settings.md for what DATABASE_URL's account must be allowed to"
                )

    @property
    def app_url(self) -> str:
        """The database URL of web and worker."""
        given = self.settings.database_app_url
        return normalise_database_url(given) if given else sign_in_as(self.database_url, Role.APP)

    @cached_property
    def web(self) -> Database:
        """The database for pages and API calls, with time limits so that none waits for ever."""
        return open_database(self.app_url, Role.GIVEN, self.start_servers, pool_size=_WEB_THREADS, limits=PAGE_LIMITS)

    @cached_property
    def webhooks(self) -> Database:
        """The database for webhooks besides storing a message, with time limits shorter than a gateway's patience."""
        return open_database(self.app_url, Role.GIVEN, self.start_servers, pool_size=_WEB_THREADS, limits=INTAKE_LIMITS)

    @cached_property
    def public(self) -> Database:
        """The database with the public role, which reads releases only; the replica where there is one."""
        return open_database(
            self.public_url, Role.GIVEN, self.start_servers, pool_size=_WEB_THREADS, limits=PAGE_LIMITS
        )

    @cached_property
    def exports(self) -> Database:
        """The same as `public` without time limits, for files of releases, which may take a minute to write."""
        return open_database(self.public_url, Role.GIVEN, self.start_servers, pool_size=1)

    @property
    def public_url(self) -> str:
        """The database URL of the public pages."""
        if given := self.settings.database_public_url:
            return normalise_database_url(given)
        url = normalise_database_url(self.settings.database_replica_url or self.database_url)
        return sign_in_as(url, Role.PUBLIC, self.database_url)

    @cached_property
    def pseudonyms(self) -> Pseudonyms:
        """The hashing and encryption of addresses."""
        return Pseudonyms(self.settings.contact_pepper)

    @cached_property
    def noise_key(self) -> bytes:
        """The key of the noise of published figures."""
        return derive_noise_key(self.settings.contact_pepper)

    @cached_property
    def sample_key(self) -> bytes:
        """The key of the sample of decided reports that are read a second time."""
        return derive_sample_key(self.settings.contact_pepper)

    @cached_property
    def audit_key(self) -> bytes:
        """The key of the chain over the decision log and the access log."""
        return derive_audit_key(self.settings.contact_pepper)

    @cached_property
    def intake(self) -> Intake:
        """The durable store for inbound messages."""
        return Intake(self._open_intake(), self.pseudonyms)

    @cached_property
    def delivery_reports(self) -> DeliveryReports:
        """The store for delivery reports; uses the connections of the intake."""
        return DeliveryReports(self.intake.engine)

    @cached_property
    def parts(self) -> MultipartStore:
        """The store where segments of a concatenated SMS wait for each other."""
        return MultipartStore(self.webhooks, self.pseudonyms)

    @cached_property
    def menu(self) -> UssdMenu:
        """The USSD menu."""
        return UssdMenu(self.webhooks, self.intake, self.pseudonyms)

    def _open_intake(self) -> Engine:
        # Autocommit: the one INSERT is its own transaction, in one round trip. There is no ping before it: a dead
        # connection makes the INSERT fail, and the INSERT is then repeated.
        engine = make_engine(
            self.app_url,
            pool_size=_WEB_THREADS,
            max_overflow=_WEB_THREADS,
            isolation_level="AUTOCOMMIT",
        )
        before_connect(engine, self.start_servers)
        limit(engine, INTAKE_LIMITS)
        return engine

    @cached_property
    def media_store(self) -> MediaStore:
        """The encrypted store for pictures."""
        place = open_place(self.settings.media_url, self.settings.var / "media")
        return SealedStore(place, self.pseudonyms)

    @cached_property
    def media_work(self) -> MediaWork:
        """The worker's processing of pictures and recordings."""
        access = {name: gateway.media for name, gateway in self.gateways.items() if gateway.media is not None}
        fetcher = Fetcher(self.settings.media_max_mb * _MEGABYTE)
        return MediaWork(self.app, self.pseudonyms, self.media_store, fetcher, access)

    @cached_property
    def waker(self) -> WorkerWakeup:
        """The wake-up calls for the workers."""
        return WorkerWakeup(self.redis_url)

    @cached_property
    def redis(self) -> redis.Redis:
        """The Redis server of the queues."""
        return redis.Redis.from_url(self.redis_url, socket_connect_timeout=2, socket_timeout=5)

    @cached_property
    def pipeline(self) -> Pipeline:
        """The processing of a message from the inbox to the moderation queue."""
        return Pipeline(TextAnalysers(), self.pseudonyms, self.reply_channels)

    @cached_property
    def gateways(self) -> dict[str, Gateway]:
        """The gateways by channel name: Twilio from the settings, the others from the channels file."""
        settings = self.settings
        return {twilio.NAME: self._make_twilio(), **make_gateways(settings.channels, settings.public_url)}

    def _make_twilio(self) -> Gateway:
        settings = self.settings
        options = {
            "auth_tokens": list(settings.twilio_auth_tokens),
            "shared_keys": dict(settings.twilio_shared_keys),
            "answers_keywords": settings.twilio_answers_keywords,
            "account_sid": settings.twilio_account_sid,
            "api_url": settings.twilio_api_url,
        }
        gateway = twilio.ADAPTER.make(twilio.NAME, options, settings.public_url)
        # Without an account nothing is sent. In development the simulator's phone receives the messages.
        if gateway.sender is None and settings.is_development:
            return replace(gateway, sender=SimulatedSender())
        return gateway

    @cached_property
    def channels(self) -> dict[str, Channel]:
        """The inbound channels by name."""
        return {name: gateway.channel for name, gateway in self.gateways.items() if gateway.channel is not None}

    @cached_property
    def senders(self) -> dict[str, OutboundChannel]:
        """The outbound channels that this program calls, by name."""
        return {name: gateway.sender for name, gateway in self.gateways.items() if gateway.sender is not None}

    @cached_property
    def rates(self) -> dict[str, float | None]:
        """The rate limits of the outbound channels in messages a second; None without a limit."""
        return {name: gateway.texts_per_second for name, gateway in self.gateways.items()}

    @cached_property
    def handover(self) -> PullDelivery:
        """The delivery to pull gateways, which fetch their messages."""
        return PullDelivery(self.webhooks, self.pseudonyms)

    @cached_property
    def reply_channels(self) -> frozenset[str]:
        """The names of the channels on which a sender can be answered."""
        return frozenset(name for name, gateway in self.gateways.items() if gateway.sender or gateway.is_polling)

    @cached_property
    def receiver(self) -> Receiver:
        """The receiver of all that gateways send, which the webhooks call as their sink."""
        return Receiver(self.intake, self.parts, self.menu, self.waker, self.delivery_reports.record, self.handover)

    def make_reconciliation(self, rest: Callable[[], None]) -> Reconciliation:
        """Make the reconciliation with gateways' logs. `rest` is called after each batch."""
        return Reconciliation(self.app, self.pseudonyms, self.delivery_reports.record, rest)

    def make_mail_fetch(self, channel: str, access: MailboxAccess) -> MailFetch:
        """Make the IMAP fetch of a channel's mailbox."""

        def keep(message: InboundMessage) -> None:
            self.receiver.receive(channel, [message])

        spell_id = partial(key_id, self.pseudonyms)
        return MailFetch(channel, access, self.app.engine, keep, self.media_store, spell_id)

    def close(self) -> None:
        """Close the databases and the intake that were opened."""
        for name in ("owner", "app", "web", "webhooks", "public"):
            if name in self.__dict__:
                self.__dict__[name].close()
        if "intake" in self.__dict__:
            self.intake.close()


def bootstrap(settings: Settings) -> Program:
    """Build the program. Where an address is not configured, private servers are used and started at their first use.

    Raises PrivateServerError, and SettingsError for a language's file that cannot be read.
    """
    use_folder(settings.languages_folder)
    database, queue = settings.database_url, settings.redis_url
    servers = PrivateServers(settings.var) if database is None or queue is None else None
    if servers is not None:
        database, queue = database or servers.database_url, queue or servers.redis_url
    assert database is not None  # noqa: S101  # one of the two is there, for the type checker
    assert queue is not None  # noqa: S101
    return Program(settings, normalise_database_url(database), queue, servers)


def normalise_database_url(url: str) -> str:
    """Normalise the usual spellings of a PostgreSQL URL to the driver that is used here.

    Raises SettingsError, which does not repeat the URL since it may hold a password.
    """
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            url = _DRIVER + "://" + url.removeprefix(prefix)
    try:
        is_known = make_url(url).drivername == _DRIVER
    except (ArgumentError, ValueError):
        is_known = False
    if not is_known:
        raise SettingsError("DATABASE_URL takes postgresql://account:password@host/database, percent-encoded")
    return url
