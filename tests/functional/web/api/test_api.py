"""The API of partners' programs: one key, one campaign, one message once, and errors that a program can read."""

from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from reporting.accounts.api_key import add_key, list_keys, revoke_key
from reporting.bootstrap import Program
from reporting.campaigns.campaign import create_campaign, read_definition
from reporting.crypto.details import unseal_details
from reporting.processing.worker import drain
from reporting.web.api.v1 import MAX_BODY_BYTES
from tests.conftest import SMALL_CAMPAIGN

WORDS = "पानी छैन: no water since Monday"


@pytest.fixture
def key(program: Program, campaign: int) -> str:
    """The key of a partner of the campaign."""
    with program.owner.begin() as connection:
        return add_key(connection, campaign, "partner")


def post(client: FlaskClient, key: str, **values: Any) -> TestResponse:
    """Hand over a message."""
    return client.post("/api/v1/messages", json=values, headers={"Authorization": f"Bearer {key}"})


def list_messages(program: Program) -> list[Any]:
    """What is stored."""
    with program.app.begin() as connection:
        return list(connection.execute(text("SELECT * FROM message ORDER BY id")))


def check_problem(answer: TestResponse, status: int) -> dict[str, Any]:
    """The answer is a problem of that status; returns it."""
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    body: dict[str, Any] = answer.get_json(force=True)
    assert body["status"] == status
    assert body["title"]
    return body


def test_a_message_is_stored_in_the_campaign_of_the_key(
    client: FlaskClient, program: Program, campaign: int, key: str
) -> None:
    answer = post(client, key, id="a-1", text=WORDS, sender="9800000001", sent_at="2026-11-20T10:00:00+05:45",
                  lat=27.7, lon=85.3, place="Ward 3", topic="water", language="ne", answers={"depth": 3})  # fmt: skip
    assert answer.status_code == 201
    [row] = list_messages(program)
    assert (row.channel, row.campaign_id, row.text, row.state) == ("api", campaign, WORDS, "received")
    assert row.received_at == datetime(2026, 11, 20, 4, 15, tzinfo=UTC)
    assert program.pseudonyms.unseal(row.address_encrypted) == "+9779800000001"
    details = unseal_details(program.pseudonyms, row.details_encrypted)
    assert details.point == (27.7, 85.3)
    assert details.answers == {"depth": 3, "place": "Ward 3", "topic": "water"}
    assert (details.language, details.reference) == ("ne", answer.json["reference"])
    assert "9800000001" not in str(row)


def test_the_same_id_again_changes_nothing_and_tells_the_same_reference(
    client: FlaskClient, program: Program, key: str
) -> None:
    first = post(client, key, id="a-1", text=WORDS)
    again = post(client, key, id="a-1", text=WORDS)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json
    assert len(list_messages(program)) == 1


def test_an_id_is_not_taken_for_other_words(client: FlaskClient, program: Program, key: str) -> None:
    post(client, key, id="a-1", text=WORDS)
    check_problem(post(client, key, id="a-1", text="the bridge fell"), 409)
    assert [row.text for row in list_messages(program)] == [WORDS]


def test_two_partners_may_use_the_same_id(client: FlaskClient, program: Program, campaign: int, key: str) -> None:
    with program.owner.begin() as connection:
        other = add_key(connection, campaign, "other")
    first, second = (post(client, each, id="1", text=WORDS) for each in (key, other))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json["reference"] != second.json["reference"]
    assert len(list_messages(program)) == 2


def test_a_changed_key_is_the_same_partner(client: FlaskClient, program: Program, campaign: int, key: str) -> None:
    with program.owner.begin() as connection:
        newer = add_key(connection, campaign, "partner")
    assert post(client, key, id="1", text=WORDS).status_code == 201
    assert post(client, newer, id="1", text=WORDS).status_code == 200


def test_a_revoked_key_opens_nothing(client: FlaskClient, program: Program, campaign: int, key: str) -> None:
    with program.owner.begin() as connection:
        [made] = list_keys(connection, campaign)
        assert revoke_key(connection, campaign, made.id)
    check_problem(post(client, key, id="1", text=WORDS), 401)
    assert list_messages(program) == []


def test_a_key_is_not_kept(program: Program, key: str) -> None:
    with program.owner.begin() as connection:
        [row] = connection.execute(text("SELECT * FROM api_key"))
    assert key.removeprefix("baraza_") not in str(row)
    assert len(row.key_hash) == 32


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer nothing", "Basic YTpi", "Bearer \xff"])
def test_without_a_key_nothing_is_told(client: FlaskClient, key: str, header: str) -> None:
    assert key
    headers = {"Authorization": header}
    for answer in (
        client.post("/api/v1/messages", json={"id": "1"}, headers=headers),
        client.get("/api/v1/reports/23456789CF", headers=headers),
    ):
        check_problem(answer, 401)
        assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("values", "pointer"),
    [
        ({"text": "x"}, "/id"),
        ({"id": "1"}, "/text"),
        ({"id": "1", "text": ""}, "/text"),
        ({"id": "1", "text": "x" * 10_001}, "/text"),
        ({"id": "with blanks", "text": "x"}, "/id"),
        ({"id": "1", "text": "x", "lat": 95, "lon": 0}, "/lat"),
        ({"id": "1", "text": "x", "lat": "NaN", "lon": 0}, "/lat"),
        ({"id": "1", "text": "x", "lat": 27}, "/lon"),
        ({"id": "1", "text": "x", "sent_at": "2026-11-20T10:00:00"}, "/sent_at"),
        ({"id": "1", "text": "x", "topics": "water"}, "/topics"),
        ({"id": "1", "text": "x", "answers": {"a": {"b": 1}}}, "/answers/a"),
    ],
)
def test_a_fault_is_told_with_its_field(
    client: FlaskClient, program: Program, key: str, values: Any, pointer: str
) -> None:
    problem = check_problem(post(client, key, **values), 422)
    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert list_messages(program) == []


def test_a_body_that_is_no_object_of_json_is_refused_as_a_problem(client: FlaskClient, key: str) -> None:
    headers = {"Authorization": f"Bearer {key}"}
    for body, status in ((b"{", 400), (b"\xff", 400), (b"[1]", 422)):
        answer = client.post("/api/v1/messages", data=body, content_type="application/json", headers=headers)
        check_problem(answer, status)
    check_problem(client.post("/api/v1/messages", data={"id": "1"}, headers=headers), 415)
    check_problem(post(client, key, id="1", text="x" * MAX_BODY_BYTES), 413)


def test_an_address_that_is_not_there_is_told_as_a_problem(client: FlaskClient) -> None:
    check_problem(client.get("/api/v1/nothing"), 404)
    answer = client.delete("/api/v1/messages")
    check_problem(answer, 405)
    assert "POST" in answer.headers["Allow"]


def test_text_with_nul_and_half_a_character_is_stored_and_known_again(
    client: FlaskClient, program: Program, key: str
) -> None:
    assert post(client, key, id="1", text="a\x00b\ud800").status_code == 201
    assert post(client, key, id="1", text="a\x00b\ud800").status_code == 200
    assert [row.text for row in list_messages(program)] == ["ab?"]


def test_what_no_database_takes_holds_no_message_up(client: FlaskClient, program: Program, key: str) -> None:
    odd = "a\x00\ud800"
    assert post(client, key, id="1", text=WORDS, sender=odd, place=odd, answers={"depth": odd}).status_code == 201
    drain(program.app, program.pipeline)
    assert [row.state for row in list_messages(program)] == ["processed"]


def test_what_became_of_it_is_told_to_the_campaigns_own_partner_alone(
    client: FlaskClient, program: Program, key: str
) -> None:
    reference = post(client, key, id="1", text=WORDS).json["reference"]
    headers = {"Authorization": f"Bearer {key}"}
    check_problem(client.get(f"/api/v1/reports/{reference}", headers=headers), 404)  # nobody has worked on it yet
    drain(program.app, program.pipeline)
    found = client.get(f"/api/v1/reports/{reference.lower()}", headers=headers)
    assert found.status_code == 200
    assert found.json.keys() == {"reference", "state", "received_at", "response", "office", "place"}
    assert found.json["state"] == "received"
    with program.owner.begin() as connection:
        definition = read_definition(SMALL_CAMPAIGN.replace("slug: test", "slug: other"), "another")
        stranger = add_key(connection, create_campaign(connection, definition), "partner")
    check_problem(client.get(f"/api/v1/reports/{reference}", headers={"Authorization": f"Bearer {stranger}"}), 404)


def test_a_call_makes_no_session(client: FlaskClient, key: str) -> None:
    assert "Set-Cookie" not in post(client, key, id="1", text=WORDS).headers


def test_a_call_needs_no_token_of_a_form(client: FlaskClient, key: str) -> None:
    client.application.config["WTF_CSRF_ENABLED"] = True
    assert post(client, key, id="1", text=WORDS).status_code == 201


def test_the_description_names_every_field_and_its_errors(client: FlaskClient) -> None:
    described = client.get("/api/v1/openapi.json").json
    operation = described["paths"]["/api/v1/messages"]["post"]
    assert operation["security"] == [{"key": []}]
    assert set(operation["responses"]) == {"200", "201", "422", "default"}
    assert operation["responses"]["default"] == {"$ref": "#/components/responses/DEFAULT_ERROR"}
    errors = described["components"]["responses"]
    assert {kind for error in errors.values() for kind in error["content"]} == {"application/problem+json"}
    fields = described["components"]["schemas"]["ApiMessage"]["properties"]
    assert "lat" in fields
    page = client.get("/api/v1/docs")
    assert page.status_code == 200
    assert {name for name in fields if f"<code>{name}</code>" not in page.text} == set()


REQUIRING = """{"forms": [
    {"code": "tap", "topic": "water", "keywords": {}, "questions": [
        {"code": "Is.broken", "kind": "choice", "text": {"en": "Is it broken?"}, "required": true,
         "choices": [{"code": "yes", "label": {"en": "Yes"}}, {"code": "no", "label": {"en": "No"}}]},
        {"code": "days", "kind": "number", "text": {"en": "Days?"}, "low": 0, "high": 60, "required": true,
         "when": {"Is.broken": "yes"}}]},
    {"code": "bridge", "topic": "road", "keywords": {}, "questions": [
        {"code": "days", "kind": "number", "text": {"en": "Days?"}},
        {"code": "open", "kind": "text", "text": {"en": "Is it open?"}, "required": true}]}]}"""


@pytest.fixture
def asking_key(program: Program, campaign: int, key: str) -> str:
    """The key of a partner of a campaign that asks what must be answered."""
    with program.owner.begin() as connection:
        statement = text("UPDATE campaign SET conversation = CAST(:it AS jsonb) WHERE id = :id")
        connection.execute(statement, {"it": REQUIRING, "id": campaign})
    return key


@pytest.mark.parametrize(
    ("values", "pointers", "detail"),
    [
        ({"topic": "water"}, ["/answers/Is.broken"], "one of yes, no"),
        ({"answers": {"Is.broken": "maybe"}}, ["/answers/Is.broken"], "one of yes, no"),
        ({"answers": {"Is.broken": "yes"}}, ["/answers/days"], "a number from 0 to 60"),
        ({"answers": {"Is.broken": "yes", "days": 61}}, ["/answers/days"], "a number from 0 to 60"),
        ({"topic": "road", "answers": {"days": 3}}, ["/answers/open"], "a text"),
    ],
)
def test_what_a_form_needs_is_told_with_a_pointer(
    client: FlaskClient, program: Program, asking_key: str, values: Any, pointers: list[str], detail: str
) -> None:
    problem = check_problem(post(client, asking_key, id="a-1", text=WORDS, **values), 422)
    assert [error["pointer"] for error in problem["errors"]] == pointers
    assert detail in problem["errors"][0]["detail"]
    assert list_messages(program) == []


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"answers": {"sex": "F"}},
        {"topic": "health"},
        {"topic": "water", "answers": {"Is.broken": "no"}},
        {"answers": {"Is.broken": "yes", "days": 0}},
        {"answers": {"days": 3}},  # a question of two forms: nothing says which
    ],
)
def test_a_form_that_was_not_begun_needs_nothing(client: FlaskClient, asking_key: str, values: Any) -> None:
    assert post(client, asking_key, id="a-1", text=WORDS, **values).status_code == 201


def test_what_was_taken_once_stays_taken_when_the_form_asks_for_more(
    client: FlaskClient, program: Program, campaign: int, key: str
) -> None:
    first = post(client, key, id="a-1", text=WORDS, topic="water")
    with program.owner.begin() as connection:
        statement = text("UPDATE campaign SET conversation = CAST(:it AS jsonb) WHERE id = :id")
        connection.execute(statement, {"it": REQUIRING, "id": campaign})
    again = post(client, key, id="a-1", text=WORDS, topic="water")
    assert (first.status_code, again.status_code, first.json) == (201, 200, again.json)


def test_an_id_whose_words_are_gone_is_still_known(client: FlaskClient, program: Program, key: str) -> None:
    first = post(client, key, id="a-1", text=WORDS)
    with program.owner.begin() as connection:
        connection.execute(text("UPDATE message SET text = ''"))
    again = post(client, key, id="a-1", text=WORDS)
    assert (again.status_code, again.json) == (200, first.json)
    assert len(list_messages(program)) == 1
