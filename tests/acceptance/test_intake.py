"""The way in: what comes is kept, and answered in time, whatever others do."""

import hashlib
import socket
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.acceptance.conftest import Installations
from tests.acceptance.installation import Answer, Installation
from tests.acceptance.visitor import Visitor

CALLS = 4
HELD = 64  # unfinished calls
GUESSES = 48  # wrong passwords at once
IN_TIME_S = 10  # far less than what held up the webhooks
HANGING_S = 25  # twice as long as a gateway waits


def test_other_words_under_a_known_id_are_kept(installation: Installation) -> None:
    """H2: a counter that begins anew brings another message under a known id; it is stored too."""
    with installation.serve():
        first = installation.bring("a road is blocked", sid="SM" + "a" * 32)
        second = installation.bring("my house burns", sid="SM" + "a" * 32)
        again = installation.bring("my house burns", sid="SM" + "a" * 32)
    assert (first.status, second.status, again.status) == (200, 200, 200)
    assert installation.count_inbound() == 2


def test_bodies_that_do_not_come_hold_up_no_webhook(installation: Installation) -> None:
    """C3: while many connections send a few bytes of a body and then nothing, an SMS is answered."""
    kind = "Content-Type: application/x-www-form-urlencoded"
    head = "POST {path} HTTP/1.1\r\nHost: site\r\n" + kind + "\r\nContent-Length: 60000\r\n\r\na=b&c"
    with installation.serve_as_installed(), ExitStack() as stack:
        for number in range(HELD):
            path = ("/channels/twilio/sms", "/report")[number % 2]
            held = stack.enter_context(socket.create_connection(("127.0.0.1", installation.port)))
            held.sendall(head.format(path=path).encode())
        for _ in range(CALLS):  # one may come before all threads are taken
            assert answer_in_time(installation) == 200


def test_wrong_passwords_hold_up_no_webhook(installation: Installation) -> None:
    """C3: wrong passwords at once are refused without a hash for each, so that others are answered."""
    password = b64encode(b"nobody@example.org:wrong").decode()

    def guess(_: int) -> int:
        return installation.call("GET", "/openrosa/formList", headers={"Authorization": f"Basic {password}"}).status

    with installation.serve_as_installed(), ThreadPoolExecutor(GUESSES) as pool:
        guesses = pool.map(guess, range(GUESSES))
        assert answer_in_time(installation, HANGING_S) == 200
        told = list(guesses)
    assert {429, 503} & set(told), f"every one of {GUESSES} wrong passwords was looked at: {set(told)}"


def answer_in_time(installation: Installation, timeout_s: float = IN_TIME_S) -> int | str:
    """The status of an SMS by webhook, or that there was none."""
    try:
        return installation.bring("no water in ward 4", timeout_s=timeout_s).status
    except TimeoutError:
        return f"no answer after {timeout_s} s"


def test_a_locked_table_is_an_outage(installation: Installation) -> None:
    """H3: while a table is locked, as by a migration, webhooks hear 503 within a gateway's patience."""
    with installation.serve_as_installed():
        assert installation.bring("no water in ward 4").status == 200
        with installation.connect() as link, link.transaction():
            link.execute("LOCK TABLE message")
            assert answer_in_time(installation, HANGING_S) == 503
        assert installation.bring("no water in ward 4").status == 200


@contextmanager
def away(installation: Installation, seconds: float) -> Iterator[None]:
    """Close the database to everybody for so long, as a restart does; open again at the end of the block."""
    name = installation.database

    def let_in() -> None:
        with installation.connect_beside() as link:
            link.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')

    with installation.connect_beside() as link:
        link.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        link.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
    timer = threading.Timer(seconds, let_in)
    timer.start()
    try:
        yield
    finally:
        timer.join()


def test_the_form_and_the_api_wait_for_a_database_that_restarts(installation: Installation) -> None:
    """M1: a report by the web form or the API is stored although the database is away for a moment."""
    key = installation.command("api-key", "create", "partner").split()[-1]
    with installation.serve_as_installed():
        visitor = Visitor(installation)
        page = visitor.get("/report")
        fields = page.form("/report").fields | {"text": "no water in ward 4"}
        another = fields["id"][:-1] + ("1" if fields["id"].endswith("0") else "0")
        assert installation.post_form("/report?lang=en", fields | {"id": another}).status < 300

        def hand_over() -> Answer:
            headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
            return installation.call("POST", "/api/v1/messages", '{"id": "a-1", "text": "a road is blocked"}', headers)

        with ThreadPoolExecutor(2) as pool, away(installation, 1.5):
            by_form, by_api = pool.submit(installation.post_form, "/report?lang=en", fields), pool.submit(hand_over)
            statuses = {"form": by_form.result().status, "API": by_api.result().status}
    assert max(statuses.values()) < 300, statuses
    assert installation.count_inbound() == 3


GATEWAY = """
acme:
  adapter: generic
  region: NP
  inbound: {fields: {from: from, text: text}}
  proof: {by: token, secrets: [a-token-of-at-least-22-characters]}
"""


def test_ids_made_of_content_say_nothing_without_the_pepper(installations: Installations, tmp_path: Path) -> None:
    """M5: the id made for a message without one differs with the pepper: trying numbers finds none."""
    channels = tmp_path / "channels.yaml"
    channels.write_text(GATEWAY)
    ids = []
    for pepper in ("one-pepper-of-the-tests", "another-pepper-of-the-tests"):
        with installations.make(CHANNELS_FILE=str(channels), CONTACT_PEPPER=pepper) as installation:
            with installation.serve():
                fields = {"from": "+9779800000001", "text": "no water in ward 4"}
                answer = installation.post_form("/channels/acme/sms/a-token-of-at-least-22-characters", fields)
            assert answer.status == 200
            ids += installation.sql("SELECT external_id FROM message")
    assert len(ids) == 2
    assert ids[0] != ids[1], "the same number and words have the same id everywhere"


@pytest.mark.parametrize("order", [1, -1])
def test_a_call_with_two_lengths_is_refused(installation: Installation, order: int) -> None:
    """LOW: a request with Content-Length and Transfer-Encoding is read as two by different servers: 400."""
    lengths = ["Content-Length: 3", "Transfer-Encoding: chunked"][::order]
    body = "3\r\na=b\r\n0\r\n\r\n"
    head = "\r\n".join(["POST /report HTTP/1.1", "Host: site", *lengths])
    with (
        installation.serve_as_installed(),
        socket.create_connection(("127.0.0.1", installation.port), timeout=IN_TIME_S) as caller,
    ):
        caller.sendall(f"{head}\r\n\r\n{body}".encode())
        answer = caller.recv(4096).decode(errors="replace")
    assert answer.split()[1] == "400", answer[:100]


VONAGE = """
vonage: {signature_secrets: [a-secret-of-the-tests], signature_method: md5hash}
"""


def test_a_caught_call_makes_no_other_message(installations: Installations, tmp_path: Path) -> None:
    """LOW: fields of a signed call that are merged into the name of one, with the same signature, are refused."""
    channels = tmp_path / "channels.yaml"
    channels.write_text(VONAGE)
    fields = {
        "messageId": "a-1", "msisdn": "9779800000001", "text": "no water in ward 4", "to": "15005550006",
        "timestamp": str(int(time.time())), "type": "text",
    }  # fmt: skip
    joined = "".join(f"&{name}={fields[name]}" for name in sorted(fields))
    fields["sig"] = hashlib.md5(f"{joined}a-secret-of-the-tests".encode(), usedforsecurity=False).hexdigest()
    merged = {name: value for name, value in fields.items() if name not in ("messageId", "msisdn")}
    # In the order of the names it is the same row of signs.
    merged |= {f"messageId={fields['messageId']}&msisdn": fields["msisdn"]}
    with installations.make(CHANNELS_FILE=str(channels)) as installation, installation.serve():
        assert installation.post_form("/channels/vonage/sms", fields).status == 200
        assert installation.post_form("/channels/vonage/sms", merged).status in (400, 401, 403)
