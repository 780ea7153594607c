"""What became of a report: a word and a date for whoever has the reference, and nothing of what it says."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from reporting.bootstrap import Program
from tests.factories.moderation import make_desk

WORDS = "no water at the school of Bhaktapur"


@pytest.fixture
def reference(program: Program) -> str:
    """The reference of a report in the queue."""
    with program.owner.begin() as connection:
        desk = make_desk(connection)
        report = desk.add_report(WORDS, lat=27.5, lon=85.5)
        connection.execute(text("UPDATE report SET reference = '23456789' WHERE id = :id"), {"id": report})
    return "23456789"


def change(program: Program, assignment: str) -> None:
    """Let the report be something else."""
    with program.owner.begin() as connection:
        connection.execute(text(f"UPDATE report SET {assignment}"))


@pytest.mark.parametrize(
    ("assignment", "words"),
    [
        ("state = 'queued'", "It has arrived."),
        ("leased_until = now() + interval '5 minutes'", "Somebody is looking at it now."),
        ("leased_until = now() - interval '5 minutes'", "It has arrived."),
        ("state = 'approved'", "checked and accepted"),
        ("state = 'rejected'", "could not be used"),
        ("state = 'erased'", "has been erased"),
        ("state = 'approved', is_sensitive = true", "It has arrived."),
        ("leased_until = now() + interval '5 minutes', is_sensitive = true", "It has arrived."),
        ("state = 'erased', is_sensitive = true", "has been erased"),
    ],
)
def test_the_standing_is_told_and_nothing_else(
    client: FlaskClient, program: Program, reference: str, assignment: str, words: str
) -> None:
    change(program, assignment)
    page = client.get(f"/status/{reference}")
    assert page.status_code == 200
    assert words in page.text
    assert not {"water", "Bhaktapur", "27.5", "85.5"} & set(page.text.split())
    assert page.headers["Cache-Control"] == "no-store"
    assert '<meta name="referrer" content="no-referrer">' in page.text
    assert page.headers["Referrer-Policy"] == "no-referrer"


def test_a_sensitive_report_has_the_same_page_as_one_that_just_came(
    client: FlaskClient, program: Program, reference: str
) -> None:
    plain = client.get(f"/status/{reference}").text
    change(program, "state = 'rejected', is_sensitive = true")
    assert client.get(f"/status/{reference}").text == plain


@pytest.mark.parametrize("typed", ["23456789", " 2345 6789 ", "2345-6789"])
def test_a_reference_may_be_typed_in_pieces(client: FlaskClient, reference: str, typed: str) -> None:
    assert reference
    assert client.get(f"/status/{typed.strip()}").status_code == 200


def test_the_field_leads_to_the_address_of_the_reference(client: FlaskClient, reference: str) -> None:
    answer = client.get("/status?reference=2345+6789")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/status/{reference}")
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert client.get("/status?reference=+").status_code == 200


def test_an_address_with_a_zero_in_it_leads_nowhere(client: FlaskClient) -> None:
    assert client.get("/status/2345678%00").status_code == 404


@pytest.mark.parametrize("typed", ["23456788", "nothing", "<script>", "x" * 300])
def test_an_unknown_reference_is_a_friendly_page(client: FlaskClient, typed: str) -> None:
    page = client.get(f"/status/{typed}")
    assert page.status_code == 404
    assert "try again in a few minutes" in page.text
    assert "<script>" not in page.text
    assert page.headers["Cache-Control"] == "no-store"
