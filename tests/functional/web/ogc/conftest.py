"""A release by topic and sex for map programs: two halves of a country, and an isle without areas below it."""

import pytest
from sqlalchemy import text

from reporting.bootstrap import Program
from tests.factories.release import make_world


@pytest.fixture
def release_id(program: Program) -> int:
    """The release; few people reported from the west."""
    with program.owner.begin() as connection:
        world = make_world(connection)
        world.define_cubes({"incidents": {"dimensions": ["topic", "sex"], "measures": ["people", "incidents"]}})
        isle = text(
            "INSERT INTO area (campaign_id, level, code, name, source, geom) VALUES (:id, 1, 'is/le', 'The Isle',"
            " 'test', ST_Multi(ST_MakeEnvelope(90, 27, 91, 28, 4326)))"
        )
        connection.execute(isle, {"id": world.campaign_id})
        world.add_reports(range(200))
        world.add_reports([300, 301], area="west")
        for sender in range(120):
            world.add_profile(sender, sex="F" if sender % 2 else "M", age=None, difficulty={})
        return world.release().release_id
