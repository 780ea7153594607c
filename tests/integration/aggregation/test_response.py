"""What became of incidents is a dimension of figures: solved, answered or open, as their reporters were told."""

import pytest
from sqlalchemy import Connection, text

from tests.factories.release import make_world


def test_people_are_counted_by_what_they_were_told(connection: Connection) -> None:
    world = make_world(connection)
    anchors = {}
    for told, senders in (
        ("solved", range(200)),
        ("text", range(200, 300)),
        ("withdrawn", range(300, 350)),
        ("", range(350, 400)),
    ):
        incident = world.add_incident()
        reports = [world.add_report(sender, incident_id=incident) for sender in senders]
        anchors[told] = reports[0]
    add = text(
        "INSERT INTO incident_update (campaign_id, report_id, kind, withdrawn_at)"
        " VALUES (:campaign, :report, :kind, CASE WHEN :withdrawn THEN now() END)"
    )
    for told, kind in (("text", "text"), ("solved", "text"), ("solved", "solved"), ("withdrawn", "solved")):
        values = {"campaign": world.campaign_id, "report": anchors[told], "kind": kind}
        connection.execute(add, values | {"withdrawn": told == "withdrawn"})
    world.define_cubes({"response": {"dimensions": ["topic", "response"], "measures": ["people"], "levels": [1]}})
    release_id = world.release(cube="response").release_id
    estimates = {
        row.codes[1]: row.estimate / 1_000
        for row in world.read_rows(release_id)
        if row.area_level == 0 and row.codes[0] == "_T" and row.measure == "people"
    }
    assert estimates["solved"] == pytest.approx(200, abs=30)
    assert estimates["answered"] == pytest.approx(100, abs=30)
    assert estimates["open"] == pytest.approx(100, abs=30)  # an update that was withdrawn is none
    assert estimates["_T"] == pytest.approx(sum(people for code, people in estimates.items() if code != "_T"))


def test_what_a_reporter_says_is_their_own_category_and_moves_nobody_else(connection: Connection) -> None:
    world = make_world(connection)
    offices = '[{"code": "water-office", "name": {"en": "Water office"}}]'
    change = text("UPDATE campaign SET settings = settings || jsonb_build_object('offices', CAST(:offices AS jsonb))")
    connection.execute(change, {"offices": offices})
    solved, passed = world.add_incident(), world.add_incident()
    reports = [world.add_report(sender, incident_id=solved) for sender in range(300)]
    waiting = [world.add_report(sender, incident_id=passed) for sender in range(300, 400)]
    add = text(
        "INSERT INTO incident_update (campaign_id, report_id, kind) VALUES (:campaign, :report, 'solved') RETURNING id"
    )
    update_id = connection.execute(add, {"campaign": world.campaign_id, "report": reports[0]}).scalar_one()
    connection.execute(
        text(
            "INSERT INTO update_recipient (update_id, contact_id, is_asked, is_solved)"
            " SELECT :update, contact_id, true, CASE WHEN id < :first THEN true WHEN id < :second THEN false END"
            "   FROM report WHERE incident_id = :incident"
        ),
        {"update": update_id, "first": reports[50], "second": reports[150], "incident": solved},
    )
    refer = text("INSERT INTO referral (campaign_id, report_id, office) VALUES (:campaign, :report, 'water-office')")
    connection.execute(refer, {"campaign": world.campaign_id, "report": waiting[0]})
    world.define_cubes(
        {"response": {"dimensions": ["response", "office"], "measures": ["people", "incidents"], "levels": [1]}}
    )
    release_id = world.release(cube="response").release_id
    rows = [row for row in world.read_rows(release_id) if row.area_level == 0 and row.measure == "people"]
    said = {row.codes[0]: row.estimate / 1_000 for row in rows if row.codes[1] == "_T"}
    for code, people in {"confirmed": 50, "disputed": 100, "solved": 150, "passed": 100, "open": 0}.items():
        assert said[code] == pytest.approx(people, abs=30), code
    at = {row.codes[1]: row.estimate / 1_000 for row in rows if row.codes[0] == "_T"}
    assert at["water-office"] == pytest.approx(100, abs=30)
    assert at["_Z"] == pytest.approx(300, abs=30)
    policy = world.read_policy(release_id)
    assert policy["questions"]["office"]["choices"] == {"water-office": {"en": "Water office"}}
