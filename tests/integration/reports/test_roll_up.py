"""The live roll-up equals a count from scratch after every change of a report, and decisions never wait for it."""

from collections import Counter

from sqlalchemy import Connection, text

from reporting.bootstrap import Program
from reporting.reports.roll_up import fold_roll_up, read_cells, read_months
from tests.factories.release import AUGUST, NOVEMBER, OCTOBER, World, make_world

_FROM_SCRATCH = text(
    """
    SELECT to_char(occurred_at AT TIME ZONE timezone, 'YYYY-MM') AS month, area_codes ->> '2' AS area, topic_id,
           count(*) AS reports
      FROM report JOIN campaign ON campaign.id = report.campaign_id
     WHERE campaign_id = :id AND state = 'approved' AND NOT is_sensitive AND occurred_at IS NOT NULL
     GROUP BY 1, 2, 3
    """
)


def assert_equal_to_a_count_from_scratch(world: World) -> None:
    """Each month and each of its cells, and no others."""
    rows = world.connection.execute(_FROM_SCRATCH, {"id": world.campaign_id}).all()
    months: Counter[str] = Counter()
    for row in rows:
        months[row.month] += row.reports
    assert read_months(world.connection, world.campaign_id) == dict(months)
    for month in ("2026-08", "2026-10", "2026-11"):
        cells = {(row.area, row.topic_id): row.reports for row in rows if row.month == month}
        assert read_cells(world.connection, world.campaign_id, month, 2) == cells


def change(world: World, what: str, **values: object) -> None:
    """Change reports by a statement, as some part of the program would."""
    world.connection.execute(text(f"UPDATE report SET {what}"), values)
    assert_equal_to_a_count_from_scratch(world)


def test_it_equals_a_count_from_scratch_whatever_changes(connection: Connection) -> None:
    world = make_world(connection)
    reports = [
        world.add_report(sender, area=area, topic=topic, at=at, state=state)
        for sender, (area, topic, at, state) in enumerate(
            (area, topic, at, state)
            for area in ("east", "west", None)
            for topic in ("water", "road", None)
            for at in (AUGUST, OCTOBER, NOVEMBER)
            for state in ("approved", "queued", "rejected")
        )
    ]
    assert_equal_to_a_count_from_scratch(world)
    assert sum(read_months(connection, world.campaign_id).values()) == len(reports) / 3
    one = {"id": reports[0]}
    change(world, "state = 'rejected' WHERE id = :id", **one)
    change(world, "state = 'approved' WHERE id = :id", **one)
    change(world, "is_sensitive = true WHERE id = :id", **one)
    change(world, "is_sensitive = false WHERE id = :id", **one)
    change(world, 'area_codes = \'{"1": "country", "2": "west"}\' WHERE id = :id', **one)
    change(world, "topic_id = :topic WHERE id = :id", topic=world.topics["road"], **one)
    change(world, "occurred_at = :at WHERE id = :id", at=NOVEMBER, **one)
    change(world, "occurred_at = '2026-10-31T18:14:59Z' WHERE id = :id", **one)  # in Nepal still October ...
    assert read_months(connection, world.campaign_id)["2026-10"] == 10
    change(world, "occurred_at = '2026-10-31T18:15:00Z' WHERE id = :id", **one)  # ... and now November
    assert read_months(connection, world.campaign_id)["2026-11"] == 10
    change(world, "state = 'approved' WHERE state = 'queued'")
    fold_roll_up(connection)
    assert_equal_to_a_count_from_scratch(world)
    change(world, "state = 'queued' WHERE id % 2 = 0")
    connection.execute(text("UPDATE report SET state = 'rejected'"))
    assert read_months(connection, world.campaign_id) == {}
    fold_roll_up(connection)
    assert connection.execute(text("SELECT count(*) FROM roll_up")).scalar() == 0


def test_a_change_that_no_month_sees_adds_no_row(connection: Connection) -> None:
    world = make_world(connection)
    report = world.add_report(1)
    count = text("SELECT count(*) FROM roll_up")
    before = connection.execute(count).scalar()
    connection.execute(text("UPDATE report SET text = 'other words', state = state WHERE id = :id"), {"id": report})
    queued = world.add_report(2, state="queued")
    connection.execute(text("UPDATE report SET topic_id = NULL WHERE id = :id"), {"id": queued})
    assert connection.execute(count).scalar() == before


def list_rows(connection: Connection) -> dict[int, tuple[object, ...]]:
    """The rows by their id, as they are stored: a row that is written again has another place."""
    return {row.id: tuple(row) for row in connection.execute(text("SELECT ctid::text, roll_up.* FROM roll_up"))}


def test_only_what_changed_is_folded(connection: Connection) -> None:
    world = make_world(connection)
    for area in ("east", "west", None):
        for topic in ("water", "road", None):
            for at in (AUGUST, NOVEMBER):
                for sender in range(2):
                    world.add_report(sender, area=area, topic=topic, at=at)
    fold_roll_up(connection)
    before = list_rows(connection)
    assert len(before) == 3 * 3 * 2
    fold_roll_up(connection)
    assert list_rows(connection) == before
    world.add_report(7, area=None, topic=None, at=NOVEMBER)
    fold_roll_up(connection)
    after = list_rows(connection)
    assert len(after) == len(before)
    assert len([row for row in after if after[row] == before.get(row)]) == len(before) - 1
    assert_equal_to_a_count_from_scratch(world)


def test_a_campaign_goes_with_its_reports(program: Program) -> None:
    with program.owner.begin() as connection:
        world = make_world(connection)
        first, *_ = world.add_reports(range(3))
        connection.execute(text("DELETE FROM report WHERE id = :id"), {"id": first})
        assert read_months(connection, world.campaign_id) == {"2026-11": 2}
        connection.execute(text("DELETE FROM campaign WHERE id = :id"), {"id": world.campaign_id})
        assert connection.execute(text("SELECT count(*) FROM roll_up")).scalar() == 0


def test_decisions_and_folds_at_the_same_time_wait_for_nobody_and_lose_nothing(program: Program) -> None:
    with program.owner.begin() as connection:
        world = make_world(connection)
        first, second = world.add_reports(range(2))
    reject = text("UPDATE report SET state = 'rejected' WHERE id = :id")
    with program.app.begin() as one, program.app.begin() as other, program.app.begin() as folding:
        for connection in (one, other, folding):
            connection.execute(text("SET LOCAL lock_timeout = '1s'"))
        one.execute(reject, {"id": first})
        other.execute(reject, {"id": second})
        fold_roll_up(folding)
        fold_roll_up(one)
        assert read_months(other, world.campaign_id) == {"2026-11": 1}
    with program.app.begin() as connection:
        fold_roll_up(connection)
        assert read_months(connection, world.campaign_id) == {}
