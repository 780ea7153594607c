"""The simulator: a message from the browser reaches our own webhook as the gateway would bring it."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from config.settings import Settings
from reporting.app import create_app
from reporting.bootstrap import Program
from reporting.web.simulator.phone import make_number, normalise_number
from reporting.web.simulator.twilio_call import GatewayCall, GatewayCallFailed
from tests.conftest import LINE


class Quiet(WSGIRequestHandler):
    """Does not write a line for every request."""

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def listening(settings: Settings, database_url: str, redis_url: str) -> Iterator[Program]:
    """The program at an address of its own on which it really listens."""
    with make_server("127.0.0.1", 0, None, server_class=WSGIServer, handler_class=Quiet) as server:
        address = f"http://127.0.0.1:{server.server_port}"
        program = Program(replace(settings, public_url=address), database_url, redis_url)
        server.set_app(create_app(program))
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield program
        server.shutdown()
        thread.join()
        program.close()


@pytest.fixture
def phone(listening: Program) -> FlaskClient:
    """A browser with the simulator."""
    app = create_app(listening)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    return app.test_client()


def list_messages(program: Program) -> list[tuple[str, str, str]]:
    """What is stored: text, line, state."""
    with program.app.begin() as connection:
        return [
            tuple(row)
            for row in connection.execute(text("SELECT text, campaign_address, state FROM message ORDER BY id"))
        ]


def add_campaign(program: Program) -> None:
    """A campaign with the line of the tests."""
    with program.owner.begin() as connection:
        connection.execute(
            text(
                "WITH made AS (INSERT INTO campaign (slug, name, country, languages)"
                " VALUES ('s', 'S', 'NP', '{ne}') RETURNING id)"
                " INSERT INTO campaign_address (campaign_id, channel, address) SELECT id, 'twilio', :address FROM made"
            ),
            {"address": LINE},
        )


def test_what_is_typed_is_stored_by_the_webhook_and_comes_back_as_a_bubble(
    listening: Program, phone: FlaskClient
) -> None:
    add_campaign(listening)
    page = phone.post("/simulator/send", data={"number": "+999000000001", "text": "पानी छैन & no water"})
    assert page.status_code == 302
    assert list_messages(listening) == [("पानी छैन & no water", LINE, "received")]
    assert "पानी छैन &amp; no water" in phone.get("/simulator/thread").text


def test_somebody_else_does_not_see_the_conversation(listening: Program, phone: FlaskClient) -> None:
    add_campaign(listening)
    phone.post("/simulator/send", data={"number": "+999000000001", "text": "no water"})
    phone.post("/simulator/number")
    assert "no water" not in phone.get("/simulator/thread").text


def test_a_call_with_another_key_is_refused(listening: Program) -> None:
    call = GatewayCall(listening.settings.public_url, "another key")
    with pytest.raises(GatewayCallFailed) as failed:
        call.deliver(address="+999000000001", campaign_address=LINE, text="no water")
    assert failed.value.status == 403
    assert list_messages(listening) == []


def test_a_server_that_does_not_answer_is_told_as_such(program: Program, campaign: int) -> None:  # noqa: ARG001
    deaf = Program(replace(program.settings, public_url="http://127.0.0.1:9"), program.database_url, program.redis_url)
    app = create_app(deaf)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    form = {"number": "+999000000001", "text": "no water"}
    assert "PUBLIC_URL" in app.test_client().post("/simulator/send", data=form, follow_redirects=True).text
    deaf.close()


def test_what_is_no_number_is_not_sent(listening: Program, phone: FlaskClient) -> None:
    add_campaign(listening)
    page = phone.post("/simulator/send", data={"number": "abc", "text": "no water"}, follow_redirects=True)
    assert "A number is a plus sign" in page.text
    assert list_messages(listening) == []


def test_without_a_campaign_the_page_says_so(phone: FlaskClient) -> None:
    answer = phone.get("/simulator")
    assert answer.status_code == 404
    assert "flask campaign create" in answer.text


def test_outside_of_development_there_is_no_simulator(program: Program) -> None:
    production = Program(replace(program.settings, is_development=False), program.database_url, program.redis_url)
    client = create_app(production).test_client()
    for path in ("/simulator", "/simulator/send", "/simulator/thread"):
        assert client.get(path).status_code == 404
    assert "/simulator" not in client.get("/").text
    production.close()


def test_invented_numbers_are_nobodys_and_differ() -> None:
    numbers = {make_number() for _ in range(50)}
    assert len(numbers) > 45
    assert all(number.startswith("+999") and normalise_number(number) == number for number in numbers)


@pytest.mark.parametrize(
    ("typed", "number"), [("00 977 98-000000", "+97798000000"), ("+1 (500) 555 0006", "+15005550006"), ("12", None)]
)
def test_numbers_are_read_as_they_are_typed(typed: str, number: str | None) -> None:
    assert normalise_number(typed) == number
