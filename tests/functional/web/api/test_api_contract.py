"""The API keeps to its own description, whatever is sent: calls are made from the description by the hundred."""

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode, checks

from reporting.accounts.api_key import add_key
from reporting.bootstrap import Program
from tests.factories.release import make_world

_CALLS = 50
_CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]


@pytest.fixture
def key(program: Program, campaign: int) -> str:
    """The key of a partner of the campaign."""
    with program.owner.begin() as connection:
        return add_key(connection, campaign, "partner")


@pytest.fixture
def release_id(program: Program) -> int:
    """A release whose figures can be asked for."""
    with program.owner.begin() as connection:
        world = make_world(connection)
        world.add_reports(range(50))
        return world.release().release_id


def list_operations(app: Flask) -> list[schemathesis.APIOperation]:
    """Every operation of the description that takes something."""
    described = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    found = [each.ok() for each in described.get_all_operations()]
    return [operation for operation in found if operation.body or operation.path_parameters or operation.query]


def call_often(
    operation: schemathesis.APIOperation, mode: GenerationMode, headers: dict[str, str], release_id: int
) -> None:
    """Make calls of one operation, right or wrong ones, and hold every answer against the description.

    Right calls are about the release that there is, since of made-up ones only the refusal would be seen.
    """
    cases = operation.as_strategy(generation_mode=mode)

    @settings(
        max_examples=_CALLS, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(data=st.data())
    def call(data: st.DataObject) -> None:
        case = data.draw(cases)
        if mode is GenerationMode.POSITIVE and "release_id" in (case.path_parameters or {}):
            case.path_parameters["release_id"] = release_id
        case.validate_response(case.call(headers=headers), checks=_CHECKS)

    call()


@pytest.mark.parametrize("is_known", [True, False], ids=["with a key", "without a key"])
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["right", "wrong"])
def test_the_api_keeps_to_its_description(
    app: Flask, key: str, release_id: int, mode: GenerationMode, is_known: bool
) -> None:
    operations = list_operations(app)
    labels = {operation.label for operation in operations}
    assert labels >= {"POST /api/v1/messages", "GET /api/v1/releases/{release_id}/observations"}
    for operation in operations:
        if is_known or operation.definition.raw.get("security"):
            call_often(operation, mode, {"Authorization": f"Bearer {key}"} if is_known else {}, release_id)
