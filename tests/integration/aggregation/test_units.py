"""Who is a person where one phone speaks for many: whom a volunteer's report is about, a browser, a phone."""

import random
from collections.abc import Sequence
from datetime import date

import numpy as np
import pytest
from sqlalchemy import text

from reporting.aggregation.area_tree import list_levels, read_areas
from reporting.aggregation.counting.count import count_month
from reporting.aggregation.counting.shard import Counts
from reporting.aggregation.cube import Cube, get_cube
from reporting.aggregation.dimension import CodeContext
from reporting.aggregation.estimate import make_shape
from reporting.aggregation.period import read_period
from reporting.disclosure.tables import Table
from reporting.models.states import AffectedRole, ItemStatus
from reporting.reports.affected import SELF, AffectedPeople, choose_affected
from reporting.reports.affected_store import copy_affected, record_affected
from reporting.reports.profile import PersonAnswers, answer_sex
from tests.factories.release import SETTLED, World

_CONTEXT = CodeContext({"water": "moderate", "road": "moderate", "violence": "severe"}, {})
_BEFORE, _AFTER = date(2026, 11, 1), date(2026, 11, 11)  # the reports are of the tenth


def _make_cube(world: World, dimensions: Sequence[str] = ("topic", "sex", "age")) -> Cube:
    given = {"cubes": {"incidents": {"dimensions": dimensions, "measures": ["people", "reports"]}}}
    return get_cube("incidents", given, _CONTEXT, list_levels(world.connection, world.campaign_id))


def _count(world: World, cube: Cube | None = None) -> Counts:
    cube = cube if cube is not None else _make_cube(world)
    areas, period = (
        read_areas(world.connection, world.campaign_id, cube),
        read_period("2026-11", "Asia/Kathmandu", SETTLED),
    )
    return count_month(world.connection, world.campaign_id, cube, areas, period)


def _by_code(world: World, counts: Counts, dimension: str, cube: Cube | None = None) -> dict[str, int]:
    cube = cube if cube is not None else _make_cube(world)
    shape = make_shape(cube, read_areas(world.connection, world.campaign_id, cube))
    summed = shape.sum_up(counts.values["people"], Table(0, (dimension,)), counts.cells).ravel().tolist()
    return {code: number for code, number in zip(cube.codes[dimension], summed, strict=True) if number}


def test_whom_reports_of_an_accredited_volunteer_are_about_counts_and_not_the_volunteer(world: World) -> None:
    volunteer = world.add_volunteer("vera", accredited_on=_BEFORE)
    for role, sex, age in (("person", "F", "Y30T34"), ("person", "M", None), ("household", None, None)):
        world.add_affected(world.add_report(None, account_id=volunteer), role, sex=sex, age=age)
    counts = _count(world)
    assert counts.people == 3
    assert _by_code(world, counts, "sex") == {"F": 1, "M": 1, "_Z": 1}
    assert _by_code(world, counts, "age") == {"Y25T64": 1, "_U": 1, "_Z": 1}


def test_a_report_of_an_accredited_volunteer_about_themselves_is_theirs(world: World) -> None:
    volunteer = world.add_volunteer("vera", accredited_on=_BEFORE)
    own = [world.add_report(None, account_id=volunteer) for _ in range(2)]
    record_affected(world.connection, {each: choose_affected(SELF, answer_sex("F")) for each in own})
    world.add_report(None, account_id=volunteer)  # about nobody
    world.add_affected(world.add_report(None, account_id=volunteer), "person", sex="M")
    counts = _count(world)
    assert counts.people == 2
    assert counts.quality["unit"] == _of(volunteer=1, affected=1)
    assert _by_code(world, counts, "sex") == {"F": 1, "M": 1}


def test_a_volunteers_own_phone_is_the_volunteer_once_it_is_noted(world: World) -> None:
    vera, amos = world.add_volunteer("vera"), world.add_volunteer("amos")
    for account in (vera, amos):
        world.add_report(None, account_id=account)
    for sender in (1, 2):
        world.add_report(sender)
    assert _count(world).people == 4
    note = text("UPDATE account SET phone_hash = :hash WHERE id = :id")
    world.connection.execute(note, {"hash": b"1", "id": vera})  # of sender 1
    world.connection.execute(note, {"hash": b"9", "id": amos})  # of nobody who wrote
    counts = _count(world)
    assert counts.people == 3
    assert counts.quality["unit"] == _of(volunteer=2, phone=1)


def test_a_number_that_was_only_typed_is_no_phone_of_a_volunteer(world: World) -> None:
    vera = world.add_volunteer("vera")
    world.connection.execute(text("UPDATE account SET phone_hash = :hash WHERE id = :id"), {"hash": b"1", "id": vera})
    world.add_report(1, source="form", browser=5)
    assert _count(world).quality["unit"] == _of(browser=1)


def _of(**counts: int) -> dict[str, int]:
    return {code: counts.get(code, 0) for code in ("phone", "affected", "volunteer", "browser", "copies", "unknown")}


def test_reports_about_nobody_or_a_community_stay_with_the_volunteer_as_one_person(world: World) -> None:
    volunteer = world.add_volunteer("vera", accredited_on=_BEFORE)
    world.add_affected(world.add_report(None, account_id=volunteer), "community", sex="F")
    for _ in range(4):
        world.add_report(None, account_id=volunteer)
    counts = _count(world)
    assert counts.people == 1
    assert counts.values["reports"].sum() == 3
    assert _by_code(world, counts, "sex") == {"_U": 1}


def test_a_volunteer_who_did_not_agree_or_only_later_is_one_person(world: World) -> None:
    for name, since in (("vera", None), ("amos", _AFTER)):
        volunteer = world.add_volunteer(name, accredited_on=since)
        for _ in range(5):
            world.add_affected(world.add_report(None, account_id=volunteer), "person", sex="F")
    counts = _count(world)
    assert counts.people == 2
    assert _by_code(world, counts, "sex") == {"_U": 2}


def test_whoever_is_affected_in_reports_of_two_volunteers_is_two_people(world: World) -> None:
    for name in ("vera", "amos"):
        world.add_affected(
            world.add_report(None, account_id=world.add_volunteer(name, accredited_on=_BEFORE)), "person"
        )
    assert _count(world).people == 2


@pytest.mark.parametrize(
    ("dimension", "codes"),
    [
        ("affected", {"person": 2, "household": 2, "community": 1, "_U": 1}),
        ("affected_number", {"N1": 2, "N2T4": 1, "N5T9": 1, "N_GE50": 1, "_U": 1}),
        ("affected_sex", {"F": 1, "_Z": 3, "_U": 2}),
        ("affected_age", {"Y25T64": 1, "_Z": 3, "_U": 2}),
        ("affected_difficulty", {"with": 1, "_Z": 3, "_U": 2}),
    ],
)
def test_whom_reports_are_about_is_a_dimension_and_the_senders_stay_the_people(
    world: World, dimension: str, codes: dict[str, int]
) -> None:
    reports = world.add_reports(range(6))
    whole = PersonAnswers("F", ItemStatus.ANSWERED, "Y30T34", ItemStatus.ANSWERED, {"any": 3}, ItemStatus.ANSWERED)
    told = (
        AffectedPeople(AffectedRole.PERSON, person=whole), AffectedPeople(AffectedRole.PERSON, 1),
        AffectedPeople(AffectedRole.HOUSEHOLD, 4), AffectedPeople(AffectedRole.HOUSEHOLD, 9),
        AffectedPeople(AffectedRole.COMMUNITY, 50),
    )  # fmt: skip
    record_affected(world.connection, dict(zip(reports, told, strict=False)))
    cube = _make_cube(world, [dimension])
    counts = _count(world, cube)
    assert counts.people == 6
    assert _by_code(world, counts, dimension, cube) == codes
    answered = counts.quality[f"{dimension}_response"]["answered"]
    assert answered == sum(number for code, number in codes.items() if code not in {"_U", "_Z"}) - (
        dimension == "affected_number"  # one person is one where no number was told
    )


def test_the_people_of_a_divided_report_count_once(world: World) -> None:
    volunteer = world.add_volunteer("vera", accredited_on=_BEFORE)
    first, second = (world.add_report(None, account_id=volunteer) for _ in range(2))
    world.add_affected(first, "household")
    assert _count(world).people == 2
    copy_affected(world.connection, first, second)
    third = world.add_report(None, account_id=volunteer)
    copy_affected(world.connection, second, third)  # divided once more
    assert _count(world).people == 1
    assert _by_code(world, _count(world), "sex") == {"_Z": 1}


def test_a_report_about_somebody_by_whoever_has_no_account_counts_its_sender(world: World) -> None:
    for _ in range(3):
        world.add_affected(world.add_report(1), "person", sex="F")
    assert _count(world).people == 1


def test_copies_that_an_accredited_volunteer_wrote_are_not_one_person(world: World) -> None:
    burst = text("INSERT INTO duplicate_burst (campaign_id, figures) VALUES (:id, '{}') RETURNING id")
    burst_id = world.connection.execute(burst, {"id": world.campaign_id}).scalar_one()
    volunteer = world.add_volunteer("vera", accredited_on=_BEFORE)
    mine = [world.add_report(None, account_id=volunteer) for _ in range(2)]
    for report_id in mine:
        world.add_affected(report_id, "household")
    copies = world.add_reports([1, 2, 3])
    mark = text("UPDATE report SET duplicate_burst_id = :burst WHERE id = ANY(:ids)")
    world.connection.execute(mark, {"burst": burst_id, "ids": [*mine, *copies]})
    assert _count(world).people == 2 + 1


def test_people_who_wait_are_units_too(world: World) -> None:
    volunteer = world.add_volunteer("vera", accredited_on=_BEFORE)
    for _ in range(2):
        world.add_affected(world.add_report(None, account_id=volunteer, state="queued"), "person")
    world.add_report(None, browser=7, state="queued")
    world.add_report(None, browser=7, state="queued")
    world.add_report(None, state="queued")
    assert _count(world).quality["queued"] == {"people": 4}


def test_a_browser_is_one_person_and_those_without_a_token_are_one_together(world: World) -> None:
    for browser in (5, 5, 6, None, None):
        world.add_report(None, browser=browser, source="form")
    counts = _count(world)
    assert counts.people == 3
    assert counts.quality["unit"] == {
        "phone": 0, "affected": 0, "volunteer": 0, "browser": 2, "copies": 0, "unknown": 1,
    }  # fmt: skip


def test_a_number_that_was_only_typed_into_the_form_makes_nobody_a_person_of_their_own(world: World) -> None:
    for sender in range(5):
        world.add_report(sender, source="form")
    world.add_report(8, browser=3, source="form")
    world.add_report(None, browser=3, source="form")
    assert _count(world).people == 1 + 1
    world.prove_number(2)
    world.add_report(2)
    assert _count(world).people == 1 + 1 + 1


def test_what_a_browser_told_about_its_person_counts(world: World) -> None:
    report_id = world.add_report(None, browser=9, source="form")
    told = text(
        "INSERT INTO reporter_profile (campaign_id, report_id, sex, sex_why)"
        " VALUES (:campaign, :report, 'F', 'answered')"
    )
    world.connection.execute(told, {"campaign": world.campaign_id, "report": report_id})
    assert _by_code(world, _count(world), "sex") == {"F": 1}


@pytest.mark.parametrize("seed", range(4))
def test_one_unit_less_changes_one_cell_by_no_more_than_the_noise_covers(world: World, seed: int) -> None:
    chance = random.Random(seed)
    vera = world.add_volunteer("vera", accredited_on=_BEFORE)
    amos = world.add_volunteer("amos")
    units: dict[str, list[int]] = {}
    for number in range(40):
        kind, which = chance.choice(("phone", "affected", "vera", "amos", "browser", "unknown")), chance.randrange(3)
        report_id = world.add_report(
            which if kind == "phone" else None,
            area=chance.choice(("east", "west", None)),
            topic=chance.choice(("water", "road")),
            account_id={"affected": vera, "vera": vera, "amos": amos}.get(kind),
            browser=which if kind == "browser" else None,
        )
        if kind in ("affected", "amos"):
            world.add_affected(report_id, chance.choice(("person", "household")), sex=chance.choice(("F", "M", None)))
        own = {"phone": f"phone {which}", "browser": f"browser {which}", "affected": f"affected {number}"}
        units.setdefault(own.get(kind, kind), []).append(report_id)
    whole = _count(world)
    assert whole.people == len(units) == sum(whole.quality["unit"].values())
    for reports in units.values():
        without = _count_without(world, reports)
        assert _distance(whole, without, "people") == 1
        assert _distance(whole, without, "reports") <= 3
        for item, counted in whole.quality.items():
            left = without.quality.get(item, {})
            assert sum(abs(number - left.get(code, 0)) for code, number in counted.items()) <= 1, item


def _count_without(world: World, report_ids: list[int]) -> Counts:
    with world.connection.begin_nested() as savepoint:
        world.connection.execute(text("UPDATE report SET state = 'erased' WHERE id = ANY(:ids)"), {"ids": report_ids})
        counts = _count(world)
        savepoint.rollback()
    return counts


def _distance(whole: Counts, without: Counts, measure: str) -> float:
    """The Euclidean distance between the counts by inner cell."""
    cells = np.union1d(whole.cells, without.cells)
    change = np.zeros(len(cells))
    for sign, counts in ((1, whole), (-1, without)):
        change[np.searchsorted(cells, counts.cells)] += sign * counts.values[measure]
    return float(np.linalg.norm(change))
