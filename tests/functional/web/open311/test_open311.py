"""Open311 GeoReport v2 as its specification has it: services, a request in, what became of it, in JSON and XML."""

import json
from typing import Any

import pytest
from defusedxml.ElementTree import fromstring
from flask.testing import FlaskClient
from sqlalchemy import text

from reporting.accounts.api_key import add_key
from reporting.bootstrap import Program
from reporting.processing.worker import drain

WORDS = "No water since Monday near the red school"
NUMBER = "9800000001"
# https://wiki.open311.org/GeoReport_v2: the fields of each answer.
SERVICE_FIELDS = {"service_code", "service_name", "description", "metadata", "type", "keywords", "group"}


@pytest.fixture
def key(program: Program, campaign: int) -> str:
    """The key of a partner of the campaign."""
    with program.owner.begin() as connection:
        return add_key(connection, campaign, "city")


def send(client: FlaskClient, key: str, ending: str = "json", **fields: Any) -> Any:
    """Hand a request over."""
    values = {"api_key": key, "service_code": "water", "description": WORDS, "address_string": "Ward 3", **fields}
    return client.post(f"/open311/v2/requests.{ending}", data=values)


def test_services_are_the_topics_in_both_formats(client: FlaskClient, campaign: int) -> None:  # noqa: ARG001
    services = client.get("/open311/v2/services.json?jurisdiction_id=test").json
    assert [set(each) for each in services] == [SERVICE_FIELDS] * 2
    assert [(each["service_code"], each["service_name"]) for each in services] == [
        ("water", "Water"),
        ("road", "Roads"),
    ]
    found = client.get("/open311/v2/services.xml")
    assert found.mimetype == "text/xml"
    root = fromstring(found.data)
    assert root.tag == "services"
    assert [each.findtext("service_code") for each in root.findall("service")] == ["water", "road"]
    assert {each.tag for each in root[0]} == SERVICE_FIELDS
    assert root[0].findtext("metadata") == "false"


def test_a_request_is_stored_before_the_answer_and_becomes_a_report(
    client: FlaskClient, program: Program, key: str
) -> None:
    answer = send(client, key, phone=NUMBER, first_name="Maya", email="maya@example.org", lat="27.71", long="85.31")
    assert answer.status_code == 201
    [told] = answer.json
    assert set(told) == {"service_request_id", "service_notice", "account_id"}
    with program.owner.begin() as connection:
        [row] = connection.execute(text("SELECT * FROM message")).all()
    assert (row.channel, row.text) == ("api", WORDS)
    assert not {"Maya", "maya@example.org", NUMBER} & {str(value) for value in row}
    assert program.pseudonyms.unseal(row.address_encrypted) == f"+977{NUMBER}"
    path = f"/open311/v2/requests/{told['service_request_id']}"
    assert client.get(f"{path}.json").status_code == 404  # nobody has read it yet
    drain(program.app, program.pipeline, budget_s=30)
    found = client.get(f"{path}.json")
    [request] = found.json
    assert (request["service_request_id"], request["status"]) == (told["service_request_id"], "open")
    assert (request["service_code"], request["lat"], request["address"]) == (None, None, None)
    for secret in (WORDS, NUMBER, "27.71", "Ward 3"):
        assert secret not in found.text
    root = fromstring(client.get(f"{path}.xml").data)
    assert root.tag == "service_requests"
    assert root.findtext("request/status") == "open"


def test_a_report_of_violence_says_no_more_than_received(client: FlaskClient, program: Program, key: str) -> None:
    [told] = send(client, key).json
    drain(program.app, program.pipeline, budget_s=30)
    with program.owner.begin() as connection:
        connection.execute(text("UPDATE report SET state = 'rejected', is_sensitive = true"))
    [request] = client.get(f"/open311/v2/requests/{told['service_request_id']}.json").json
    assert (request["status"], request["status_notes"], request["service_code"]) == ("open", "received", None)


def test_a_rejected_request_is_closed(client: FlaskClient, program: Program, key: str) -> None:
    [told] = send(client, key).json
    drain(program.app, program.pipeline, budget_s=30)
    with program.owner.begin() as connection:
        connection.execute(text("UPDATE report SET state = 'rejected'"))
    [request] = client.get(f"/open311/v2/requests/{told['service_request_id']}.json").json
    assert (request["status"], request["status_notes"]) == ("closed", "not_used")


def test_a_list_is_of_the_partners_own_requests_alone(
    client: FlaskClient, program: Program, campaign: int, key: str
) -> None:
    with program.owner.begin() as connection:
        other = add_key(connection, campaign, "other")
    [told] = send(client, key).json
    send(client, other, service_code="road", description="The bridge fell down near the mill")
    drain(program.app, program.pipeline, budget_s=30)
    path, mine = "/open311/v2/requests.json", {"Authorization": f"Bearer {key}"}
    assert client.get(path).status_code == 403
    assert [each["service_request_id"] for each in client.get(path, headers=mine).json] == [told["service_request_id"]]
    assert client.get(f"{path}?status=closed", headers=mine).json == []
    assert client.get(f"{path}?service_code=water", headers=mine).json == []  # nobody has said yet that it is one
    with program.owner.begin() as connection:
        connection.execute(text("UPDATE report SET state = 'approved'"))
    assert len(client.get(f"{path}?service_code=water", headers=mine).json) == 1
    assert client.get(f"{path}?end_date=2020-01-01T00:00:00Z", headers=mine).json == []
    for query in ("start_date=x", "start_date=2020-01-01T00:00:00Z", "start_date=0001-01-01"):
        assert client.get(f"{path}?{query}", headers=mine).status_code == 400


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"api_key": "wrong"}, 403, "valid key"),
        ({"service_code": ""}, 400, "service_code"),
        ({"service_code": "money"}, 404, "service_code"),
        ({"description": " "}, 400, "description"),
        ({"description": "x" * 4_001}, 400, "description"),
        ({"address_string": ""}, 400, "address_string"),
        ({"lat": "27"}, 400, "long"),
        ({"lat": "nan", "long": "85"}, 400, "lat"),
        ({"lat": "91", "long": "85"}, 400, "lat"),
    ],
)
def test_a_wrong_request_is_told_why_in_both_formats_and_stores_nothing(
    client: FlaskClient, program: Program, key: str, fields: dict[str, str], status: int, words: str
) -> None:
    answer = send(client, key, **fields)
    assert answer.status_code == status
    [error] = json.loads(answer.data)
    assert error["code"] == status
    assert words in error["description"]
    root = fromstring(send(client, key, "xml", **fields).data)
    assert (root.tag, root.findtext("error/code")) == ("errors", str(status))
    with program.owner.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM message")).scalar() == 0


def test_a_key_in_the_address_opens_nothing(client: FlaskClient, key: str) -> None:
    fields = {"service_code": "water", "description": WORDS, "address_string": "Ward 3"}
    assert client.post(f"/open311/v2/requests.json?api_key={key}", data=fields).status_code == 403


def test_an_unknown_jurisdiction_is_told(client: FlaskClient, campaign: int) -> None:  # noqa: ARG001
    assert client.get("/open311/v2/services.json?jurisdiction_id=none").status_code == 404
    assert client.get("/open311/v2/services.yaml").status_code == 404
