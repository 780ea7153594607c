"""Redis carries wake-ups and nothing else: away, slow or wiped, it changes neither an answer nor a message."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest
import redis
from sqlalchemy import select

from channels.base.items import InboundMessage
from config.queues import INBOX
from config.settings import Settings
from reporting.app import create_app
from reporting.bootstrap import Program
from reporting.inbox.store import accept_many, make_row
from reporting.inbox.wakeup import WorkerWakeup, held_key, wake_now
from reporting.models.base import now
from reporting.models.message import Message
from reporting.processing.worker import drain
from tests.conftest import AUTH_TOKEN
from tests.gateway import sign, twilio_form

URL = "http://localhost/channels/twilio/sms"


@pytest.fixture
def deaf_port() -> Iterator[int]:
    """A port that accepts connections and never says anything: Redis at its slowest."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(50)
        yield int(server.getsockname()[1])


@pytest.mark.usefixtures("campaign")
@pytest.mark.parametrize("state", ["away", "slow"])
def test_a_webhook_answers_and_stores_without_redis(
    settings: Settings, database_url: str, deaf_port: int, state: str, program: Program
) -> None:
    redis_url = f"redis://127.0.0.1:{deaf_port if state == 'slow' else 1}/0"
    without = Program(settings, database_url, redis_url)
    client = create_app(without).test_client()
    started = time.monotonic()
    for number in range(5):
        form = twilio_form(f"no water {number}")
        assert client.post("/channels/twilio/sms", data=form, headers=sign(URL, form, AUTH_TOKEN)).status_code == 200
    assert time.monotonic() - started < 8  # five wake-ups wait up to 2 s each for Redis, the webhook never does
    without.close()
    assert drain(program.app, program.pipeline).processed == 5


def test_many_wake_ups_become_one_waiting_job(redis_url: str) -> None:
    client = redis.Redis.from_url(redis_url)
    client.flushdb()
    for _ in range(50):
        wake_now(client, INBOX)
    assert client.llen("rq:queue:inbox") == 1
    client.delete(held_key(INBOX))  # as the job does when it starts: what comes now is not served by it
    wake_now(client, INBOX)
    assert client.llen("rq:queue:inbox") == 2
    client.flushdb()


def test_a_wake_up_reaches_redis_from_whatever_thread(redis_url: str) -> None:
    client = redis.Redis.from_url(redis_url)
    client.flushdb()
    waker = WorkerWakeup(redis_url)
    threads = [threading.Thread(target=waker.wake, args=(INBOX,)) for _ in range(10)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 120
    while client.llen("rq:queue:inbox") == 0 and time.monotonic() < deadline:
        threading.Event().wait(0.02)
    assert client.llen("rq:queue:inbox") == 1
    client.flushdb()


def test_a_message_by_webhook_and_one_by_import_are_stored_alike(program: Program, campaign: int) -> None:
    at = now()
    for number, store in enumerate((by_webhook, by_import)):
        store(program, InboundMessage(f"A{number}", "+9779800000001", "+15005550006", "no \u0000water", {"a": "b"}, at))
    with program.owner.begin() as connection:
        one, other = connection.execute(select(Message.__table__).order_by(Message.external_id)).mappings().all()
    sealed = {
        "id",
        "external_id",
        "address_encrypted",
        "payload_encrypted",
        "fingerprint",
    }  # the last one is of the id too
    assert {key: one[key] for key in one if key not in sealed} == {
        key: other[key] for key in other if key not in sealed
    }
    assert program.pseudonyms.unseal(one["payload_encrypted"]) == program.pseudonyms.unseal(other["payload_encrypted"])
    assert campaign


def by_webhook(program: Program, message: InboundMessage) -> None:
    program.intake.accept("twilio", message)


def by_import(program: Program, message: InboundMessage) -> None:
    with program.owner.begin() as connection:
        assert accept_many(connection, [make_row(program.pseudonyms, "twilio", message)]) == 1
        assert accept_many(connection, [make_row(program.pseudonyms, "twilio", message)]) == 0
