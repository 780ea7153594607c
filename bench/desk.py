"""What the desk costs a moderator: `script/bench desk`, a scripted one in Chromium over 2,001 Haiti messages.

The moderator knows what people knew of each message: its labels (`bench/haiti.yaml` says which topic they mean) and,
for one in ten, a point. They give a topic and a place where one is missing and known, correct a topic that is wrong,
reject what is labelled as not related, and approve the rest, by keys alone. A place is taken by its number where one of
those proposed is near, else found by its name: the nearest of the gazetteer, typed until it is among the first three.

Keys are key presses. Page loads are whole pages after the desk was opened. A wait is the time from the key that acts to
the second frame that the browser draws with its outcome, and from the last letter to the list of places.
"""

import argparse
import csv
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from unicodedata import combining, normalize

import yaml
from flask_security import hash_password
from playwright.sync_api import Browser, Page
from sqlalchemy import text

from bench.demonstration_site import chromium
from bench.haiti import Commands, set_up, write_reports
from bench.scratch import ROOT, free_port, parse_arguments, report, scratch_database, shared_data
from bench.site import web_site
from bench.texted import make_environment
from config.settings import load_settings
from geo.distance import distance_m
from reporting.accounts.role import MODERATOR, PERMISSIONS
from reporting.app import create_app
from reporting.bootstrap import Program

_MESSAGES: Final = 2_001
_QUICK: Final = 15
_READING_S: Final = 0.4  # far less than anybody takes to read, so that nothing is fetched ahead for free
_NEAR_M: Final = 15_000.0  # a proposed place so near to the known point is the right one
_LETTERS: Final = range(3, 9)
_FIRST: Final = 3  # of the list of places
PASSWORD: Final = "a password of the benchmark"  # noqa: S105 - of an account in a scratch database
PERSON: Final = "m@example.org"
_NEAREST: Final = """
    SELECT name FROM place ORDER BY geom <-> ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) LIMIT 1
"""
_TOGETHER: Final = """
    SELECT message.external_id FROM report AS own
      JOIN report AS other ON other.incident_id = own.incident_id AND other.state = 'queued' AND NOT other.is_sensitive
      JOIN message ON message.id = other.message_id
     WHERE own.id = :id
       AND NOT EXISTS (SELECT FROM duplicate_burst AS burst
                        WHERE burst.id = other.duplicate_burst_id AND burst.dismissed_at IS NULL)
"""
# The browser says when it has drawn what a key led to.
_WATCH: Final = """() => {
  const drawn = (done) => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now())));
  document.addEventListener("keydown", () => { window.keyAt = performance.now(); }, true);
  window.expectShown = () => { window.shown = new Promise((done) => {
    document.addEventListener("desk-shown", () => drawn(done), { once: true }); }); };
  window.expectListed = () => { window.shown = new Promise((done) => {
    const watch = new MutationObserver(() => { watch.disconnect(); drawn(done); });
    for (const id of ["find-list", "find-said"]) watch.observe(document.getElementById(id), { childList: true }); }); };
}"""


@dataclass(frozen=True)
class Truth:
    """What is known of a message: the codes of its topics, its point in degrees, and whether it belongs here."""

    topics: frozenset[str]
    at: tuple[float, float] | None
    is_related: bool


@dataclass
class Tally:
    """What one decision cost, on one report or on all that wait of its incident."""

    reports: int = 1
    keys: int = 0
    waits_ms: list[float] = field(default_factory=list)
    lacked_both: bool = False
    got_both: bool = False


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--reports", type=int, metavar="N", help="decide only so many of the 2,001")


def main(argv: Sequence[str] | None = None) -> None:
    """Fill the desk, let the moderator work, print, and write the JSON where asked."""
    arguments = parse_arguments(argv, __doc__ or "", _add_options)
    count = arguments.reports or (_QUICK if arguments.quick else _MESSAGES)
    data, port = shared_data() / "haiti", free_port()
    with scratch_database("desk") as (database_url, redis_url), tempfile.TemporaryDirectory() as folder:
        environment = make_environment(database_url, redis_url) | {"PUBLIC_URL": f"http://127.0.0.1:{port}"}
        os.environ.update(environment)  # passwords are hashed with the secret of the site
        messages = _fill(Commands(database_url, redis_url, environment), data, Path(folder), count)
        program = Program(load_settings(), database_url, redis_url)
        waiting = add_person(program)
        with web_site(port, environment), chromium() as browser:
            moderator = Moderator(browser, f"http://127.0.0.1:{port}", program, _read_truths(messages))
            figures = moderator.work(min(count, waiting))
        program.close()
    report({"waiting": waiting, **figures}, arguments.json)


def _fill(commands: Commands, data: Path, folder: Path, count: int) -> Path:
    """Bring the campaign, what it learned from, and the first messages of the file to the desk."""
    set_up(commands, data)
    commands.run("reports", "reports", "import", str(write_reports(data / "reports.csv", folder)), "--approved")
    messages = folder / "sms.csv"
    with (data / "sms.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))[: min(_MESSAGES, 2 * count)]
    with messages.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    columns = ("--text-column", "original", "--text-column", "english")
    commands.run("import", "messages", "import", str(messages), "--channel", "sms", *columns)
    commands.run("work", "work", "--until-empty")
    return messages


def _read_truths(path: Path) -> dict[str, Truth]:
    definition = yaml.safe_load((ROOT / "bench" / "haiti.yaml").read_text(encoding="utf-8"))
    code_of = {label: code for code, labels in definition["settings"]["labels"].items() for label in labels}
    truths = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            labels = row["labels"].split("|")
            at = (float(row["lat"]), float(row["lon"])) if row["lat"] else None
            topics = frozenset(code_of[label] for label in labels if label in code_of)
            truths[row["id"]] = Truth(topics, at, "related" in labels)
    return truths


def add_person(program: Program) -> int:
    """Add the moderator's account; returns how many reports wait."""
    with create_app(program).app_context():
        password = hash_password(PASSWORD)
    values = {"email": PERSON, "password": password, "role": MODERATOR, "may": ",".join(PERMISSIONS[MODERATOR])}
    with program.owner.begin() as connection:
        for statement in (
            "INSERT INTO role (name, permissions) VALUES (:role, :may) ON CONFLICT DO NOTHING",
            "INSERT INTO account (email, name, active, fs_uniquifier, password)"
            " VALUES (:email, 'M', true, 'm', :password)",
            "INSERT INTO account_role (account_id, role_id)"
            " SELECT account.id, role.id FROM account, role WHERE role.name = :role AND account.email = :email",
        ):
            connection.execute(text(statement), values)
        waiting = connection.execute(text("SELECT count(*) FROM report WHERE state = 'queued' AND NOT is_sensitive"))
        return int(waiting.scalar_one())


class Moderator:
    """Decides one report after the other, and counts."""

    def __init__(self, browser: Browser, address: str, program: Program, truths: dict[str, Truth]) -> None:
        self._program = program
        self._truths = truths
        self._loads = self._bytes = 0
        self._page = self._come_in(browser, address)

    def work(self, count: int) -> dict[str, Any]:
        """Decide so many reports; the figures."""
        tallies = []
        begun = time.perf_counter()
        self._loads = self._bytes = 0
        first = Tally()
        self._act(first, "n")
        reports = 0
        while reports < count and (tally := self._decide()) is not None:
            tallies.append(tally)
            reports += tally.reports
        seconds = time.perf_counter() - begun
        waits = sorted(wait for tally in tallies for wait in tally.waits_ms)
        both = [tally.keys for tally in tallies if tally.got_both]
        lacked = [tally.keys for tally in tallies if tally.lacked_both]
        return {
            "reports": reports,
            "decisions": len(tallies),
            "keys_per_report": round(sum(tally.keys for tally in tallies) / reports, 2),
            "keys_lacking_both": round(statistics.mean(both), 2) if both else None,
            "reports_lacking_both": len(lacked),
            "reports_given_both": len(both),
            "keys_of_those_that_lacked_both": round(statistics.mean(lacked), 2) if lacked else None,
            "page_loads_per_report": round(self._loads / reports, 3),
            "wait_ms_median": round(statistics.median(waits)),
            "wait_ms_p95": round(waits[int(0.95 * (len(waits) - 1))]),
            "bytes_per_report": round(self._bytes / reports),
            "seconds_per_report": round(seconds / reports - _READING_S, 2),
            "decisions_for_2000": round(2_000 * len(tallies) / reports),
        }

    def _come_in(self, browser: Browser, address: str) -> Page:
        page = browser.new_context(locale="en", viewport={"width": 1280, "height": 800}).new_page()
        page.on("domcontentloaded", self._count_load)
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.loadingFinished", self._count_bytes)
        page.goto(f"{address}/account/sign-in?next=/moderate/")
        page.get_by_label("E-mail address").fill(PERSON)
        page.get_by_label("Password").fill(PASSWORD)
        page.locator("main form button").click()
        page.wait_for_url("**/moderate/")
        page.goto(f"{address}/moderate/desk")
        page.evaluate(_WATCH)
        return page

    def _count_load(self, _page: Page) -> None:
        self._loads += 1

    def _count_bytes(self, finished: dict[str, Any]) -> None:
        self._bytes += int(finished["encodedDataLength"])

    def _decide(self) -> Tally | None:
        """Work on the report in the reader until it is decided; None when there is none."""
        shown = self._page.locator("#report").get_attribute("data-report")
        if shown is None:
            return None
        time.sleep(_READING_S)
        row, choices = self._read(int(shown))
        truth = self._truths[row.external_id]
        tally = Tally(lacked_both=row.lat is None and row.topic is None)
        if not truth.is_related:
            self._press(tally, "r")
            self._press(tally, "n")  # "Not about anything we listen for"
            self._act(tally, "Enter")
        else:
            has_topic = self._set_topic(tally, truth, row.topic)
            has_place = self._set_place(tally, truth, row, choices)
            tally.got_both = tally.lacked_both and has_topic and has_place
            self._approve(tally, int(shown))
        return tally

    def _set_topic(self, tally: Tally, truth: Truth, topic: str | None) -> bool:
        """Give the report a topic that people gave it; tells whether it has one now."""
        if not truth.topics or topic in truth.topics:
            return topic is not None
        select = self._page.locator("#set-topic select")
        names = {option.get_attribute("value"): option.inner_text() for option in select.locator("option").all()}
        wanted = names[sorted(truth.topics)[0]]
        others = [name for name in names.values() if name != wanted]
        self._press(tally, "t")
        letters = next(
            end for end in range(1, 20) if not any(n.lower().startswith(wanted[:end].lower()) for n in others)
        )
        for letter in wanted[: letters - 1].lower():
            self._press(tally, letter)
        self._act(tally, wanted[letters - 1].lower())
        return True

    def _set_place(self, tally: Tally, truth: Truth, row: Any, choices: list[dict[str, Any]]) -> bool:
        """Give the report the place that is known; tells whether it has one now."""
        if truth.at is None:
            return row.lat is not None
        if row.lat is not None and distance_m(*truth.at, row.lat, row.lon) <= max(_NEAR_M, row.radius_m):
            return True
        for choice in choices[:9]:
            if distance_m(*truth.at, choice["lat"], choice["lon"]) <= _NEAR_M:
                self._act(tally, str(choice["number"]))
                return True
        return self._find_place(tally, truth.at) or row.lat is not None

    def _find_place(self, tally: Tally, at: tuple[float, float]) -> bool:
        """Find the nearest place of the gazetteer by its name, and take it."""
        with self._program.app.begin() as connection:
            name = str(connection.execute(text(_NEAREST), {"lat": at[0], "lon": at[1]}).scalar_one())
        self._press(tally, "/")
        plain = "".join(sign for sign in normalize("NFKD", name.lower()) if not combining(sign))  # as people type it
        for end, letter in enumerate(plain[: _LETTERS.stop - 1], 1):
            if end < _LETTERS.start:
                self._press(tally, letter)
                continue
            self._act(tally, letter, "window.expectListed()")
            found = self._page.locator("#find-list [role=option] strong").all_inner_texts()[:_FIRST]
            if name in found:
                for _ in range(found.index(name)):
                    self._press(tally, "ArrowDown")
                self._act(tally, "Enter")
                return True
        self._press(tally, "Escape")
        self._press(tally, "Escape")
        return False

    def _approve(self, tally: Tally, report_id: int) -> None:
        """Approve, with all of its incident where all of them belong here; what would count as unknown is confirmed."""
        with self._program.app.begin() as connection:
            waiting = list(connection.execute(text(_TOGETHER), {"id": report_id}).scalars())
        is_together = len(waiting) > 1 and all(self._truths[each].is_related for each in waiting)
        key = "g" if is_together and self._page.locator("#decide [data-key=g]").count() else "a"
        tally.reports = len(waiting) if key == "g" else 1
        if self._page.locator(f"#decide details[data-key={key}]").count():
            self._press(tally, key)
            self._act(tally, "Enter")
        else:
            self._act(tally, key)

    def _press(self, tally: Tally, key: str) -> None:
        tally.keys += 1
        self._page.keyboard.press(key)

    def _act(self, tally: Tally, key: str, expect: str = "window.expectShown()") -> None:
        """Press the key that acts, and wait until its outcome is drawn."""
        self._page.evaluate(expect)
        self._press(tally, key)
        tally.waits_ms.append(self._page.evaluate("window.shown.then((at) => at - window.keyAt)"))

    def _read(self, report_id: int) -> tuple[Any, list[dict[str, Any]]]:
        """Read what the moderator sees: the report as it stands, and the places that are proposed."""
        query = text(
            "SELECT message.external_id, topic.code AS topic, ST_Y(point) AS lat, ST_X(point) AS lon, radius_m"
            " FROM report JOIN message ON message.id = report.message_id LEFT JOIN topic ON topic.id = report.topic_id"
            " WHERE report.id = :id"
        )
        with self._program.app.begin() as connection:
            row = connection.execute(query, {"id": report_id}).one()
        places = self._page.evaluate("() => JSON.parse(document.getElementById('map').dataset.choices)")
        return row, places


if __name__ == "__main__":
    main()
