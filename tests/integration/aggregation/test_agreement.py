"""The agreement of two moderators in the quality report: of the sample alone, one report a person, with noise."""

import json

import pytest
from sqlalchemy import Connection, text

from reporting.aggregation.agreement.measure import (
    FIRST_TOPIC,
    SECOND_TOPIC,
    VERDICTS,
    count_agreement,
    list_agreement_tables,
)
from reporting.aggregation.period import read_period
from tests.factories.release import AUGUST, SETTLED, World, make_world

NOVEMBER = read_period("2026-11", "Asia/Kathmandu", SETTLED)


@pytest.fixture
def world(connection: Connection) -> World:
    return make_world(connection)


def read_twice(
    world: World, sender: int | None, first: str = "approved", second: str = "approved",
    topics: tuple[str | None, str | None] = ("water", "water"), chosen_by: str = "sample", **columns: object,
) -> int:  # fmt: skip
    """A report that two people read."""
    report_id = world.add_report(sender, state=first, **columns)  # type: ignore[arg-type]
    statement = text(
        "INSERT INTO second_reading (campaign_id, report_id, chosen_by, first_account_id, first_verdict,"
        " first_topic_id, second_account_id, second_verdict, second_topic_id, second_at)"
        " VALUES (:campaign, :report, :chosen_by, 1, :first, :first_topic, 2, :second, :second_topic, now())"
    )
    ids = [world.topics[topic] if topic is not None else None for topic in topics]
    values = {"campaign": world.campaign_id, "report": report_id, "chosen_by": chosen_by, "first": first}
    world.connection.execute(statement, values | {"second": second, "first_topic": ids[0], "second_topic": ids[1]})
    return report_id


def count(world: World) -> dict[str, dict[str, int]]:
    return count_agreement(world.connection, world.campaign_id, NOVEMBER)


def test_what_both_decided_is_counted_by_person(world: World) -> None:
    read_twice(world, 1)
    read_twice(world, 2, topics=("water", "road"))
    read_twice(world, 3, topics=(None, None))
    read_twice(world, 4, second="rejected")
    read_twice(world, 5, first="rejected")
    read_twice(world, 6, first="rejected", second="rejected")
    read_twice(world, 6, second="rejected")  # of one person the first report counts
    assert count(world) == {
        VERDICTS: {
            "same_topic": 2, "other_topic": 1, "approved_rejected": 1, "rejected_approved": 1, "rejected_rejected": 1,
        },
        FIRST_TOPIC: {"water": 2, "_U": 1},
        SECOND_TOPIC: {"water": 1, "road": 1, "_U": 1},
    }  # fmt: skip


def test_one_person_less_changes_one_cell_of_each_table_by_one(world: World) -> None:
    for sender in range(4):
        read_twice(world, sender)
    for _ in range(3):
        read_twice(world, None)  # whom nobody knows are one person
    before = count(world)
    assert before[VERDICTS] == {"same_topic": 5}
    world.connection.execute(text("RESET ROLE"))  # the owner may delete
    world.connection.execute(text("DELETE FROM report WHERE contact_id = :id"), {"id": world.contacts[2]})
    after = count(world)
    for table, cells in before.items():
        assert sum(abs(number - after[table].get(code, 0)) for code, number in cells.items()) == 1


def test_sensitive_reports_other_months_and_open_readings_do_not_count(world: World) -> None:
    read_twice(world, 1, chosen_by="sensitive")
    read_twice(world, 2, at=AUGUST)
    hidden = read_twice(world, 3)
    world.connection.execute(text("UPDATE report SET is_sensitive = true WHERE id = :id"), {"id": hidden})
    reading = read_twice(world, 4)
    change = "UPDATE second_reading SET second_at = NULL, second_verdict = NULL WHERE report_id = :id"
    world.connection.execute(text(change), {"id": reading})
    assert count(world) == {VERDICTS: {}, FIRST_TOPIC: {}, SECOND_TOPIC: {}}


def test_the_tables_hang_on_the_definition_alone(world: World) -> None:
    before = list_agreement_tables(world.connection, world.campaign_id)
    assert before[FIRST_TOPIC] == ("road", "violence", "water", "_U")
    read_twice(world, 1)
    assert list_agreement_tables(world.connection, world.campaign_id) == before
    policy = json.dumps({"second_reading": {"percent": 0}})
    change = text("UPDATE campaign SET settings = CAST(:it AS jsonb) WHERE id = :id")
    world.connection.execute(change, {"it": policy, "id": world.campaign_id})
    assert list_agreement_tables(world.connection, world.campaign_id) == {}


def read_quality(world: World) -> object:
    release_id = world.release().release_id
    query = text("SELECT quality -> 'agreement_of_moderators' FROM release WHERE id = :id")
    return world.connection.execute(query, {"id": release_id}).scalar_one()


def test_of_few_readings_the_release_says_not_measured(world: World) -> None:
    world.add_reports(range(60))
    for sender in range(25):
        read_twice(world, sender)
    assert read_quality(world) == "not measured"


def test_a_release_tells_kappa_with_its_interval_and_the_number(world: World) -> None:
    for sender in range(300):
        read_twice(world, sender, topics=("water", "road") if sender % 10 == 0 else ("water", "water"))
        read_twice(world, 1_000 + sender, topics=("road", "road"))
        read_twice(world, 2_000 + sender, first="rejected", second="approved" if sender % 5 == 0 else "rejected")
    found = read_quality(world)
    assert isinstance(found, dict)
    decision, topic = found["decision"], found["topic"]
    assert decision["low"] <= 0.844 <= decision["high"]  # 60 of 900 differ
    assert topic["low"] <= 0.9 <= topic["high"]
    assert decision["reports"] == pytest.approx(900, abs=4 * decision["reports_standard_error"])
    assert 70 < 30 + 1.96 * decision["reports_standard_error"] < 90  # below it nothing is told: docs/releases.md
    assert decision["high"] - decision["low"] < 0.3
