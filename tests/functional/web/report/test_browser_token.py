"""The token of a browser on its way: kept as a hash with the report, nowhere else, and never in a report's way."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from reporting.bootstrap import Program
from reporting.crypto.details import unseal_details
from reporting.processing.worker import drain
from reporting.web.report.browser_proof import find_limit, hash_number
from tests.functional.web.report.test_report_form import WORDS, fill, list_messages

TOKEN = "5a" * 16


def solve(client: FlaskClient, token: str = TOKEN) -> dict[str, str]:
    """The fields that a browser sends when it has done the work."""
    given = client.post("/report/challenge", data={"browser": token}).json
    numbers = []
    for part in range(given["parts"]):
        number = 0
        while hash_number(token, given["challenge"], part, number) >= find_limit(given["tries"]):
            number += 1
        numbers.append(str(number))
    return {"browser": token, "challenge": given["challenge"], "proof": ".".join(numbers)}


def list_hashes(program: Program) -> list[Any]:
    """The hashes of the reports' browsers."""
    with program.app.begin() as connection:
        return list(connection.execute(text("SELECT browser_hash FROM report ORDER BY id")).scalars())


def test_reports_of_a_browser_have_its_hash_and_the_token_is_stored_nowhere(
    client: FlaskClient, program: Program, campaign: int
) -> None:
    proof = solve(client)
    for number in (1, 2):
        answer = fill(client, id="", text=f"{WORDS} {number}", **proof)
        assert answer.status_code == 201
    assert fill(client, id="", text="no water here").status_code == 201
    drain(program.app, program.pipeline)
    mine = program.pseudonyms.hash_browser(campaign, TOKEN)
    assert list_hashes(program) == [mine, mine, None]
    for row in list_messages(program):
        payload = program.pseudonyms.unseal(row.payload_encrypted)
        assert not any(kept in f"{payload} {row}" for kept in (TOKEN, proof["challenge"]))


@pytest.mark.usefixtures("campaign")
@pytest.mark.parametrize(
    "changed",
    [
        {"browser": "7b" * 16},
        {"challenge": "1700000000-50-" + "00" * 16},
        {"challenge": "x" * 10_000},
        {"proof": "1.2.3"},
        {"proof": "\x00"},
        {"browser": ""},
    ],
)
def test_a_proof_that_is_none_changes_nothing_about_the_report(
    client: FlaskClient, program: Program, changed: dict[str, str]
) -> None:
    assert fill(client, **(solve(client) | changed)).status_code == 201
    [row] = list_messages(program)
    assert row.text == WORDS
    assert unseal_details(program.pseudonyms, row.details_encrypted).browser_hash is None


@pytest.mark.usefixtures("campaign")
def test_a_report_sent_again_with_or_without_a_proof_is_the_same(client: FlaskClient, program: Program) -> None:
    first = fill(client)
    again = fill(client, **solve(client))
    assert (first.status_code, again.status_code) == (201, 200)
    assert len(list_messages(program)) == 1


@pytest.mark.usefixtures("campaign")
def test_there_is_no_work_for_what_is_no_token(client: FlaskClient) -> None:
    for browser in ("", "x", "5A" * 16, "5a" * 4000):
        answer = client.post("/report/challenge", data={"browser": browser})
        assert (answer.status_code, answer.json) == (200, {})
