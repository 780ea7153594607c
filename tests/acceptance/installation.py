"""An installation of a tree: a database, a Redis and a folder of its own, with settings from the environment alone."""

import csv
import http.client
import json
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import psycopg
from psycopg.conninfo import conninfo_to_dict

from config.local.process import wait_until
from tests.acceptance.tree import COMMAND_TIMEOUT_S, Ended, Failed, Running, Tree, plain_environment
from tests.gateway import sign, twilio_form
from tests.port import find_free_port

LINE: Final = "+15005550006"
CAMPAIGN: Final = f"""
slug: acceptance
name: An acceptance campaign
country: NP
languages: [en, ne]
timezone: Asia/Kathmandu
lines:
  - channel: twilio
    address: "{LINE}"
topics:
  - code: water
    name: {{en: Water, ne: पानी}}
    keywords: {{en: [water, tap, pipe], ne: [pani, dhara, पानी]}}
    window_hours: 72
  - code: road
    name: {{en: Roads, ne: सडक}}
    keywords: {{en: [road, pothole, landslide], ne: [bato, sadak, pahiro]}}
    window_hours: 336
"""
# What a campaign must say before its pages open; trees before that refuse the words.
LISTENER: Final = """
organisation: The water office
contact: "+9771000000"
privacy_notice: {en: We keep what you write for a year.}
conversation:
  emergency_line: {en: "100"}
"""
_TOKEN: Final = "a-token-of-the-tests"
_ANSWER_TIMEOUT_S: Final = 180
_PROCESSED_TIMEOUT_S: Final = 240
_START_TIMEOUT_S: Final = 240


@dataclass(frozen=True)
class Answer:
    """An answer over HTTP."""

    status: int
    headers: http.client.HTTPMessage
    text: str = field(repr=False)


class Installation:
    """Whatever tests do with it goes by commands, addresses and, where a database is harmed or looked at, by SQL."""

    def __init__(self, tree: Tree, var: Path, database_url: str, redis_url: str, **settings: str) -> None:
        self.tree = tree
        self.var = var
        self.database_url = database_url
        self.redis_url = redis_url
        self.port = find_free_port()
        self.environment = plain_environment() | {
            "BARAZA_ENV": "production", "BARAZA_VAR": str(var), "PORT": str(self.port), "DATABASE_URL": database_url,
            "REDIS_URL": redis_url, "SECRET_KEY": "a-secret-of-the-tests", "CONTACT_PEPPER": "a-pepper-of-the-tests",
            "METRICS_TOKEN": "a-token-of-metrics", "TWILIO_AUTH_TOKEN": _TOKEN,
            "PUBLIC_URL": f"http://127.0.0.1:{self.port}", **settings,
        }  # fmt: skip

    # -- commands

    def start(self, *arguments: object, stdin: str = "", processor_s: int | None = None, **settings: str) -> Running:
        """Start `flask --app wsgi ARGUMENTS`."""
        environment = self.environment | settings
        return self.tree.start(
            "flask", "--app", "wsgi", *arguments, environment=environment, stdin=stdin, processor_s=processor_s
        )

    def try_command(
        self, *arguments: object, stdin: str = "", processor_s: int | None = None,
        timeout_s: float = COMMAND_TIMEOUT_S, **settings: str,
    ) -> Ended:  # fmt: skip
        """Run `flask --app wsgi ARGUMENTS`, however it ends."""
        return self.start(*arguments, stdin=stdin, processor_s=processor_s, **settings).wait(timeout_s)

    def command(self, *arguments: object, stdin: str = "", **settings: str) -> str:
        """What `flask --app wsgi ARGUMENTS` prints. Raises Failed where it ends with another code than 0."""
        ended = self.try_command(*arguments, stdin=stdin, **settings)
        if ended.code != 0:
            raise Failed(f"flask {' '.join(map(str, arguments))} ended with {ended.code}: {ended.stderr[-2000:]}")
        return ended.stdout

    def create_campaign(self) -> None:
        """Make the campaign of these tests."""
        definition = self.var / "campaign.yaml"
        says_who_listens = "--organisation" in self.command("campaign", "create", "--help")
        definition.write_text(CAMPAIGN + (LISTENER if says_who_listens else ""))
        self.command("campaign", "create", "--from", definition)

    def import_messages(self, rows: Sequence[Mapping[str, str]], channel: str = "twilio") -> None:
        """Store messages with `id`, `text` and perhaps `sender`, as if they had come by a channel."""
        path = self.var / f"{secrets.token_hex(4)}.csv"
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, ["id", "text", "sender"], lineterminator="\r\n")
            writer.writeheader()
            writer.writerows(rows)
        self.command("messages", "import", path, "--channel", channel)

    def wait_until_processed(self) -> None:
        """Wait until a worker that runs has processed what is stored. Raises Failed."""
        waiting = "SELECT 1 FROM message WHERE direction = 'in' AND state = 'received'"
        wait_for(lambda: not self.sql(waiting), "all messages are processed")

    def work(self) -> Ended:
        """Process what is stored."""
        return self.try_command("work", "--until-empty")

    def status(self) -> dict[str, int]:
        """`flask status --json`."""
        found: dict[str, int] = json.loads(self.command("status", "--json"))
        return found

    def export_messages(self) -> list[dict[str, str]]:
        """`flask messages export`: rows in the order of the file."""
        path = self.var / f"{secrets.token_hex(4)}.csv"
        self.command("messages", "export", "-o", path)
        with path.open(newline="", encoding="utf-8-sig") as file:
            return list(csv.DictReader(file))

    # -- over HTTP

    @contextmanager
    def serve(self) -> Iterator[Callable[[], str]]:
        """Answer at the port by `flask --app wsgi run`, until the end of the block; yields what reads its log."""
        with self._run([self.start("run", "--port", self.port)]) as read_log:
            yield read_log

    @contextmanager
    def serve_as_installed(self) -> Iterator[Callable[[], str]]:
        """Run web processes and a worker by the commands of the tree's docs/install.md; yields what reads their log."""
        commands = self.tree.list_processes()
        chosen = [commands[name] for name in ("web", "webhooks", "pages", "worker") if name in commands]
        with self._run([self.tree.start(*command, environment=self.environment) for command in chosen]) as read_log:
            yield read_log

    @contextmanager
    def _run(self, processes: Sequence[Running]) -> Iterator[Callable[[], str]]:
        def read_log() -> str:
            paths = [path for process in processes for path in (process.stdout, process.stderr)]
            return "".join(path.read_text(errors="replace") for path in paths)

        try:
            deadline = time.monotonic() + _START_TIMEOUT_S
            while not self.is_ready():
                if time.monotonic() > deadline:
                    raise Failed(f"no answer at the port: {read_log()[-2000:]}")
                time.sleep(0.05)
            yield read_log
        finally:
            for process in processes:
                process.kill()
            for process in processes:
                process.wait(_START_TIMEOUT_S)

    def is_ready(self) -> bool:
        """Whether somebody answers at the port and takes messages in."""
        with suppress(OSError, http.client.HTTPException):
            return self.call("GET", "/readyz").status == 200
        return False

    def call(
        self, method: str, path: str, body: str | bytes | None = None, headers: Mapping[str, str] | None = None,
        timeout_s: float = _ANSWER_TIMEOUT_S,
    ) -> Answer:  # fmt: skip
        """Call a running server. Raises TimeoutError and other OSErrors."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout_s)
        try:
            connection.request(method, path, body, dict(headers or {}))
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read().decode(errors="replace"))
        finally:
            connection.close()

    def post_form(
        self, path: str, form: Mapping[str, str], timeout_s: float = _ANSWER_TIMEOUT_S, **headers: str
    ) -> Answer:
        """Post fields as a browser does, without its cookies."""
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        return self.call("POST", path, urlencode(form), headers, timeout_s)

    def bring(
        self, text: str, *, sender: str = "+9779800000001", sid: str | None = None,
        timeout_s: float = _ANSWER_TIMEOUT_S,
    ) -> Answer:  # fmt: skip
        """Bring an SMS as Twilio does, with its signature."""
        form = twilio_form(text, sender=sender, campaign_address=LINE, sid=sid)
        path = "/channels/twilio/sms"
        signed = sign(f"{self.environment['PUBLIC_URL']}{path}", form, self.environment["TWILIO_AUTH_TOKEN"])
        return self.post_form(path, form, timeout_s, **signed)

    def metrics(self) -> Answer:
        """`/metrics` with the token of whoever operates it."""
        return self.call("GET", "/metrics", headers={"Authorization": f"Bearer {self.environment['METRICS_TOKEN']}"})

    # -- the database

    @property
    def database(self) -> str:
        """The database's name."""
        return str(conninfo_to_dict(self.database_url)["dbname"])

    @contextmanager
    def connect(self) -> Iterator["psycopg.Connection[Any]"]:
        """A connection as the owner of the database, each statement on its own."""
        with psycopg.connect(self.database_url, autocommit=True) as link:
            yield link

    @contextmanager
    def connect_beside(self) -> Iterator["psycopg.Connection[Any]"]:
        """A connection to another database of the same server."""
        with psycopg.connect(self.database_url, dbname="postgres", autocommit=True) as link:
            yield link

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        """Rows of a statement, where it has any."""
        with self.connect() as link:
            cursor = link.execute(statement)  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []

    def count_inbound(self) -> int:
        """Messages that came in, whether or not a worker has read them."""
        return int(self.sql("SELECT count(*) FROM message WHERE direction = 'in'")[0][0])

    def dump(self) -> list[str]:
        """Every row of every table of ours as text, so that a word is found wherever a tree keeps it."""
        tables = self.sql(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema') AND tablename <> 'spatial_ref_sys'"
        )
        return [f"{table}: {row}" for (table,) in tables for (row,) in self.sql(f"SELECT t::text FROM {table} t")]


def wait_for(is_so: Callable[[], bool], what: str, timeout_s: float = _PROCESSED_TIMEOUT_S) -> None:
    """Wait until something is so. Raises Failed."""
    if not wait_until(is_so, timeout_s):
        raise Failed(f"not so after {timeout_s:.0f} s: {what}")
