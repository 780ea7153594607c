"""The campaign behind the desk in the database, to prepare and to look into between requests."""

import secrets
from typing import Any

from sqlalchemy import text

from reporting.bootstrap import Program
from tests.factories.moderation import Desk


class Office:
    """Adds reports and senders, and reads what became of them."""

    def __init__(self, program: Program, campaign: int) -> None:
        self.program = program
        self.campaign = campaign

    def add_report(self, words: str = "no water", **columns: Any) -> int:
        """A queued report; its id."""
        with self.program.app.begin() as connection:
            values = {"reference": secrets.token_hex(4), **columns}
            return Desk(connection, self.campaign).add_report(words, **values)

    def add_contact(self, number: str) -> int:
        """A sender with a number."""
        with self.program.app.begin() as connection:
            return Desk(connection, self.campaign).add_contact(number)

    def read(self, statement: str, **values: object) -> Any:
        """One value."""
        with self.program.app.begin() as connection:
            return connection.execute(text(statement), values).scalar()

    def get_state(self, report: int) -> str:
        """The state of a report."""
        return str(self.read("SELECT state FROM report WHERE id = :id", id=report))

    def get_holder(self, report: int) -> str | None:
        """The name of whoever has a report."""
        query = "SELECT account.name FROM report JOIN account ON account.id = leased_by WHERE report.id = :id"
        name = self.read(query, id=report)
        return None if name is None else str(name)
