"""A small world to count in: two neighbouring areas, three topics, and reports that are as many as a test says."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, text

from bench.build import make_release
from reporting.aggregation.release import Built
from reporting.campaigns.campaign import create_campaign, read_definition
from reporting.publishing.export import export_release
from reporting.publishing.written_files import WrittenFiles

AREAS = ("east", "west")
TOPICS = ("water", "road", "violence")
NOVEMBER, OCTOBER = datetime(2026, 11, 10, tzinfo=UTC), datetime(2026, 10, 10, tzinfo=UTC)
AUGUST = datetime(2026, 8, 10, tzinfo=UTC)  # which has settled by the time at which the tests run
LATER = datetime(2026, 12, 5, tzinfo=UTC)  # when both months are over
SETTLED = datetime(2027, 1, 5, tzinfo=UTC)  # when both have settled too
NOISE_KEY = b"the key of the noise in tests...."

_DEFINITION = """
slug: counted
name: A campaign to count
country: NP
languages: [en]
timezone: Asia/Kathmandu
topics:
  - {code: water, name: {en: Water, ar: مياه}}
  - {code: road, name: {en: Roads}}
  - {code: violence, name: {en: Violence}, sensitivity: severe}
"""
PUBLIC_URL = "https://figures.example.org"
CUBES = {
    "services": {
        "dimensions": ["topic", "sex"],
        "measures": ["people", "incidents"],
        "tables": [["topic"], ["sex"], ["topic", "sex"]],
    }
}
UNITS = {"east": "ImspTQPwCqd", "west": "O6uvpzGd5pu", "_T": "YuQRtpLP10I"}
MAPPING = {
    "data_set": "pBOMPrpg1QX",
    "org_units": UNITS,
    "data_elements": [
        {"cube": "services", "measure": "people", "data_element": "f7n9E0hX8qk"},
        {
            "cube": "services",
            "measure": "people",
            "codes": {"sex": "F"},
            "data_element": "f7n9E0hX8qk",
            "category_option_combo": "bRowv6yZOF2",
        },
        {"cube": "services", "measure": "incidents", "codes": {"topic": "water"}, "data_element": "Ix2HsbDMLea"},
    ],
}


@dataclass
class World:
    """A campaign with boundaries; reports are added sender by sender."""

    connection: Connection
    campaign_id: int
    topics: dict[str, int]
    contacts: dict[int, int] = field(default_factory=dict)
    numbers: "count[int]" = field(default_factory=count)

    def add_report(
        self,
        sender: int | None,
        *,
        area: str | None = "east",
        topic: str | None = "water",
        at: datetime = NOVEMBER,
        state: str = "approved",
        incident_id: int | None = None,
        account_id: int | None = None,
        browser: int | None = None,
        source: str = "test",
    ) -> int:
        """One report of sender number `sender` (None: nobody knows who); returns its id."""
        incident_id = incident_id or self.add_incident()
        codes = {} if area is None else {"1": "country", "2": area}
        statement = text(
            "INSERT INTO report (campaign_id, reference, source, contact_id, text, topic_id, occurred_at, reported_at,"
            " radius_m, area_codes, incident_id, state, account_id, browser_hash)"
            " VALUES (:campaign, :reference, :source, :contact, '',"
            " :topic, :at, :at, 1000, CAST(:codes AS jsonb), :incident, :state, :account, :browser)"
            " RETURNING id"
        )
        values = {
            "campaign": self.campaign_id,
            "reference": f"R{next(self.numbers)}",
            "contact": None if sender is None else self._contact(sender),
            "topic": None if topic is None else self.topics[topic],
            "at": at,
            "codes": json.dumps(codes),
            "incident": incident_id,
            "state": state,
            "source": source,
            "account": account_id,
            "browser": browser,
        }
        return int(self.connection.execute(statement, values).scalar_one())

    def add_volunteer(self, name: str, *, accredited_on: date | None = None) -> int:
        """A volunteer's account; returns its id."""
        statement = text(
            "INSERT INTO account (email, name, active, fs_uniquifier, accredited_on)"
            " VALUES (:email, :name, true, :email, :since) RETURNING id"
        )
        values = {"email": f"{name}@example.org", "name": name, "since": accredited_on}
        return int(self.connection.execute(statement, values).scalar_one())

    def add_affected(self, report_id: int, role: str, *, sex: str | None = None, age: str | None = None) -> None:
        """Whom a report is about."""
        statement = text(
            "INSERT INTO affected (report_id, role, role_why, sex, sex_why, age, age_why)"
            " VALUES (:report, :role, 'answered', :sex, :sex_why, :age, :age_why)"
        )
        values = {"report": report_id, "role": role, "sex": sex, "age": age}
        self.connection.execute(statement, values | {"sex_why": _why(sex), "age_why": _why(age)})

    def prove_number(self, sender: int) -> None:
        """Sender number `sender` has written from a phone to a line of the campaign."""
        change = text("UPDATE contact SET campaign_address = '+9779800000000' WHERE id = :id")
        self.connection.execute(change, {"id": self._contact(sender)})

    def add_reports(
        self, senders: Sequence[int | None], *, area: str | None = "east", at: datetime = NOVEMBER
    ) -> list[int]:
        """One approved report about water of each of the senders, in November or another month."""
        return [self.add_report(sender, area=area, at=at) for sender in senders]

    def add_profile(
        self,
        sender: int,
        *,
        sex: str | None,
        age: str | None,
        difficulty: Mapping[str, int],
        version: int = 1,
        since: datetime = OCTOBER,
    ) -> None:
        """What sender number `sender` told about themselves."""
        statement = text(
            "INSERT INTO reporter_profile (campaign_id, contact_id, version, sex, sex_why, age, age_why, difficulty,"
            " difficulty_why, created_at) VALUES (:campaign, :contact, :version, :sex, :sex_why, :age, :age_why,"
            " CAST(:difficulty AS jsonb), :difficulty_why, :since)"
        )
        values = {"campaign": self.campaign_id, "contact": self._contact(sender), "version": version, "sex": sex}
        told = {"age": age, "difficulty": json.dumps(difficulty), "sex_why": _why(sex), "age_why": _why(age)}
        self.connection.execute(statement, values | told | {"difficulty_why": _why(difficulty), "since": since})

    def add_incident(self) -> int:
        """An incident; returns its id."""
        statement = text("INSERT INTO incident (campaign_id) VALUES (:id) RETURNING id")
        return int(self.connection.execute(statement, {"id": self.campaign_id}).scalar_one())

    def reject(self, report_id: int) -> None:
        """A moderator takes an approved report back."""
        self.connection.execute(text("UPDATE report SET state = 'rejected' WHERE id = :id"), {"id": report_id})

    def release(self, period: str = "2026-11", *, at: datetime = SETTLED, cube: str = "incidents") -> Built:
        """The release of a period, made at a time when its months have settled."""
        return make_release(self.connection, self.campaign_id, cube, period, NOISE_KEY, at)

    def define_cubes(self, cubes: Mapping[str, Any]) -> None:
        """The campaign's own cubes, as its definition would have them."""
        change = "UPDATE campaign SET settings = jsonb_set(settings, '{cubes}', CAST(:cubes AS jsonb)) WHERE id = :id"
        self.connection.execute(text(change), {"cubes": json.dumps(cubes), "id": self.campaign_id})

    def read_cells(self, release_id: int, measure: str = "people") -> dict[tuple[str, ...], int | None]:
        """Values of a release by area, codes and month."""
        query = text(
            "SELECT area_code, codes, month, value FROM release_cell WHERE release_id = :id AND measure = :measure"
        )
        rows = self.connection.execute(query, {"id": release_id, "measure": measure})
        return {(row.area_code, *row.codes, row.month): row.value for row in rows}

    def read_rows(self, release_id: int) -> list[Row[Any]]:
        """Every row of a release's cells."""
        return list(
            self.connection.execute(text("SELECT * FROM release_cell WHERE release_id = :id"), {"id": release_id})
        )

    def read_policy(self, release_id: int) -> dict[str, Any]:
        """How a release says that it was made."""
        query = text("SELECT policy FROM release WHERE id = :id")
        return dict(self.connection.execute(query, {"id": release_id}).scalar_one())

    def _contact(self, sender: int) -> int:
        if sender not in self.contacts:
            statement = text(
                "INSERT INTO contact (campaign_id, address_hash, channel) VALUES (:id, :hash, 'test') RETURNING id"
            )
            values = {"id": self.campaign_id, "hash": str(sender).encode()}
            self.contacts[sender] = int(self.connection.execute(statement, values).scalar_one())
        return self.contacts[sender]


def _why(told: object) -> str:
    return "answered" if told else "not_asked"


def make_world(connection: Connection) -> World:
    """The campaign with a country cut into two halves."""
    campaign_id = create_campaign(connection, read_definition(_DEFINITION, "the campaign to count"))
    add = text(
        "INSERT INTO area (campaign_id, level, code, name, parent_code, source, geom) VALUES (:id, :level, :code,"
        " :name, :parent, 'drawn for the test', ST_Multi(ST_MakeEnvelope(:west, 27, :east, 28, 4326)))"
    )
    for level, code, west, east in ((1, "country", 84, 86), (2, "west", 84, 85), (2, "east", 85, 86)):
        values = {"id": campaign_id, "level": level, "code": code, "name": code.title(), "west": west, "east": east}
        connection.execute(add, values | {"parent": "country" if level == 2 else None})
    rows = connection.execute(text("SELECT code, id FROM topic WHERE campaign_id = :id"), {"id": campaign_id})
    return World(connection, campaign_id, {row.code: row.id for row in rows})


def open_world(connection: Connection) -> World:
    """The world of the campaign that `make_world` has made, to add more to it."""
    campaign_id = int(connection.execute(text("SELECT id FROM campaign WHERE slug = 'counted'")).scalar_one())
    topics = connection.execute(text("SELECT code, id FROM topic WHERE campaign_id = :id"), {"id": campaign_id})
    contacts = connection.execute(
        text("SELECT convert_from(address_hash, 'UTF8') AS number, id FROM contact WHERE campaign_id = :id"),
        {"id": campaign_id},
    )
    reports = connection.execute(text("SELECT count(*) FROM report")).scalar_one()
    return World(
        connection, campaign_id, {row.code: row.id for row in topics}, {int(row.number): row.id for row in contacts},
        count(reports),
    )  # fmt: skip


def make_revised_release(connection: Connection) -> tuple[World, int]:
    """A month that was published and revised: many in the east, few in the west, some of nobody knows where or whom."""
    world = make_world(connection)
    world.define_cubes(CUBES)
    change = "UPDATE campaign SET settings = jsonb_set(settings, '{dhis2}', CAST(:mapping AS jsonb)) WHERE id = :id"
    connection.execute(text(change), {"mapping": json.dumps(MAPPING), "id": world.campaign_id})
    for sender in range(60):
        world.add_profile(sender, sex="F" if sender % 3 else "M", age=None, difficulty={})
    world.add_reports(range(80))
    for sender in range(100, 130):
        world.add_report(sender, topic="road")
    world.add_reports([200, 201], area="west")
    world.add_reports([300, 301, 302], area=None)
    first = world.release(cube="services").release_id
    world.add_reports(range(400, 420), area="west")
    revised = world.release(cube="services", at=SETTLED + timedelta(days=200)).release_id
    assert revised != first
    return world, revised


def open_store(folder: Path) -> WrittenFiles:
    """The written files below a folder."""
    return WrittenFiles(folder / "store", PUBLIC_URL)


def export(connection: Connection, release_id: int, name: str, folder: Path) -> Sequence[Path]:
    """Export a release; returns its files."""
    return export_release(connection, release_id, name, folder, open_store(folder))
