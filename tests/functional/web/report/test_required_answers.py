"""What must be answered on the web form: told beside its question, and nothing that was written is lost."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from reporting.bootstrap import Program
from tests.functional.web.report.test_report_form import WORDS, fill, list_messages

REQUIRING = """{"forms": [
    {"code": "tap", "topic": "water", "keywords": {}, "questions": [
        {"code": "broken", "kind": "choice", "required": true,
         "text": {"en": "Is it broken?", "fr": "Est-il en panne ?"},
         "choices": [{"code": "yes", "label": {"en": "Yes"}}, {"code": "no", "label": {"en": "No"}}]},
        {"code": "days", "kind": "number", "text": {"en": "For how many days?"}, "low": 0, "required": true,
         "when": {"broken": "yes"}},
        {"code": "spot", "kind": "place", "text": {"en": "Where is the tap?"}, "required": true},
        {"code": "note", "kind": "text", "text": {"en": "Anything else?"}}]},
    {"code": "bridge", "topic": "road", "keywords": {}, "questions": [
        {"code": "open", "kind": "text", "text": {"en": "Is it open?"}, "required": true}]}]}"""


@pytest.fixture
def requiring(program: Program, campaign: int) -> None:
    """The campaign asks what must be answered."""
    with program.owner.begin() as connection:
        statement = text("UPDATE campaign SET conversation = CAST(:it AS jsonb) WHERE id = :id")
        connection.execute(statement, {"it": REQUIRING, "id": campaign})


@pytest.mark.usefixtures("requiring")
@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        ({"topic": "water"}, {"q.tap.broken", "q.tap.spot"}),
        ({"topic": "water", "q.tap.broken": "maybe", "place": "Dhading"}, {"q.tap.broken"}),
        ({"q.tap.broken": "yes", "lat": "27.9", "lon": "84.9"}, {"q.tap.days"}),
        ({"q.tap.note": "it drips", "q.tap.spot": "by the school"}, {"q.tap.broken"}),
        ({"topic": "road", "q.tap.note": "typed before"}, {"q.bridge.open"}),
    ],
)
def test_what_must_be_answered_is_told_beside_its_question_and_nothing_is_lost(
    client: FlaskClient, program: Program, fields: dict[str, str], missing: set[str]
) -> None:
    answer = fill(client, **fields)
    assert answer.status_code == 422
    assert set(re.findall(r'<span class="fault" id="fault-([^"]+)">', answer.text)) == missing
    for name in missing:
        assert f'<a href="#{name}">' in answer.text
        assert re.search(rf'id="{re.escape(name)}"[^>]* aria-invalid="true"', answer.text)
    assert WORDS in answer.text
    for name, value in fields.items():
        assert value in answer.text or value == "maybe", name
    assert list_messages(program) == []
    told = client.post(
        "/report", data={"campaign": "test", "text": WORDS, **fields}, headers={"Accept": "application/json"}
    )
    assert (told.status_code, set(told.json["faults"])) == (422, missing)


@pytest.mark.usefixtures("requiring")
@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"topic": "water", "q.tap.broken": "no", "place": "Dhading"},
        {"q.tap.broken": "yes", "q.tap.days": "0", "q.tap.spot": "by the school"},
        {"topic": "road", "q.bridge.open": "no", "q.tap.note": "typed before"},
    ],
)
def test_only_the_form_that_was_begun_must_be_whole(client: FlaskClient, fields: dict[str, str]) -> None:
    assert fill(client, **fields).status_code == 201


@pytest.mark.usefixtures("requiring")
def test_what_must_be_answered_is_said_in_the_language_of_the_page(client: FlaskClient) -> None:
    data = {"campaign": "test", "language": "fr", "text": WORDS, "topic": "water", "place": "Dhading"}
    page = client.post("/report?lang=fr", data=data).text
    assert "Répondez aussi à cette question : Est-il en panne ?" in page


@pytest.mark.usefixtures("requiring")
def test_a_page_that_waited_on_a_phone_is_held_to_what_it_asked_for(client: FlaskClient) -> None:
    asked = re.findall(r'name="required" value="([^"]+)"', client.get("/report").text)
    assert asked == ["q.tap.broken q.tap.days q.tap.spot q.bridge.open"]
    assert fill(client, topic="water", place="Dhading", required=asked[0]).status_code == 422
    assert fill(client, topic="water", required="q.gone.question").status_code == 201
