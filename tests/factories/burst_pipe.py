"""One incident of three reports, for the tests of its page and of what is decided together."""

from sqlalchemy import text

from reporting.accounts.role import MODERATOR, VOLUNTEER
from reporting.bootstrap import Program
from reporting.incidents.linking import link_reports
from tests.factories.moderation import Desk, add_square

WORDS = "the main pipe at the old temple burst this morning and floods the lower market"


class Scene:
    """One incident of three reports, in the database between requests."""

    def __init__(self, program: Program, campaign: int) -> None:
        self.program = program
        with program.owner.begin() as connection:
            desk = add_square(Desk(connection, campaign))
            desk.add_person("ama", MODERATOR)
            desk.add_person("vera", VOLUNTEER)
        self.campaign = campaign
        with program.app.begin() as connection:
            desk = Desk(connection, campaign)
            self.first, self.second, self.third = (
                desk.add_report(
                    WORDS,
                    lat=27.5 + n * 0.001,
                    lon=85.5,
                    text_key=77,
                    contact_id=desk.add_contact(f"+977980000010{n}"),
                    occurred_at=f"2026-11-01T0{n}:00Z",
                )
                for n in range(3)
            )
            link_reports(connection, [self.second])
            link_reports(connection, [self.third])
        self.incident = int(str(self.get(self.first)))

    def get(self, report_id: int, column: str = "incident_id") -> object:
        """A column of a report."""
        return self.read(f"SELECT {column} FROM report WHERE id = :id", id=report_id)

    def read(self, statement: str, **values: object) -> object:
        """One value."""
        with self.program.app.begin() as connection:
            return connection.execute(text(statement), values).scalar()

    @property
    def page(self) -> str:
        """The address of the incident's page."""
        return f"/moderate/incidents/{self.incident}"
