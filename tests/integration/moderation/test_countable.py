"""Which reports would count as without an area: those in none of the deepest level that the campaign's cubes count."""

import json
from typing import Any

import pytest
from sqlalchemy import text

from reporting.moderation.countable import Lack, list_lacks
from tests.factories.release import World


@pytest.mark.parametrize(
    ("cubes", "lacks_area"),
    [
        ({}, True),  # the default cube counts the areas of level 2, which are loaded
        ({"water": {"levels": [1]}}, False),
        ({"water": {"levels": [1]}, "roads": {"levels": [1, 2]}}, True),
        ({"water": {"levels": [1]}, "roads": {}}, True),
        ({"water": {"levels": []}}, False),  # of the whole country alone
    ],
)
def test_the_deepest_level_of_any_cube_is_the_one_that_counts(
    world: World, cubes: dict[str, Any], *, lacks_area: bool
) -> None:
    world.define_cubes(cubes)
    report_id = world.add_report(1)
    change = text(
        "UPDATE report SET area_codes = CAST(:codes AS jsonb), point = ST_SetSRID(ST_MakePoint(85, 27), 4326)"
    )
    world.connection.execute(change, {"codes": json.dumps({"1": "country"})})
    assert list_lacks(world.connection, [report_id]) == ({report_id: (Lack.AREA,)} if lacks_area else {})
