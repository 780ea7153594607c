"""Five hundred people with a script each, through the webhook's way in, against what must come of it.

Each script is drawn from a seed: what somebody reports, how they answer, skip, go back, come late, begin something new
in between, thank, ask for the state. While a script is made, what must be in the database at its end is noted down
from the script alone. All phones are served in steps; between any two steps the worker may be a new process's.
"""

import os
import random
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from sqlalchemy import Connection, text

from channels.base.items import InboundMessage
from config.settings import Settings
from geo.gazetteer.load_places import load_places
from geo.types import PlaceRow
from reporting.bootstrap import Program
from reporting.campaigns.campaign import create_campaign, read_definition
from reporting.processing.worker import drain
from tests.conftest import LINE

_PEOPLE: Final = int(os.environ.get("CONVERSATION_PEOPLE", "500"))  # more find more, and take longer
_SEED: Final = int(os.environ.get("CONVERSATION_SEED", "20261122"))  # any other draws other conversations

_CAMPAIGN: Final = """
slug: test
name: Conversations
country: NP
languages: [en, ne]
timezone: Asia/Kathmandu
lines:
  - {channel: twilio, address: "+15005550006"}
topics:
  - {code: water, name: {en: Water}, keywords: {en: [water, tap, pipe]}}
  - {code: road, name: {en: Roads}, keywords: {en: [road, pothole, landslide]}}
  - {code: power, name: {en: Electricity}, keywords: {en: [electricity, blackout]}}
conversation:
  forms:
    - code: water
      topic: water
      keywords: {en: [water, point]}
      questions:
        - code: cause
          kind: choice
          text: {en: "What is the cause?"}
          choices:
            - {code: pipe, label: {en: Broken tube}}
            - {code: dry, label: {en: Dry well}}
            - {code: unknown, label: {en: Not known}}
        - code: households
          kind: number
          text: {en: "How many households?"}
          low: 0
          high: 5000
        - code: since
          kind: text
          text: {en: "Since when?"}
  person: {sex: true, age_band: true}
settings:
  cube: {dimensions: [sex, age_band]}
"""
# Two of one name, far apart: which one is meant must be asked.
_PLACES: Final = tuple(
    PlaceRow(name, name, lat, lon, kind="city", population=200_000, radius_m=2000)
    for name, lat, lon in (
        ("Lalitpur", 27.667, 85.325),
        ("Pokhara", 28.209, 83.985),
        ("Biratnagar", 26.455, 87.270),
        ("Rampur East", 27.10, 87.90),
        ("Rampur West", 28.60, 81.20),
    )
)
_TOWNS: Final = ("Lalitpur", "Pokhara", "Biratnagar")
_TOPIC_WORDS: Final = {
    "water": ("no water since yesterday", "the tap is dry again", "water is dirty and smells"),
    "road": ("the road is blocked by stones", "deep pothole, two accidents", "landslide came down at night"),
    "power": ("no electricity at all", "blackout every evening", "the blackout took the whole quarter"),
}
_SEXES: Final = {"1": "F", "female": "F", "2": "M", "man": "M", "3": "_O"}
_AGES: Final = {"1": "Y0T14", "22": "Y20T24", "3": "Y25T64", "70": "Y70T74"}


@dataclass
class Expected:
    """A report that must be there."""

    topic: str
    town: str | None = None
    answers: dict[str, Any] = field(default_factory=dict)
    sex: str | None = None
    age: str | None = None
    messages: int = 1  # that it was made of, the answers included


@dataclass
class Script:
    """What somebody texts, one step after the other, and what must come of it.

    A step is said as it stands; `LATE` before it means that the question has ended meanwhile.
    """

    steps: list[str] = field(default_factory=list)
    late: set[int] = field(default_factory=set)
    reports: list[Expected] = field(default_factory=list)
    is_asked_about_person: bool = False
    expected_texts: Counter[str] = field(default_factory=Counter)


class Writer:
    """Writes one script from a random source."""

    def __init__(self, source: random.Random) -> None:
        self._random = source
        self.script = Script()
        self._said: set[str] = set()

    def write(self) -> Script:
        """One to three reports with all that may come between."""
        for _ in range(self._random.choice((1, 1, 2, 3))):
            self._report()
            if self._random.random() < 0.3:
                self._say(self._random.choice(("thank you", "ok", "👍")))
            if self._random.random() < 0.15:
                self._say("status")
        return self.script

    def _say(self, step: str, *, is_late: bool = False) -> None:
        if is_late:
            self.script.late.add(len(self.script.steps))
        self.script.steps.append(step)

    def _report(self) -> None:
        topic = self._random.choice(tuple(_TOPIC_WORDS))
        report = Expected(topic)
        self.script.reports.append(report)
        # Other words than before: what somebody says again, now with its place, is the answer to "where".
        words = self._random.choice([said for said in _TOPIC_WORDS[topic] if said not in self._said])
        self._said.add(words)
        if self._random.random() < 0.4:
            report.town = self._random.choice(_TOWNS)
            self._say(f"{words} in {report.town}")
        else:
            self._say(words)
            if not self._tell_place(report, words):
                return
        if topic == "water" and not self._fill_form(report):
            return
        # Whose report is not whole, since it has no place, is not asked about themselves.
        if report.town is not None and not self.script.is_asked_about_person:
            self._tell_about_person(report)

    def _tell_place(self, report: Expected, words: str) -> bool:
        """Answer where it is; False when the conversation ends here."""
        way = self._random.choice(("town", "again", "skip", "late", "silent", "vague"))
        if way in ("town", "again", "late"):
            report.town = self._random.choice(_TOWNS)
            said = report.town if way != "again" else f"{words} in {report.town}"
            self._say(said, is_late=way == "late")
            report.answers["place"] = said
        elif way == "skip":
            self._say("skip")
        elif way == "vague":  # asked a second time, and then no more
            report.town = self._random.choice(_TOWNS)
            self._say("behind the big tree")
            report.messages += 1
            self._say(f"near {report.town}")
            report.answers["place"] = f"near {report.town}"
        else:
            return False
        report.messages += 1
        return True

    def _fill_form(self, report: Expected) -> bool:
        """The three questions of the water form; False when they stop answering."""
        for code in ("cause", "households", "since"):
            way = self._random.random()
            if way < 0.1:
                return False
            report.messages += 1
            if way < 0.25:
                self._say("skip")
            else:
                said, value = self._answer(code)
                if way < 0.4 and code != "since":
                    self._say("99999")  # no such choice, no such number: asked again
                    report.messages += 1
                self._say(said)
                report.answers[code] = value
        return True

    def _answer(self, code: str) -> tuple[str, Any]:
        if code == "cause":
            return self._random.choice(
                (("1", "pipe"), ("Dry well", "dry"), ("the dry well", "dry"), ("3.", "unknown"), ("२", "dry"))
            )
        if code == "households":
            number = self._random.randint(0, 5000)
            return self._random.choice(((str(number), float(number)), (f"about {number}", float(number))))
        said = self._random.choice(("since the feast", "three days ago", "a week"))
        return said, said

    def _tell_about_person(self, report: Expected) -> None:
        """Sex, then age; asked once, whatever is reported later. BACK takes the last one back."""
        self.script.is_asked_about_person = True
        sex = self._random.choice((*_SEXES, "skip", None))
        if sex is None:
            return
        self._say(sex)
        report.messages += 1
        report.sex = _SEXES.get(sex)
        if self._random.random() < 0.2:
            self._say("back")
            again = self._random.choice(tuple(_SEXES))
            self._say(again)
            report.messages += 2
            report.sex = _SEXES[again]
        age = self._random.choice((*_AGES, "skip", None))
        if age is not None:
            self._say(age)
            report.messages += 1
            report.age = _AGES.get(age)


@pytest.fixture
def talking(program: Program) -> int:
    """A campaign that asks."""
    with program.owner.begin() as connection:
        campaign_id = create_campaign(connection, read_definition(_CAMPAIGN, "the conversations"))
        load_places(connection, campaign_id, _PLACES, "test")
    return campaign_id


@pytest.fixture
def restart(settings: Settings, program: Program) -> Callable[[], Program]:
    """A program that remembers nothing, as a worker's after its restart."""

    def start() -> Program:
        return Program(settings, program.database_url, program.redis_url)

    return start


def _number(person: int) -> str:
    return f"+97798{person:08d}"


def _end_questions(connection: Connection, pseudonyms: Any, person: int) -> None:
    connection.execute(
        text(
            "UPDATE question SET expires_at = now() - interval '2 days' FROM contact"
            " WHERE contact.id = question.contact_id AND contact.address_hash = :address_hash"
        ),
        {"address_hash": pseudonyms.hash_address(_number(person))},
    )


def _play(program: Program, scripts: list[Script], restart: Callable[[], Program]) -> None:
    worker = restart()
    source = random.Random(_SEED)
    # A minute between two steps: the same words within seconds are a gateway's repetition, and on a fast machine the
    # senders would be over the rate limit.
    begun = datetime.now(UTC) - timedelta(hours=2)
    step = 0
    program.intake.queueing.senders.clock = lambda: 60.0 * step
    for step in range(max(len(script.steps) for script in scripts)):
        writing = [person for person, script in enumerate(scripts) if step < len(script.steps)]
        with program.owner.begin() as connection:
            for person in writing:
                if step in scripts[person].late:
                    _end_questions(connection, program.pseudonyms, person)
        source.shuffle(writing)
        for place, person in enumerate(writing):
            words, sent_at = scripts[person].steps[step], begun + timedelta(minutes=step)
            message = InboundMessage(f"SM{person}-{step}", _number(person), LINE, words, sent_at=sent_at)
            program.intake.accept("twilio", message)
            if place % 200 == 199:  # some are worked on while others still write
                drain(worker.app, worker.pipeline, is_patient=False)
        drain(worker.app, worker.pipeline, is_patient=False)
        worker.close()
        worker = restart()
    worker.close()


_FOUND: Final = text(
    """
    SELECT contact.address_hash, topic.code AS topic, report.answers, profile.sex, profile.age,
           (SELECT place.name FROM place
             WHERE report.point IS NOT NULL AND report.place_confidence >= 0.5
             ORDER BY place.geom <-> report.point LIMIT 1) AS town,
           (SELECT count(*) FROM message WHERE message.report_id = report.id AND direction = 'in') AS messages
      FROM report JOIN contact ON contact.id = report.contact_id
      LEFT JOIN topic ON topic.id = report.topic_id
      LEFT JOIN LATERAL (
           SELECT sex, age FROM reporter_profile WHERE reporter_profile.contact_id = report.contact_id
            ORDER BY version DESC LIMIT 1) AS profile ON true
     ORDER BY report.id
    """
)


def _list_found(program: Program) -> dict[bytes, list[Expected]]:
    found: dict[bytes, list[Expected]] = defaultdict(list)
    with program.owner.begin() as connection:
        for row in connection.execute(_FOUND):
            found[bytes(row.address_hash)].append(
                Expected(row.topic, row.town, row.answers, row.sex, row.age, row.messages)
            )
    return found


def _carry_over(reports: list[Expected]) -> list[Expected]:
    """What somebody told about themselves with one report is known of them, so of all of their reports."""
    sex = next((report.sex for report in reports if report.sex is not None), None)
    age = next((report.age for report in reports if report.age is not None), None)
    for report in reports:
        report.sex, report.age = sex, age
    return reports


@pytest.mark.slow
@pytest.mark.usefixtures("talking")
def test_hundreds_of_conversations_come_out_as_their_scripts_say(
    program: Program, restart: Callable[[], Program]
) -> None:
    scripts = [Writer(random.Random(_SEED + person)).write() for person in range(_PEOPLE)]
    _play(program, scripts, restart)
    found = _list_found(program)
    wrong = []
    for person, script in enumerate(scripts):
        got = found.get(program.pseudonyms.hash_address(_number(person)), [])
        if got != _carry_over(script.reports):
            wrong.append((script.steps, script.reports, got))
    kinds = Counter(step if step in {"skip", "back", "status"} else "words" for s in scripts for step in s.steps)
    assert not wrong, f"{len(wrong)} of {_PEOPLE}; the first: {wrong[0]}"
    assert min(kinds.values()) > 20
    with program.owner.begin() as connection:
        states = dict(
            connection.execute(text("SELECT state, count(*) FROM message WHERE direction = 'in' GROUP BY 1")).all()
        )
    assert states == {"processed": sum(len(script.steps) for script in scripts)}


def test_a_keyword_at_the_beginning_chooses_the_form_and_its_topic(program: Program, talking: int) -> None:
    message = InboundMessage("SM1", _number(1), LINE, "point 7 in Lalitpur is out of order", sent_at=datetime.now(UTC))
    program.intake.accept("twilio", message)
    drain(program.app, program.pipeline, is_patient=False)
    with program.owner.begin() as connection:
        query = text("SELECT topic.code FROM report JOIN topic ON topic.id = topic_id WHERE report.campaign_id = :id")
        assert connection.execute(query, {"id": talking}).scalar_one() == "water"
        asked = connection.execute(text("SELECT text FROM message WHERE direction = 'out'")).scalar_one()
    assert "What is the cause?" in asked
    assert "1 Broken tube" in asked
