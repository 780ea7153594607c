"""The contract of GeoReport v2 (https://wiki.open311.org/GeoReport_v2/), section by section.

No client for Python can be a dependency here: `georeport` 0.3.1 wants xmltodict below 0.15, the tests need 1.0 for
other packages, and it cannot hand requests in; `open311` 1.1 is of 2011, for Python 2. What is not kept, on purpose,
has a test of its own.
"""

import json
import re
from typing import Any

import pytest
from defusedxml.ElementTree import fromstring
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from reporting.accounts.api_key import add_key
from reporting.bootstrap import Program
from reporting.processing.worker import drain

ROOT = "/open311/v2"
TYPES = {"json": "application/json; charset=utf-8", "xml": "text/xml; charset=utf-8"}
W3_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)")
# Fields without the note "May not be returned".
REQUEST_FIELDS = {
    "service_request_id", "status", "service_name", "service_code", "description", "requested_datetime",
    "updated_datetime", "address", "address_id", "zipcode", "lat", "long", "media_url",
}  # fmt: skip
MAY_BE_RETURNED = {"status_notes", "agency_responsible", "service_notice", "expected_datetime"}


@pytest.fixture
def key(program: Program, campaign: int) -> str:
    with program.owner.begin() as connection:
        return add_key(connection, campaign, "city")


@pytest.fixture
def reference(client: FlaskClient, program: Program, key: str) -> str:
    """The id of a request that a moderator approved."""
    reference = post(client, key).json[0]["service_request_id"]
    drain(program.app, program.pipeline, budget_s=30)
    with program.owner.begin() as connection:
        place = "point = ST_SetSRID(ST_MakePoint(85.3, 27.7), 4326), radius_m = 100"
        connection.execute(text(f"UPDATE report SET state = 'approved', {place}"))
    return str(reference)


def post(client: FlaskClient, key: str, ending: str = "json", **fields: str) -> TestResponse:
    values = {"service_code": "water", "description": "No water since Monday", "lat": "27.7", "long": "85.3", **fields}
    return client.post(f"{ROOT}/requests.{ending}", data={"api_key": key, **values})


def read(answer: TestResponse, name: str) -> list[dict[str, Any]]:
    """The rows of an answer in either format; the Spark convention makes them the same."""
    if answer.mimetype == "application/json":
        return list(json.loads(answer.data))
    assert answer.data.startswith(b"<?xml version='1.0' encoding='utf-8'?>")
    root = fromstring(answer.data)
    assert root.tag == name
    return [{field.tag: field.text for field in row} for row in root]


@pytest.mark.parametrize("ending", TYPES)
def test_get_service_list(client: FlaskClient, campaign: int, ending: str) -> None:  # noqa: ARG001
    """Sections Format Support, GET Service List: no key, formats by extension, the seven fields with their values."""
    answer = client.get(f"{ROOT}/services.{ending}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, TYPES[ending])
    for service in read(answer, "services"):
        assert set(service) == {
            "service_code", "service_name", "description", "metadata", "type", "keywords", "group",
        }  # fmt: skip
        assert service["metadata"] in (False, "false")
        assert service["type"] == "realtime"
    assert client.get(f"{ROOT}/services.{ending}?jurisdiction_id=").data == answer.data  # "Optional Arguments"
    assert client.get(f"{ROOT}/services.{ending}?jurisdiction_id=moon").status_code == 404


@pytest.mark.parametrize("ending", TYPES)
def test_get_service_definition(client: FlaskClient, campaign: int, ending: str) -> None:  # noqa: ARG001
    """Section GET Service Definition: asks for nothing more; an unknown code is 404."""
    answer = client.get(f"{ROOT}/services/water.{ending}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, TYPES[ending])
    if ending == "json":
        assert answer.json == {"service_code": "water", "attributes": []}
    else:
        root = fromstring(answer.data)
        assert (root.tag, root.findtext("service_code")) == ("service_definition", "water")
        assert len(root.findall("attributes/attribute")) == 0
    assert client.get(f"{ROOT}/services/moon.{ending}").status_code == 404


@pytest.mark.parametrize("ending", TYPES)
def test_post_service_request(client: FlaskClient, key: str, ending: str) -> None:
    """Section POST Service Request: a form, a key; service_request_id, service_notice and account_id come back."""
    answer = post(client, key, ending)
    assert (answer.status_code, answer.headers["Content-Type"]) == (201, TYPES[ending])
    [told] = read(answer, "service_requests")
    assert set(told) == {"service_request_id", "service_notice", "account_id"}
    assert told["service_request_id"]


@pytest.mark.parametrize("ending", TYPES)
def test_get_service_request_and_requests(client: FlaskClient, key: str, reference: str, ending: str) -> None:
    """Sections GET Service Request, GET Service Requests, Date/time format: every field, in the types it has."""
    mine = {"Authorization": f"Bearer {key}"}
    one = client.get(f"{ROOT}/requests/{reference}.{ending}")
    listed = client.get(f"{ROOT}/requests.{ending}", headers=mine)
    for answer in (one, listed):
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, TYPES[ending])
        [request] = read(answer, "service_requests")
        assert set(request) >= REQUEST_FIELDS
        assert set(request) <= REQUEST_FIELDS | MAY_BE_RETURNED
        assert request["service_request_id"] == reference
        assert request["status"] in ("open", "closed")
        assert (request["service_code"], request["service_name"]) == ("water", "Water")
        for name in ("requested_datetime", "updated_datetime"):
            assert W3_TIME.fullmatch(request[name])


def test_get_service_requests_filters(client: FlaskClient, key: str, reference: str) -> None:
    """Section GET Service Requests, Optional Arguments: several values with commas; ids override all others."""
    mine = {"Authorization": f"Bearer {key}"}

    def count(query: str) -> int:
        return len(client.get(f"{ROOT}/requests.json?{query}", headers=mine).json)

    assert count("status=open,closed") == count("service_code=road,water") == count("status=&service_code=") == 1
    assert count("service_code=road") == count("status=closed") == 0
    assert count(f"service_request_id=2222222222,{reference}&status=closed&end_date=2020-01-01T00:00:00Z") == 1
    assert count("start_date=&end_date=") == 1


@pytest.mark.parametrize("ending", TYPES)
def test_errors(client: FlaskClient, key: str, ending: str) -> None:
    """Section Errors: 403 for a key that is missing or wrong, 404 for what is not there, 400 else; a list of both."""
    answers = {
        403: [post(client, "wrong", ending), post(client, "", ending)],
        404: [client.get(f"{ROOT}/requests/2222222222.{ending}"), post(client, key, ending, service_code="moon")],
        400: [post(client, key, ending, description=""), post(client, key, ending, lat="x")],
    }
    for status, several in answers.items():
        for answer in several:
            assert (answer.status_code, answer.headers["Content-Type"]) == (status, TYPES[ending])
            [error] = read(answer, "errors")
            assert set(error) == {"code", "description"}
            assert str(error["code"]) == str(status)
            assert error["description"]


def test_a_list_needs_a_key_unlike_in_the_standard(client: FlaskClient, key: str) -> None:  # noqa: ARG001
    """Section GET Service Requests has "Requires API Key: No"; docs/adr/0021 says why there is no public list."""
    assert client.get(f"{ROOT}/requests.json").status_code == 403
