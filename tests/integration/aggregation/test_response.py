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
    assert estimates["_T"] == pytest.approx(sum(estimates[code] for code in ("solved", "answered", "open", "_U")))
