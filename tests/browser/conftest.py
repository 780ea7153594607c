"""The real thing in a real browser: web server and worker as processes of their own, and a Chromium."""

import os
import secrets
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis
from flask_security import hash_password
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from psycopg.errors import DeadlockDetected
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import OperationalError

from config.local.embedded_servers import PrivateServers
from config.settings import load_settings
from geo.gazetteer.load_places import load_places
from geo.types import PlaceRow
from reporting.accounts.role import MODERATOR, SUPERVISOR
from reporting.app import create_app
from reporting.bootstrap import Program, bootstrap
from tests.child import start_child
from tests.conftest import AUTH_TOKEN, ROOT
from tests.factories.moderation import Desk, make_desk
from tests.port import find_free_port, is_ready

PASSWORD = "a password of the tests"
CHROMIUM_ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
# The square of the desk is 85 to 86 east and 27 to 28 north.
PLACES = (
    PlaceRow("1", "Bhaktapur", 27.67, 85.43, population=80_000),
    PlaceRow("2", "Dhulikhel", 27.62, 85.55, population=16_000),
)
PATIENCE_MS = 60_000  # for a state to come: a busy machine is many times slower, and whoever waits longer loses nothing
_START_TIMEOUT_S = 240
expect.set_options(timeout=PATIENCE_MS)  # Playwright would wait five seconds


@dataclass(frozen=True)
class Live:
    """A running installation: its address, and its database to prepare and to look into."""

    address: str
    program: Program
    campaign: int

    @contextmanager
    def desk(self) -> Iterator[Desk]:
        """The moderators' desk in a transaction that commits."""
        with self.program.owner.begin() as connection:
            yield Desk(connection, self.campaign, _next_numbers(connection))


def _next_numbers(connection: Connection) -> Iterator[int]:
    last = connection.execute(text("SELECT coalesce(max(id), 0) FROM report")).scalar_one()
    return iter(range(int(last) + 1, 10**7))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests; each test has a context of its own in it."""
    # The one without windows needs a quarter of the processor time for a visitor.
    program = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if program is None:
        pytest.skip("no browser is installed: apt-get install chromium-headless-shell, or chromium")
    if not (ROOT / "reporting/web/static/vendor/.stamp").exists():
        pytest.skip("the front-end assets are not built: script/assets")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=CHROMIUM_ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A visitor who speaks English and has never been here."""
    made = browser.new_context(locale="en", viewport={"width": 1280, "height": 800})
    made.set_default_timeout(PATIENCE_MS)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that fails its test when the browser reported an error: a script's, or of the content security policy."""
    made = context.new_page()
    faults: list[str] = []
    made.on("pageerror", lambda error: faults.append(str(error)))
    made.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    yield made
    assert faults == []


@pytest.fixture(scope="session")
def database(servers: PrivateServers, template: str) -> Iterator[str]:
    """URL of one database for all the tests in the browser: starting the processes takes longer than emptying it."""
    name = f"browser_{os.getpid()}_{secrets.token_hex(3)}"
    engine = create_engine(servers.database_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
    yield servers.database_url_of(name)
    with engine.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    engine.dispose()


@pytest.fixture(scope="session")
def installation(database: str, live_redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """Web and worker as they run in development, and the program with the same settings to look on."""
    folder = tmp_path_factory.mktemp("live")
    port = find_free_port()
    redis.Redis.from_url(live_redis_url).flushdb()
    environment = os.environ | {
        "DATABASE_URL": database,
        "REDIS_URL": live_redis_url,
        "BARAZA_ENV": "development",
        "BARAZA_VAR": str(folder),
        "PORT": str(port),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "SECRET_KEY": "a-secret-of-the-tests",
        "CONTACT_PEPPER": "a-pepper-of-the-tests",
        "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
    }
    with (folder / "log").open("wb") as log:
        processes = [
            start_child([sys.executable, "-m", module], cwd=ROOT, env=environment, stdout=log, stderr=log)
            for module in ("config.local.web_server", "reporting.jobs.worker")
        ]
        try:
            _wait_until_ready(port, folder / "log")
            with pytest.MonkeyPatch.context() as patch:
                for name, value in environment.items():
                    patch.setenv(name, value)
                program = bootstrap(load_settings())
            yield program
            program.close()
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait(120)


@pytest.fixture
def live(installation: Program) -> Live:
    """The installation with nothing in it but a campaign, two places and an account of each kind."""
    _empty(installation)
    return Live(installation.settings.public_url, installation, _furnish(installation))


def _empty(installation: Program) -> None:
    """Drop every row, and try again after a deadlock.

    The worker may still process something of the test before. PostgreSQL ends one of two transactions that wait for
    each other.
    """
    for is_last in (False, False, False, True):
        try:
            with installation.owner.begin() as connection:
                connection.execute(text("TRUNCATE campaign, message, account, decision, access_log, release CASCADE"))
        except OperationalError as error:
            if is_last or not isinstance(error.orig, DeadlockDetected):
                raise
        else:
            return


def sign_in(page: Page, live: Live, name: str) -> None:
    """Fill in the form and come to the queue."""
    page.goto(f"{live.address}/account/sign-in?next=/moderate/")
    page.get_by_label("E-mail address").fill(f"{name}@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.locator("main form button").click()
    page.wait_for_url("**/moderate/")


def press(page: Page, key: str) -> None:
    """Press one of the report page's keys once its script listens: only that shows the button of the keys."""
    expect(page.locator("button.help")).to_be_visible()
    wait_until_painted(page)
    page.keyboard.press(key)


def wait_until_painted(page: Page) -> None:
    """Return when keys and clicks reach the page: the browser drops those that come before it has painted it."""
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def _furnish(program: Program) -> int:
    app = create_app(program)
    with program.owner.begin() as connection:
        desk = make_desk(connection)
        load_places(connection, desk.campaign_id, PLACES, "test")
        desk.add_person("ama", MODERATOR)
        desk.add_person("sita", SUPERVISOR)
        with app.app_context():
            connection.execute(text("UPDATE account SET password = :hashed"), {"hashed": hash_password(PASSWORD)})
    return desk.campaign_id


def _wait_until_ready(port: int, log: Path) -> None:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while not is_ready(port):
        if time.monotonic() > deadline:
            pytest.fail(f"the server does not start:\n{log.read_text()[-2000:]}")
        time.sleep(0.1)
