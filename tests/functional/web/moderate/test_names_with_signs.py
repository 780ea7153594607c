"""A name with signs that stand between reasons elsewhere is read, linked, explained and taught like any other.

No code reads what people read: with every word of an explanation replaced all of it goes on as before.
"""

import html
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from channels.base.items import InboundMessage
from geo.gazetteer.load_places import load_places
from geo.reasons import ReasonCode
from geo.resolver import english_reasons
from geo.types import PlaceRow
from reporting.bootstrap import Program
from reporting.incidents.candidates import list_observations
from reporting.moderation.report.place_choices import choose_place
from reporting.moderation.undo import undo
from reporting.processing.worker import drain
from reporting.web import place_reasons
from tests.conftest import LINE
from tests.factories.moderation import Desk, add_square, sign_in

# What people text, and the name as the gazetteer has it.
NAMES = [
    ("ecole nationale annexe", "École Nationale; Annexe"),
    ("lycee d'ouest", "Lycée d'Ouest"),
    ("kafou dufort", "Kafou = Dufort"),
    ("marche hyppolite", "Marché Hyppolite (fer)"),
    ("pont rouge", "Pont Rouge' = Z; beside it"),
]


@pytest.fixture(params=["as worded", "with other words"])
def wording(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both as people read it and with every text of an explanation replaced by `x`."""
    if request.param == "with other words":
        said = dict.fromkeys(ReasonCode, "x")
        monkeypatch.setattr(place_reasons, "WORDING", said)
        monkeypatch.setattr(place_reasons, "_TAUGHT_ONCE", "x")
        monkeypatch.setattr(english_reasons, "WORDING", said)
    return str(request.param)


@pytest.mark.parametrize(("said", "name"), NAMES)
def test_a_name_with_signs_goes_its_whole_way(
    program: Program, campaign: int, client: FlaskClient, wording: str, said: str, name: str
) -> None:
    with program.owner.begin() as connection:
        desk = add_square(Desk(connection, campaign))
        account_id = desk.add_person("ama")
        assert (
            load_places(connection, campaign, [PlaceRow("1", name, 27.5, 85.5, (said,), "school")], "test").added == 1
        )
    for number in (1, 2):
        words = f"no water at {said}"
        message = InboundMessage(f"SM{number}", f"+977980000000{number}", LINE, words, sent_at=datetime.now(UTC))
        program.intake.accept("twilio", message)
        drain(program.app, program.pipeline, is_patient=False)
    # Located, with the name whole.
    reports = read(program, "SELECT id, location_source, gazetteer_name, incident_id FROM report ORDER BY id")
    assert [row[1:3] for row in reports] == [("text", name)] * 2
    first, second = reports
    # Linked by it.
    with program.app.begin() as connection:
        [seen, _other] = list_observations(connection, [first.id, second.id])
    assert seen.observation.location == name
    [link] = read(program, "SELECT reasons FROM link")
    assert "named_alike" in [reason["code"] for reason in link.reasons]
    # Explained.
    sign_in(client, "ama")
    page = html.unescape(client.get(f"/moderate/reports/{first.id}?lang=en").text)
    assert f'<strong dir="auto">{name}</strong>' in page
    assert (f"is the name of \u2068{name}\u2069" in page) == (wording == "as worded")
    # Confirmed and taught, and taken back.
    with program.owner.begin() as connection:
        assert choose_place(connection, first.id, account_id, number=1)
        place = Desk(connection, campaign).get(first.id, "ARRAY[location_source, gazetteer_name]")
        assert place == ["pin", None]
        [kept] = Desk(connection, campaign).get(first.id, "alternatives")[:1]
        assert (kept["name"], kept["source"]) == (name, "text")
        assert connection.execute(text("SELECT count(*) FROM learned_placement")).scalar() == 1
        last = connection.execute(text("SELECT max(id) FROM decision")).scalar_one()
        undo(connection, first.id, account_id, decision_id=last)
        assert Desk(connection, campaign).get(first.id, "gazetteer_name") == name
        assert connection.execute(text("SELECT count(*) FROM learned_placement")).scalar() == 0


def read(program: Program, query: str) -> list[Any]:
    with program.owner.begin() as connection:
        return list(connection.execute(text(query)))
