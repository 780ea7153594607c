"""Fixtures: real PostGIS and Redis, a database as new for each test that commits, a rolled back transaction else."""

import gc
import os
import secrets
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings as hypothesis_settings
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Connection, text
from werkzeug.datastructures import ImmutableDict
from xdist.scheduler import LoadScopeScheduling

import config.loading
from config.local.embedded_servers import PrivateServers
from config.settings import Settings
from reporting.app import create_app
from reporting.bootstrap import Program
from reporting.campaigns.campaign import create_campaign, read_definition
from reporting.db import Role, open_database
from reporting.schema import upgrade_schema
from reporting.web.edge.application import PageFlask
from tests.child import end_worker_with_parent
from tests.databases import Databases, administer, copy, drop
from tests.fake_twilio import FakeTwilio, run_fake_twilio

config.loading.end_loading()
# The same examples in each run, so that a change is judged by what it changes; HYPOTHESIS_PROFILE=random draws others.
hypothesis_settings.register_profile("same", derandomize=True)
hypothesis_settings.register_profile("random")
hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))
ROOT = Path(__file__).resolve().parent.parent
AUTH_TOKEN = "a-token-of-the-tests"
LINE = "+15005550006"

SMALL_CAMPAIGN = """
slug: test
name: A small campaign
country: NP
languages: [ne, en]
timezone: Asia/Kathmandu
lines:
  - channel: twilio
    address: "+15005550006"
topics:
  - code: water
    name: {en: Water, ne: पानी}
    keywords: {en: [water, tap, pipe], ne: [pani, dhara, पानी]}
    window_hours: 72
  - code: road
    name: {en: Roads, ne: सडक}
    keywords: {en: [road, pothole, landslide], ne: [bato, sadak, pahiro]}
    window_hours: 336
"""


TOGETHER = ("tests/browser/", "tests/acceptance/")  # each has one browser, or one installation, for all its tests
# What takes longest begins first, so that no process waits for another at the end; what waits, between what works.
LONGEST = (
    *TOGETHER,
    "tests/integration/test_kill.py",
    "tests/functional/web/test_nothing_sent_breaks_a_page.py",
    "tests/integration/config/backup/test_backup_meanwhile.py",
    "tests/integration/conversation/test_conversations.py",
    "tests/integration/config/local/test_privilege.py",
    "tests/functional/web/api/test_api_contract.py",
    "tests/integration/config/local/test_crowd.py",
    "tests/unit/disclosure/test_attacks.py",
    "tests/functional/test_processor_time.py",
    "tests/integration/config/local/test_install_guide.py",
    "tests/integration/processing/test_haiti.py",
    "tests/integration/config/backup/test_backup.py",
    "tests/rules/test_migrations.py",
    "tests/functional/test_ids_of_log_lines.py",
    "tests/channels/test_fuzz.py",
    "tests/functional/web/edge/test_database_unavailable.py",
    "tests/unit/config/table_file/test_table_file.py",
    "tests/integration/config/test_channels_file.py",
    "tests/integration/media/test_media.py",
    "tests/integration/config/local/test_private_server.py",
    "tests/integration/inbox/test_reconcile.py",
    "tests/integration/incidents/test_incident_machine.py",
    "tests/integration/commands/test_every_command.py",
    "tests/integration/jobs/test_watch.py",
    "tests/unit/config/test_memo.py",
)


class _CompiledTemplates(BytecodeCache):
    """Templates as one application compiled them, for all that the tests of a process make: half of a page's time."""

    def __init__(self) -> None:
        self._codes: dict[str, object] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get(bucket.key + bucket.checksum)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._codes[bucket.key + bucket.checksum] = bucket.code


# What every application of this process has, whoever creates it. A hash is slow on purpose: one round will do here.
PageFlask.jinja_options = {"bytecode_cache": _CompiledTemplates()}
PageFlask.default_config = ImmutableDict(
    PageFlask.default_config
    | {"SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS": {"argon2__time_cost": 1, "argon2__memory_cost": 64}}
)


class _ByFile(LoadScopeScheduling):
    """A file's tests stay on one worker, as they share its fixtures; so do those of some folders."""

    def _split_scope(self, nodeid: str) -> str:
        return next((folder for folder in TOGETHER if nodeid.startswith(folder)), nodeid.partition("::")[0])


def pytest_configure(config: pytest.Config) -> None:
    """A worker does not outlive the process that it works for, and what its tests started does not outlive it."""
    if hasattr(config, "workerinput"):
        end_worker_with_parent()
        gc.disable()  # while seven thousand tests are collected, which stay


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The order in which workers are given files; one process has that of their names."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: _rank(item.nodeid))


def pytest_collection_finish() -> None:
    """Exclude what was imported and collected from garbage collection: each test would have it looked through anew."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


def _rank(nodeid: str) -> int:
    return next((rank for rank, begin in enumerate(LONGEST) if nodeid.startswith(begin)), len(LONGEST))


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadScopeScheduling | None:
    """What --dist loadfile means here."""
    return _ByFile(config, log) if config.getvalue("dist") == "loadfile" else None


def shared_data() -> Path | None:
    """The folder of real data, where there is one: tests that read it skip with the reason where there is none."""
    folder = Path(os.environ.get("BARAZA_SHARED") or ROOT.parent / "shared") / "data"
    return folder if folder.is_dir() else None


@pytest.fixture(scope="session")
def servers() -> PrivateServers:
    """The servers of the tests: private ones under `var/test`; script/test stops them."""
    found = PrivateServers(Path(os.environ.get("BARAZA_VAR") or ROOT / "var" / "test"))
    found.start()
    with administer(found) as link:
        link.execute("SELECT pg_advisory_lock(1)")  # the workers come here together, and two may not change it at once
        for setting in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum"):
            link.execute(f"ALTER SYSTEM SET {setting} = off")
        link.execute("SELECT pg_reload_conf()")
    return found


@pytest.fixture(scope="session")
def template(servers: PrivateServers) -> Iterator[str]:
    """Name of a database with the schema at head, to be copied."""
    name = f"template_{os.getpid()}_{secrets.token_hex(3)}"
    with administer(servers) as link:
        link.execute(f'CREATE DATABASE "{name}"')
    database = open_database(servers.database_url_of(name), Role.OWNER)
    with database.begin() as connection:
        upgrade_schema(connection)
    database.close()
    yield name
    with administer(servers) as link:
        drop(link, name)


@pytest.fixture(scope="session")
def databases(servers: PrivateServers, template: str) -> Iterator[Databases]:
    """Databases to lend to one test after the other."""
    made = Databases(servers, template)
    yield made
    made.close()


@pytest.fixture
def database_url(databases: Databases) -> Iterator[str]:
    """URL of a database as the migrations make it, whose name and rows are this test's alone."""
    with databases.lend("test") as url:
        yield url


@pytest.fixture(scope="session")
def redis_url(servers: PrivateServers, worker_id: str) -> str:
    """URL of a database within the tests' Redis that the tests of no other worker speak to."""
    return f"{servers.redis_url}?db={choose_redis_databases(worker_id)[0]}"


@pytest.fixture(scope="session")
def live_redis_url(servers: PrivateServers, worker_id: str) -> str:
    """URL of another such database, for processes that must get no wake-ups of the tests beside them."""
    return f"{servers.redis_url}?db={choose_redis_databases(worker_id)[1]}"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings as a development machine has them."""
    return make_settings(tmp_path)


def make_settings(var: Path) -> Settings:
    """Settings as a development machine has them, with this folder."""
    return Settings(
        var=var,
        port=8000,
        public_url="http://localhost",
        database_url=None,
        database_replica_url=None,
        redis_url=None,
        secret_key="a-secret-of-the-tests",
        contact_pepper="a-pepper-of-the-tests",
        twilio_account_sid=None,
        twilio_auth_tokens=(AUTH_TOKEN,),
        twilio_api_url=None,
        is_development=True,
        web_workers=1,
        metrics_token="token-of-metrics",
    )


@pytest.fixture
def program(settings: Settings, database_url: str, redis_url: str) -> Iterator[Program]:
    """The program on a fresh database."""
    built = Program(settings, database_url, redis_url)
    yield built
    built.close()


@pytest.fixture
def app(program: Program) -> Flask:
    """The web application on a fresh database."""
    made = create_app(program)
    made.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    return made


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without JavaScript."""
    return app.test_client()


def add_campaign(connection: Connection, definition: str = SMALL_CAMPAIGN) -> int:
    """A campaign of this definition, which is read once for the process: reading YAML takes longer than storing."""
    return create_campaign(connection, deepcopy(_read(definition)))


@cache
def _read(definition: str) -> dict[str, Any]:
    return read_definition(definition, "a campaign of the tests")


@pytest.fixture
def campaign(program: Program) -> int:
    """Id of a small campaign in Nepal with two topics and a line, in the program's database."""
    with program.owner.begin() as connection:
        return add_campaign(connection)


@pytest.fixture
def fake_twilio() -> Iterator[FakeTwilio]:
    """A stand-in for Twilio with a log and a memory; what it can do stands on top of tests/fake_twilio.py."""
    with run_fake_twilio() as fake:
        yield fake


@pytest.fixture(scope="session")
def shared_database_url(servers: PrivateServers, template: str) -> Iterator[str]:
    """URL of one database for all tests that roll back."""
    name = f"shared_{os.getpid()}_{secrets.token_hex(4)}"
    with administer(servers) as link:
        copy(link, template, name)
    yield servers.database_url_of(name)
    with administer(servers) as link:
        drop(link, name)


@pytest.fixture
def connection(shared_database_url: str) -> Iterator[Connection]:
    """A connection in a transaction that is rolled back after the test."""
    database = open_database(shared_database_url, Role.OWNER)
    with database.engine.connect() as link:
        link.execute(text("SET LOCAL ROLE baraza_app"))
        yield link
        link.rollback()
    database.close()


def choose_redis_databases(worker_id: str) -> tuple[int, int]:
    """Numbers of the two Redis databases of a worker (`gw0`, `gw1`, or `master` where there is but one process)."""
    number = int(worker_id.removeprefix("gw")) if worker_id != "master" else 0
    return 2 * number, 2 * number + 1
