"""The five tasks of a statistician in a small world: each is done in few steps, and finds what was published."""

import json
import re

import pytest
from playwright.sync_api import Browser
from sqlalchemy import text

from bench.five_tasks import TASKS, Walk
from tests.browser.conftest import Live
from tests.factories.release import AUGUST, make_world

_MOST_STEPS = 4
_CUBE = {"dimensions": ["topic", "sex"], "measures": ["incidents"], "levels": [2]}


@pytest.fixture
def release_id(live: Live) -> int:
    """A month of 160 people in the east, a fifth of them women, of a country of as many women as men."""
    with live.program.owner.begin() as connection:
        world = make_world(connection)
        for sender in range(160):
            world.add_report(sender, at=AUGUST)
            world.add_profile(sender, sex="F" if sender < 32 else "M", age=None, difficulty={}, since=AUGUST)
        statement = text(
            "INSERT INTO population (campaign_id, area_code, area_level, sex, age, disability, phone, urban, year,"
            " source, value) VALUES (:id, 'country', 1, :sex, 'Y_GE15', '_T', '_T', '_T', 2020, 'census', 50000)"
        )
        connection.execute(statement, [{"id": world.campaign_id, "sex": sex} for sex in "FM"])
        connection.execute(
            text("UPDATE campaign SET settings = jsonb_set(settings, '{cubes}', CAST(:cubes AS jsonb)) WHERE id = :id"),
            {"cubes": json.dumps({"by-sex": _CUBE}), "id": world.campaign_id},
        )
        return world.release("2026-08", cube="by-sex").release_id


def test_five_tasks_are_done_in_few_steps(live: Live, browser: Browser, release_id: int) -> None:
    context = browser.new_context(locale="en")
    found = {}
    for task, do in TASKS.items():
        walk = Walk(context.new_page(), live.address, "by-sex", "East")
        found[task] = " ".join(do(walk).split())
        assert len(walk.steps) <= _MOST_STEPS, walk.steps
    assert re.fullmatch(r"East \d+ ± \d+ [23]\d ± \d+ 1\d\d ± \d+ .*", found["find the figure of a district by sex"])
    assert found["download it"].startswith("area_code,area_level,area_name,month,topic,sex,measure,value,")
    assert re.fullmatch(r"± \d+", found["read its error"])
    assert re.search(r"Women and girls 0\.\d+ \(.*\) left out", found["know who is missing"])
    assert f"/data/releases/{release_id}}}" in found["cite it"]
    context.close()
