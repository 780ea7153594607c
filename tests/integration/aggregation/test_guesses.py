"""Attackers of the product's own releases: what they publish tells neither a small cell nor one person.

Each world is drafted under many secrets: an attacker sees one of the drafts and knows everything but one person.
"""

import random
from statistics import median

import pytest
from sqlalchemy import Connection

from reporting.aggregation.draft import Draft
from reporting.aggregation.release import draft_release
from reporting.campaigns.best_guess import BestGuess
from reporting.disclosure.budget import compute_best_guess
from tests.factories.release import SETTLED, World, make_world

_DRAWS = 150
_SLACK = 9.0  # of 100: two and a half standard deviations of 2 x 150 draws
_VICTIM = 999


def _draft(world: World, draw: int, cube: str = "incidents") -> Draft:
    secret = f"secret {draw}".encode()
    return draft_release(world.connection, world.campaign_id, cube, "2026-11", secret, at=SETTLED)


def _sum_up(draft: Draft, area: str = "east") -> float:
    """What speaks for the victim: every published estimate that they are in, and the total of the quality report."""
    held = {"_T", area}, {"_T", "water"}
    found = sum(
        figure.estimate / 1000 / figure.error**2
        for figure in draft.figures
        if figure.measure == "people" and figure.area_code in held[0] and set(figure.codes) <= held[1]
    )
    return float(found)


def _guess(without: list[float], with_one: list[float]) -> float:
    """How often of 100 times the attacker is right, who says `there` above the middle of both worlds."""
    middle = median(without + with_one)
    right = sum(each > middle for each in with_one) + sum(each <= middle for each in without)
    return 100 * right / (len(without) + len(with_one))


@pytest.mark.parametrize("phones", [0, 9])
def test_one_person_is_guessed_no_better_than_the_release_says(connection: Connection, phones: int) -> None:
    """Also beside nine phones of the attacker, which showed everything when ten senders were the rule."""
    world = make_world(connection)
    world.add_reports(range(phones))
    without = [_sum_up(_draft(world, draw)) for draw in range(_DRAWS)]
    world.add_report(_VICTIM)
    with_one = [_sum_up(_draft(world, _DRAWS + draw)) for draw in range(_DRAWS)]
    assert _guess(without, with_one) <= compute_best_guess(0.7) + _SLACK


def test_two_cubes_over_the_same_month_are_guessed_no_better_than_the_campaign_promises(
    connection: Connection,
) -> None:
    """The same cube under two names draws twice: the attacker adds up what both publish."""
    world = make_world(connection)
    world.define_cubes({name: {"dimensions": ["topic"], "levels": [1]} for name in ("one", "two")})

    def read(draw: int) -> float:
        return sum(_sum_up(_draft(world, draw, cube), "country") for cube in ("one", "two"))

    draws = _DRAWS // 3  # of two cubes each
    without = [read(draw) for draw in range(draws)]
    world.add_report(_VICTIM)
    with_one = [read(draws + draw) for draw in range(draws)]
    assert _guess(without, with_one) <= BestGuess().month + 12.5  # two and a half standard deviations of 2 x 50


def test_the_total_less_the_shown_parts_is_no_small_cell(connection: Connection) -> None:
    """Once, twelve cells without a figure beside a total of 32 said that each of them was one person."""
    world = make_world(connection)
    world.add_reports(range(20))
    world.add_report(30, area="west", topic="road")
    right = 0
    for draw in range(60):
        draft = _draft(world, draw)
        people = {(figure.area_code, figure.codes): figure for figure in draft.figures if figure.measure == "people"}
        total, shown = people["_T", ("_T",)], people["east", ("water",)]
        if total.value is not None and shown.value is not None:
            right += total.value - shown.value == 1
        right += round((total.estimate - shown.estimate) / 1000) == 1
    assert right < 20


def test_no_number_of_the_quality_report_is_exact(connection: Connection) -> None:
    world = make_world(connection)
    chance = random.Random(1)
    for sender in range(57):
        world.add_report(
            sender, area=chance.choice(("east", "west")), state="rejected" if sender % 5 == 0 else "approved"
        )
    told = [
        (draft.quality["people"]["estimate"], draft.quality["people_rejected"]["estimate"])
        for draft in (_draft(world, draw) for draw in range(30))
    ]
    for place in range(2):
        assert len({each[place] for each in told}) > 10
    assert sum(round(each[0]) == 45 for each in told) < 10
