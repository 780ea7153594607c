"""People with roles and reports to decide on, added straight into the database."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import Connection, text

from geo.reasons import Reason, ReasonCode
from reporting.accounts.role import MODERATOR, PERMISSIONS
from reporting.accounts.session import begin_session
from reporting.crypto.pseudonyms import Pseudonyms
from tests.conftest import LINE, add_campaign

SQUARE = "MULTIPOLYGON(((85 27, 86 27, 86 28, 85 28, 85 27)))"


def read_as(words: str, name: str, code: ReasonCode = ReasonCode.NAME) -> dict[str, str]:
    """The columns of a report whose place the machine read from words that name something of the gazetteer."""
    reasons = json.dumps([Reason.of(code, words, name).to_row()])
    return {"location_source": "text", "gazetteer_name": name, "location_reasons": reasons}


@dataclass
class Desk:
    """A campaign with one area (85 to 86 east, 27 to 28 north), and what lies on the moderators' desk."""

    connection: Connection
    campaign_id: int
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def add_person(self, name: str, role: str = MODERATOR) -> int:
        """An account; its id."""
        uniquifier = f"unique-{name}"
        account_id = self._insert(
            "account", email=f"{name}@example.org", name=name, active=True, fs_uniquifier=uniquifier, password="x"
        )
        role_id = self._scalar("SELECT id FROM role WHERE name = :name", name=role) or self._insert(
            "role", name=role, permissions=",".join(PERMISSIONS[role])
        )
        self._execute(
            "INSERT INTO account_role (account_id, role_id) VALUES (:person, :role)", person=account_id, role=role_id
        )
        return account_id

    def add_contact(self, number: str | None = "+9779800000007", *, opted_out: bool = False) -> int:
        """A sender; without a number they cannot be answered."""
        seals = Pseudonyms("a-pepper-of-the-tests")
        contact_id = self._insert(
            "contact",
            campaign_id=self.campaign_id,
            address_hash=seals.hash_address(number or f"nobody-{next(self.numbers)}"),
            number_encrypted=seals.seal(number) if number else None,
            channel="twilio",
            campaign_address=LINE,
        )
        if opted_out:
            self._execute("UPDATE contact SET opted_out_at = now() WHERE id = :id", id=contact_id)
        return contact_id

    def add_report(self, words: str = "no water", **columns: Any) -> int:
        """A queued report; `lat` and `lon` place it."""
        incident_id = columns.pop("incident_id", None) or self._insert("incident", campaign_id=self.campaign_id)
        lat, lon = columns.pop("lat", None), columns.pop("lon", None)
        values = {
            "campaign_id": self.campaign_id,
            "reference": f"R{next(self.numbers):07}",
            "source": "test",
            "text": words,
            "incident_id": incident_id,
            "occurred_at": "2026-11-01T00:00Z",
            "reported_at": "2026-11-01T00:00Z",
            **columns,
        }
        report_id = self._insert("report", **values)
        if lat is not None:
            self._execute(
                "UPDATE report SET point = ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), radius_m = 500 WHERE id = :id",
                lat=lat, lon=lon, id=report_id,
            )  # fmt: skip
        return report_id

    def add_link(self, report_id: int, candidate_id: int, state: str = "suggested") -> int:
        """Something found alike."""
        reasons = json.dumps([{"text": "same topic"}])
        return self._insert(
            "link", report_id=report_id, candidate_id=candidate_id, score=0.6, state=state, reasons=reasons
        )

    def get(self, report_id: int, column: str) -> Any:
        """A column of a report."""
        return self._scalar(f"SELECT {column} FROM report WHERE id = :id", id=report_id)

    def list_decisions(self, report_id: int) -> list[Any]:
        """The decisions about a report, first to last."""
        query = text("SELECT kind, reason, before, after, account_id FROM decision WHERE report_id = :id ORDER BY id")
        return list(self.connection.execute(query, {"id": report_id}))

    def count_looks(self, report_id: int) -> int:
        """How often somebody was shown the words of a report."""
        return int(self._scalar("SELECT count(*) FROM access_log WHERE report_id = :id", id=report_id))

    def end_leases(self) -> None:
        """As if the time of every lease were over."""
        self._execute("UPDATE report SET leased_until = now() - interval '1 second' WHERE leased_until IS NOT NULL")

    def _insert(self, table: str, **values: Any) -> int:
        names = ", ".join(values)
        marks = ", ".join(f":{name}" for name in values)
        return int(self._scalar(f"INSERT INTO {table} ({names}) VALUES ({marks}) RETURNING id", **values))

    def _scalar(self, statement: str, **values: Any) -> Any:
        return self.connection.execute(text(statement), values).scalar()

    def _execute(self, statement: str, **values: Any) -> None:
        self.connection.execute(text(statement), values)


def make_desk(connection: Connection) -> Desk:
    """A desk with the small campaign of the tests."""
    return add_square(Desk(connection, add_campaign(connection)))


def add_square(desk: Desk) -> Desk:
    """Give the desk's campaign its area."""
    statement = text(
        "INSERT INTO area (campaign_id, level, code, name, source, geom)"
        " VALUES (:id, 1, 'sq', 'Square', 'test', ST_GeomFromText(:shape, 4326))"
    )
    desk.connection.execute(statement, {"id": desk.campaign_id, "shape": SQUARE})
    return desk


def sign_in(client: FlaskClient, name: str) -> None:
    """Let the client be this person, as after a sign-in."""
    program = client.application.extensions["baraza"]
    with program.app.begin() as connection:
        account_id = connection.execute(text("SELECT id FROM account WHERE name = :name"), {"name": name}).scalar_one()
        token = begin_session(connection, account_id)
    with client.session_transaction() as session:
        session["_user_id"] = f"unique-{name}"
        session["sign_in"] = token
        session["_fresh"] = True
