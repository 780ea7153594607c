"""While the database is down, hangs or is locked everybody hears 503 in time, and no word that was written is lost."""

import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import cache, partial
from os import kill
from pathlib import Path
from urllib.parse import urlencode

import psycopg
import pytest
from flask import Flask
from sqlalchemy import text
from werkzeug.test import Client, TestResponse

from config.local.embedded_servers import PrivateServers
from config.local.process import wait_until
from reporting.accounts.api_key import add_key
from reporting.accounts.role import VOLUNTEER
from reporting.app import create_app
from reporting.bootstrap import Program
from reporting.db import Role, open_database
from reporting.schema import upgrade_schema
from tests.busy import find_margin
from tests.child import stopping_servers
from tests.collect_phone import add_account, spell_basic
from tests.conftest import AUTH_TOKEN, add_campaign, make_settings
from tests.gateway import sign, twilio_form
from tests.own_server import socket_client

# On a machine that has nothing else to do; Answers.margin says how many times longer it may be.
LATEST_S = 20  # every way in; a webhook's own is below
WEBHOOK_LATEST_S = 13  # Twilio waits 15
WRONG_LATEST_S = 4  # a busy machine may take long, and a loop that waits for the database longer
WORDS = 'पानी छैन, no water <since> "Monday"'
REPORT = {"id": "6f1c1f0e-0000-4000-8000-000000000001", "campaign": "test", "text": WORDS, "topic": "water"}


@dataclass(frozen=True)
class Site:
    """The application on a PostgreSQL of its own, which may be harmed."""

    servers: PrivateServers
    program: Program
    app: Flask
    key: str
    gateway: Client  # by a socket: our own server

    def bring(self, number: int) -> TestResponse:
        """An SMS by webhook."""
        form = twilio_form(f"no water {number}", sid=f"SM{time.monotonic_ns():032x}")
        headers = sign("http://localhost/channels/twilio/sms", form, AUTH_TOKEN)
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        return self.gateway.post("/channels/twilio/sms", data=urlencode(form), headers=headers)

    def bring_wrongly(self) -> TestResponse:
        """An SMS without a signature, for which no database is asked."""
        return self.gateway.post("/channels/twilio/sms", data="a=b")

    def report(self) -> TestResponse:
        """The web form without JavaScript, in French."""
        return self.app.test_client().post("/report?lang=fr", data=REPORT)

    def report_by_script(self) -> TestResponse:
        """The web form with JavaScript."""
        return self.app.test_client().post("/report", data=REPORT, headers={"Accept": "application/json"})

    def call(self) -> TestResponse:
        """A partner's program."""
        headers = {"Authorization": f"Bearer {self.key}"}
        return self.app.test_client().post("/api/v1/messages", json={"id": "a", "text": WORDS}, headers=headers)

    def collect(self) -> TestResponse:
        """ODK Collect."""
        return self.app.test_client().get("/openrosa/formList", headers=spell_basic("vera"))

    def look(self) -> TestResponse:
        """A page that anybody may see."""
        return self.app.test_client().get("/data/")

    def front(self) -> TestResponse:
        """A page that needs the database for its footer alone."""
        return self.app.test_client().get("/")

    def ready(self) -> TestResponse:
        """Who watches over the installation."""
        return self.app.test_client().get("/readyz")


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateServers]:
    """Private servers that no other test uses."""
    own = PrivateServers(tmp_path_factory.mktemp("away"))
    with stopping_servers(own.var):
        own.start()
        owner = open_database(own.database_url, Role.OWNER)
        with owner.begin() as connection:
            upgrade_schema(connection)
            add_campaign(connection)
        owner.close()
        yield own


@pytest.fixture(scope="module")
def site(servers: PrivateServers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The application with an account and a partner."""
    settings = make_settings(tmp_path_factory.mktemp("site"))
    program = Program(replace(settings, is_development=False), servers.database_url, servers.redis_url)
    app = create_app(program)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    with program.owner.begin() as connection:
        [campaign] = connection.execute(text("SELECT id FROM campaign")).scalars()
        key = add_key(connection, campaign, "partner")
    add_account(app, program, "vera", VOLUNTEER)
    with socket_client(app, settings) as gateway:
        yield Site(servers, program, app, key, gateway)
    program.close()


def make_ready(site: Site) -> None:
    """No message is stored but one, and all connections were used already."""
    with site.program.owner.begin() as connection:
        connection.execute(text("TRUNCATE message CASCADE"))
    calls = (site.bring(0), site.look(), site.collect(), site.front())
    assert [answer.status_code for answer in calls] == [200] * 4
    assert wait_until(lambda: site.program.intake._loop._link is not None, 120)  # as it is but for the first ones


@contextmanager
def locked(site: Site) -> Iterator[None]:
    """The table of messages is locked, as by a migration."""
    with psycopg.connect(site.servers.database_url.replace("+psycopg", "")) as link:
        link.execute("LOCK TABLE message IN ACCESS EXCLUSIVE MODE")
        yield


@contextmanager
def stopped(site: Site) -> Iterator[None]:
    """Every process of PostgreSQL hangs."""
    postmaster = site.servers.postgres_pid()
    assert postmaster is not None
    pids = [postmaster, *_children(postmaster)]
    try:
        for pid in pids:
            kill(pid, signal.SIGSTOP)
        yield
    finally:
        for pid in pids:
            kill(pid, signal.SIGCONT)


@contextmanager
def down(site: Site) -> Iterator[None]:
    """PostgreSQL is not there."""
    postmaster = site.servers.postgres_pid()
    assert postmaster is not None
    kill(postmaster, signal.SIGINT)
    while site.servers.postgres_pid() is not None:
        time.sleep(0.05)
    try:
        yield
    finally:
        site.servers.start()


def _children(parent: int) -> list[int]:
    stats = [path.read_text() for path in Path("/proc").glob("[0-9]*/stat") if path.exists()]
    return [int(stat.split()[0]) for stat in stats if int(stat.rsplit(")", 1)[1].split()[1]) == parent]


Told = tuple[TestResponse, float]  # an answer and how many seconds it took


def time_it(call: Callable[[], TestResponse]) -> Told:
    """What is answered, and how long it takes."""
    start = time.monotonic()
    return call(), time.monotonic() - start


@dataclass(frozen=True)
class Answers:
    """What everybody heard who called at once while something was wrong, and what they hear as soon as it is over."""

    webhooks: list[Told]
    wrong_webhooks: list[Told]  # one after the other, as long as the others wait
    others: dict[str, Told]  # by the name of the call
    afterwards: dict[str, int]
    margin: float  # how busy the machine was meanwhile


Harm = Callable[[Site], AbstractContextManager[None]]
Observe = Callable[[Harm], Answers]


@pytest.fixture(scope="module")
def observe(site: Site) -> Observe:
    """Does a harm once for all tests, as everybody waits for their limits in it."""
    calls: dict[str, Callable[[], TestResponse]] = {
        call.__name__: call
        for call in (site.report, site.report_by_script, site.call, site.collect, site.look, site.front, site.ready)
    }

    @cache
    def harm_it(harm: Harm) -> Answers:
        make_ready(site)
        margin = find_margin()
        with ThreadPoolExecutor(20 + len(calls)) as pool, harm(site):
            webhooks = [pool.submit(time_it, partial(site.bring, number)) for number in range(20)]
            others = {name: pool.submit(time_it, call) for name, call in calls.items()}
            wrong = []
            while not all(call.done() for call in webhooks):
                wrong.append(time_it(site.bring_wrongly))
                time.sleep(0.1)
            told = [call.result() for call in webhooks], wrong, {name: call.result() for name, call in others.items()}
        afterwards = {"bring": site.bring(21), **{name: calls[name]() for name in ("report", "collect", "look")}}
        statuses = {name: answer.status_code for name, answer in afterwards.items()}
        return Answers(*told, statuses, max(margin, find_margin()))

    return harm_it


@pytest.mark.parametrize("harm", [locked, stopped, down])
def test_a_webhook_hears_503_while_its_gateway_still_waits(observe: Observe, harm: Harm) -> None:
    answers = observe(harm)
    assert {told.status_code for told, _ in answers.webhooks} == {503}
    assert max(seconds for _, seconds in answers.webhooks) < WEBHOOK_LATEST_S * answers.margin
    assert answers.afterwards["bring"] == 200  # as soon as it is back


@pytest.mark.parametrize("harm", [locked, stopped])
def test_while_messages_wait_for_a_database_that_hangs_others_are_answered(observe: Observe, harm: Harm) -> None:
    answers = observe(harm)
    assert {told.status_code for told, _ in answers.wrong_webhooks} == {403}
    assert len(answers.wrong_webhooks) > 5
    assert max(seconds for _, seconds in answers.wrong_webhooks) < WRONG_LATEST_S * answers.margin
    assert {told.status_code for told, _ in answers.webhooks} == {503}


def test_a_lock_that_goes_in_time_costs_no_message(site: Site) -> None:
    make_ready(site)
    with ThreadPoolExecutor(20) as pool:
        with locked(site):
            calls = [pool.submit(site.bring, number) for number in range(20)]
            while not _is_waiting(site):
                time.sleep(0.05)
        assert [call.result().status_code for call in calls] == [200] * 20
    with site.program.owner.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM message")).scalar_one() == 21


def _is_waiting(site: Site) -> bool:
    with site.program.owner.begin() as connection:
        return bool(connection.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar_one())


@pytest.mark.parametrize("harm", [locked, stopped, down])
def test_form_and_programs_hear_503_each_in_its_own_words(observe: Observe, harm: Harm) -> None:
    answers = observe(harm)
    told = [answers.others[name] for name in ("report", "report_by_script", "call")]
    assert max(seconds for _, seconds in told) < 2 * LATEST_S * answers.margin
    (page, _), (script, _), (program, _) = told
    assert [page.status_code, script.status_code, program.status_code] == [503] * 3
    assert {each.headers["Retry-After"] for each, _ in told} == {"10"}
    assert script.get_json()["faults"]
    assert program.content_type == "application/problem+json"
    assert "no water &lt;since&gt; &#34;Monday&#34;</textarea>" in page.text
    assert "Envoyez-le encore une fois" in page.text
    assert f'name="id" value="{REPORT["id"]}"' in page.text
    assert answers.afterwards["report"] == 201  # the same again, as the page sends it


@pytest.mark.parametrize("harm", [locked, stopped, down])
def test_a_page_that_needs_no_database_is_there_with_its_footer(observe: Observe, harm: Harm) -> None:
    answers = observe(harm)
    answer, seconds = answers.others["front"]
    assert answer.status_code == 200
    assert "Privacy notice" in answer.text
    assert seconds < LATEST_S / 2 * answers.margin


@pytest.mark.parametrize("harm", [stopped, down])
def test_phones_and_readers_hear_503(observe: Observe, harm: Harm) -> None:
    answers = observe(harm)
    told = [answers.others[name][0] for name in ("collect", "look", "ready")]
    assert [each.status_code for each in told] == [503] * 3
    assert "OpenRosaResponse" in told[0].text
    assert "Please try again in a moment" in told[1].text
    assert [answers.afterwards["collect"], answers.afterwards["look"]] == [200, 200]
