"""What operators ask of a process."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Connection, text

from channels.base.items import InboundMessage
from config.queues import ALL_QUEUES, INBOX
from reporting.bootstrap import Program
from reporting.health import Complaint, list_complaints, read_health
from reporting.heartbeat import Heart
from tests.conftest import LINE

OPERATOR = {"Authorization": "Bearer token-of-metrics"}


@pytest.fixture
def beating(program: Program) -> Program:
    """An installation whose workers have just turned to every queue."""
    heart = Heart(program.app)
    for queue in ALL_QUEUES:
        heart.beat(queue)
    return program


def codes(connection: Connection, program: Program) -> list[str]:
    return [complaint.code for complaint in list_complaints(read_health(connection, program.settings.var))]


@pytest.mark.usefixtures("beating")
def test_a_process_with_its_servers_is_ready(client: FlaskClient) -> None:
    assert client.get("/readyz").json == {"status": "ok", "database": True, "redis": True}


def test_nobody_without_the_token_sees_a_number(client: FlaskClient) -> None:
    for headers in ({}, {"Authorization": "Bearer no"}, {"Authorization": "Basic token-of-metrics"}):
        assert client.get("/metrics", headers=headers).status_code == 401
        assert set(client.get("/readyz", headers=headers).json or {}) == {"status", "database", "redis"}


@pytest.mark.usefixtures("beating")
def test_metrics_are_in_the_text_format(client: FlaskClient) -> None:
    text = client.get("/metrics", headers=OPERATOR).get_data(as_text=True)
    for name in (
        "baraza_webhook_calls",
        "baraza_oldest_unprocessed_seconds",
        "baraza_set_aside",
        "baraza_disk_free_bytes",
    ):
        assert name in text
    assert 'baraza_worker_beat_age_seconds{host="' in text


def test_what_waits_too_long_is_told_and_turns_no_message_down(beating: Program, client: FlaskClient) -> None:
    message = InboundMessage("SM1", "+9779800000001", LINE, "No water", {})
    beating.intake.accept("twilio", message)
    with beating.owner.begin() as connection:
        connection.execute(text("UPDATE message SET received_at = now() - interval '10 minutes'"))
    answer = client.get("/readyz", headers=OPERATOR)
    assert answer.status_code == 200
    assert answer.json is not None
    assert (answer.json["status"], answer.json["wrong"]) == ("degraded", ["inbox_late"])
    assert answer.json["oldest_unprocessed_seconds"] >= 600
    assert client.get("/readyz?strict").status_code == 503


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE message SET state = 'set_aside'", "set_aside"),
        ("UPDATE heartbeat SET beat_at = now() - interval '6 minutes' WHERE queue = 'inbox'", "worker_gone"),
        ("DELETE FROM heartbeat", "worker_never"),
    ],
)
def test_each_thing_that_is_wrong_has_its_code(beating: Program, statement: str, code: str) -> None:
    beating.intake.accept("twilio", InboundMessage("SM1", "+9779800000001", LINE, "No water", {}))
    with beating.owner.begin() as connection:
        assert codes(connection, beating) == []
        connection.execute(text(statement))
        assert codes(connection, beating) == [code]


def test_a_host_that_was_given_up_does_not_speak_for_one_that_works(beating: Program) -> None:
    with beating.owner.begin() as connection:
        connection.execute(
            text("INSERT INTO heartbeat (queue, host, beat_at) VALUES (:queue, 'old', now() - :age)"),
            {"queue": INBOX, "age": timedelta(days=1)},
        )
        assert codes(connection, beating) == []


def test_a_full_disk_is_told_before_it_is_full(beating: Program) -> None:
    with beating.owner.begin() as connection:
        health = read_health(connection, beating.settings.var)
    assert health.disk_total > health.disk_free > 0
    nearly_full = type(health)(0, 0.0, 0, 0, 0.0, health.beats, 1 << 29, 1 << 40)
    assert list(list_complaints(nearly_full)) == [Complaint("disk_low", "0.5 GiB are left on the disk of BARAZA_VAR")]
