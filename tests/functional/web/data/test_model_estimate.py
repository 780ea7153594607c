"""The model-based estimate of a release: beside the counted share, never instead of it, or refused with its reason."""

import json
import re
from collections.abc import Mapping

import numpy as np
import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from reporting.bootstrap import Program
from reporting.population.raking import RakingRefusal
from reporting.publishing.model_estimate import ModelEstimate, _estimate, find_model_estimate
from reporting.publishing.release_queries import get_release
from tests.factories.release import OCTOBER, World, make_world

_CUBE = {"dimensions": ["topic", "sex"], "measures": ["incidents"], "levels": []}


def _add_census(world: World, people: Mapping[str, int]) -> None:
    statement = text(
        "INSERT INTO population (campaign_id, area_code, area_level, sex, age, disability, phone, urban, year, source,"
        " value) VALUES (:campaign, 'country', 1, :sex, 'Y_GE15', '_T', '_T', '_T', 2020, 'census', :value)"
    )
    for sex, value in people.items():
        world.connection.execute(statement, {"campaign": world.campaign_id, "sex": sex, "value": value})


def _publish(program: Program, people: Mapping[tuple[str, str], int], *, with_answers: bool = False) -> int:
    """Publish a month of so many people by sex and topic, of a country of as many women as men."""
    with program.owner.begin() as connection:
        world = make_world(connection)
        _add_census(world, {"F": 50_000, "M": 50_000})
        for (sex, topic), count in people.items():
            for _ in range(count):
                sender = len(world.contacts)
                report = world.add_report(sender, topic=topic)
                world.add_profile(sender, sex=sex, age=None, difficulty={}, since=OCTOBER)
                answers = {"id": report, "answers": json.dumps({"works": "yes" if topic == "water" else "no"})}
                connection.execute(text("UPDATE report SET answers = CAST(:answers AS jsonb) WHERE id = :id"), answers)
        measures = {"measures": ["answer:supply.works=yes"]} if with_answers else {}
        form = {"code": "supply", "questions": [{"code": "works", "choices": [{"code": "yes"}, {"code": "no"}]}]}
        connection.execute(
            text("UPDATE campaign SET conversation = CAST(:forms AS jsonb)"), {"forms": json.dumps({"forms": [form]})}
        )
        world.define_cubes({"by-sex": _CUBE | measures})
        return world.release(cube="by-sex").release_id


def _find(program: Program, release_id: int, measure: str = "people") -> ModelEstimate | None:
    with program.public.begin() as connection:
        return find_model_estimate(connection, get_release(connection, release_id), measure)


# Of 400 people 100 are women; 80 of 100 women and 30 of 100 men report about water.
_UNLIKE = {("F", "water"): 80, ("F", "road"): 20, ("M", "water"): 90, ("M", "road"): 210}


def test_a_share_is_weighted_to_the_census_and_stands_beside_the_counted_one(
    program: Program, client: FlaskClient
) -> None:
    release_id = _publish(program, _UNLIKE)
    model = _find(program, release_id)
    assert model is not None
    assert (model.dimension, model.weighted_by, model.refusal) == ("topic", ("sex",), None)
    water = next(line for line in model.lines if line.code == "water")
    assert water.reported.value == pytest.approx(0.425, abs=0.1)
    assert water.weighted.value == pytest.approx(0.55, abs=0.1)
    assert water.weighted.value - water.reported.value > 0.03
    assert water.weighted.low < water.weighted.value - 0.04 < water.weighted.value + 0.04 < water.weighted.high
    assert model.design_effect == pytest.approx(1.33, abs=0.25)  # 400 * (100 * 2^2 + 300 * (2/3)^2) / 400^2 = 1.33
    page = client.get(f"/data/releases/{release_id}").text
    section = re.search(r'<section aria-labelledby="model".*?</section>', page, re.DOTALL)
    assert section is not None
    assert section.start() > page.index('id="closer"')  # what is counted comes first
    words = " ".join(re.sub(r"<[^>]+>", " ", section[0]).split())
    assert "This is not counted but estimated" in words
    assert "As reported Model-based" in words
    assert re.search(r"Water \d+% \(\d+%–\d+%\) \d+% \(\d+%–\d+%\)", words)
    assert "these groups: Sex." in words
    assert 'id="model"' not in client.get(f"/data/releases/{release_id}?measure=incidents").text


def test_the_share_that_gave_an_answer_is_weighted_too(program: Program) -> None:
    model = _find(program, _publish(program, _UNLIKE, with_answers=True), "answer:supply.works=yes")
    assert model is not None
    [yes] = model.lines
    assert yes.code == "yes"
    assert yes.weighted.value == pytest.approx(0.55, abs=0.15)
    assert yes.reported.value < yes.weighted.value


def test_it_is_refused_where_a_few_would_stand_for_very_many(program: Program, client: FlaskClient) -> None:
    """Of 840 people 40 are women: (40 * 10.5^2 + 800 * 0.525^2) / 840 = 5.5."""
    release_id = _publish(program, {("F", "water"): 40, ("M", "water"): 400, ("M", "road"): 400})
    page = client.get(f"/data/releases/{release_id}").text
    assert re.search(
        r"a few people would stand for very many \(the design effect is [\d.]+, and the limit is 3\)", page
    )
    assert "Model-based</th>" not in page


def test_it_is_refused_where_a_group_is_silent(program: Program, client: FlaskClient) -> None:
    release_id = _publish(program, {("M", "water"): 100, ("M", "road"): 100})
    page = client.get(f"/data/releases/{release_id}").text
    assert "There is no estimate:" in page
    assert "Model-based</th>" not in page
    told, cells, errors = ["water", "road"], np.array([[2.0, 9.0], [60.0, 40.0]]), np.full((2, 2), 5.0)
    silent = _estimate(
        "topic", ("sex",), (told, cells.sum(axis=0), errors[0]), (told, cells, errors), {"sex": {"F": 50, "M": 50}},
    )  # fmt: skip
    assert silent.refusal is RakingRefusal.EMPTY_GROUP  # 11 with an error of 7 may be nobody


def test_without_a_census_there_is_none(program: Program) -> None:
    with program.owner.begin() as connection:
        world = make_world(connection)
        world.add_reports(range(100))
        world.define_cubes({"by-sex": _CUBE})
        release_id = world.release(cube="by-sex").release_id
    assert _find(program, release_id) is None
