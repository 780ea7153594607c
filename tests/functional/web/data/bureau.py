"""A campaign with figures to publish and the people who do it."""

from sqlalchemy import text

from reporting.accounts.role import MODERATOR, SUPERVISOR
from reporting.bootstrap import Program
from tests.factories.moderation import Desk
from tests.factories.release import AUGUST, World, make_world


class Bureau:
    """A campaign with figures to publish and the people who do it."""

    def __init__(self, program: Program) -> None:
        self.program = program
        with program.owner.begin() as connection:
            world = make_world(connection)
            world.add_reports(range(200), at=AUGUST)
            world.add_reports([300, 301], area="west", at=AUGUST)
            desk = Desk(connection, world.campaign_id)
            for name, role in (("sita", SUPERVISOR), ("hari", SUPERVISOR), ("ama", MODERATOR)):
                desk.add_person(name, role)
        self.campaign_id, self.topics = world.campaign_id, world.topics

    def add(self, senders: range, **columns: object) -> None:
        """More approved reports."""
        with self.program.owner.begin() as connection:
            world = World(connection, self.campaign_id, self.topics)
            world.numbers = iter(range(1_000 + senders.start, 10**6))  # type: ignore[assignment]
            rows = connection.execute(text("SELECT convert_from(address_hash, 'UTF8') AS number, id FROM contact"))
            world.contacts = {int(row.number): row.id for row in rows}
            for sender in senders:
                world.add_report(sender, **{"at": AUGUST, **columns})  # type: ignore[arg-type]

    def read(self, statement: str) -> object:
        """One value."""
        with self.program.owner.begin() as connection:
            return connection.execute(text(statement)).scalar()
