"""Public events reach who subscribed: signed, once by their id, whoever dies in between, at no private address."""

import base64
import hashlib
import hmac
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from reporting.aggregation.publication import withdraw_release
from reporting.bootstrap import Program
from reporting.subscriptions.delivery import PAUSES, deliver_due
from reporting.subscriptions.events import queue_events
from reporting.subscriptions.post import AddressRefused, NotTaken, Poster
from reporting.subscriptions.signature import sign
from reporting.subscriptions.subscription import (
    SubscriptionRefused,
    add_subscription,
    end_subscription,
    list_set_aside,
    list_subscriptions,
    replay,
)
from tests.child import start_child
from tests.factories.release import make_world
from tests.port import find_free_port

_MONTHS = ("2026-08", "2026-09", "2026-10", "2026-11")
URL = "http://localhost"


class Receiver:
    """The receiver's process, its folder, and what came."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, find_free_port()
        self.poster = Poster(private_hosts=frozenset({f"127.0.0.1:{self.port}"}))
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/events?of=baraza"

    def start(self) -> None:
        program = Path(__file__).with_name("receiver.py")
        self.process = start_child([sys.executable, str(program), str(self.port), str(self.folder)])
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                self.poster.post(self.url + "&probe", b"{}", {"webhook-id": "probe"})
            except NotTaken:
                time.sleep(0.05)
            else:
                break
        for name in ("calls", "taken"):
            lines = [line for line in self._read(name) if json.loads(line)["webhook-id"] != "probe"]
            (self.folder / name).write_text("".join(f"{line}\n" for line in lines))

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def list_calls(self, name: str) -> list[dict[str, str]]:
        return [json.loads(line) for line in self._read(name)]

    def tell(self, name: str, value: object) -> None:
        (self.folder / name).write_text(str(value))

    def _read(self, name: str) -> list[str]:
        path = self.folder / name
        return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    made = Receiver(tmp_path)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def campaign_id(program: Program) -> int:
    """A campaign that will publish."""
    with program.owner.begin() as connection:
        return make_world(connection).campaign_id


def publish(program: Program, months: tuple[str, ...]) -> list[int]:
    """Rows of releases as publishing leaves them: what is delivered is that they are public, not their figures."""
    statement = text(
        "INSERT INTO release (campaign_id, campaign_slug, campaign_name, cube, period, version, policy, quality,"
        " topics, code_version) SELECT id, slug, name, 'incidents', :period, 1, '{}', '{}', '{}', 'x' FROM campaign"
        " RETURNING id"
    )
    with program.owner.begin() as connection:
        return [connection.execute(statement, {"period": month}).scalar_one() for month in months]


def subscribe(program: Program, receiver: Receiver, campaign_id: int, *kinds: str) -> str:
    with program.owner.begin() as connection:
        return add_subscription(connection, program.pseudonyms, receiver.poster, campaign_id, receiver.url, kinds)


def work(program: Program, receiver: Receiver) -> int:
    """What the job does, as the role that does it."""
    with program.app.begin() as connection:
        queue_events(connection, URL)
    return deliver_due(program.app, program.pseudonyms, receiver.poster, budget_s=20)


def let_time_pass(program: Program) -> None:
    """Every pause and every lease is over."""
    with program.owner.begin() as connection:
        connection.execute(text("UPDATE event_delivery SET due_at = now() WHERE state IN ('queued', 'sending')"))


def read(program: Program, statement: str) -> list[Any]:
    with program.owner.begin() as connection:
        return list(connection.execute(text(statement)))


def test_a_release_is_announced_once_and_its_withdrawal_too(
    program: Program, receiver: Receiver, campaign_id: int
) -> None:
    secret = subscribe(program, receiver, campaign_id)
    [release_id] = publish(program, ("2026-11",))
    assert work(program, receiver) == 1
    assert work(program, receiver) == 0
    with program.owner.begin() as connection:
        withdraw_release(connection, release_id, "Counted twice")
    assert work(program, receiver) == 1
    published, withdrawn = receiver.list_calls("taken")
    assert [json.loads(each["body"])["type"] for each in (published, withdrawn)] == [
        "release.published", "release.withdrawn",
    ]  # fmt: skip
    body = json.loads(published["body"])
    assert body["data"]["page"] == f"{URL}/data/releases/{release_id}"
    check_signature(secret, published)


def check_signature(secret: str, call: dict[str, str]) -> None:
    """As a receiver checks it: the key is what follows `whsec_`, in base64."""
    said = f"{call['webhook-id']}.{call['webhook-timestamp']}.{call['body']}".encode()
    key = base64.b64decode(secret.removeprefix("whsec_"))
    proof = base64.b64encode(hmac.new(key, said, hashlib.sha256).digest()).decode()
    assert call["webhook-signature"] == f"v1,{proof}"
    assert abs(time.time() - int(call["webhook-timestamp"])) < 60


def test_the_signature_is_that_of_the_example_in_the_standard() -> None:
    headers = sign(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_receiver_killed_in_the_middle_loses_nothing_and_takes_nothing_twice(
    program: Program, receiver: Receiver, campaign_id: int
) -> None:
    subscribe(program, receiver, campaign_id)
    publish(program, _MONTHS)
    receiver.tell("die", 2)  # it takes the second event, and is killed before it answers
    assert work(program, receiver) == 1
    assert receiver.process is not None
    assert receiver.process.wait(timeout=60) != 0
    assert {row.state for row in read(program, "SELECT state FROM event_delivery")} == {"delivered", "queued"}
    receiver.tell("die", 0)
    receiver.start()
    let_time_pass(program)
    assert work(program, receiver) == 3
    calls, taken = receiver.list_calls("calls"), receiver.list_calls("taken")
    assert len(calls) == 5
    assert len({call["webhook-id"] for call in calls}) == len(taken) == 4
    assert sorted(json.loads(each["body"])["data"]["period"] for each in taken) == list(_MONTHS)
    second = [call for call in calls if call["webhook-id"] == calls[1]["webhook-id"]]
    assert len(second) == 2
    assert second[0]["body"] == second[1]["body"]


def test_a_worker_that_dies_while_posting_leaves_the_event_to_the_next(
    program: Program, receiver: Receiver, campaign_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe(program, receiver, campaign_id)
    publish(program, ("2026-11",))

    def die(*_arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Poster, "post", die)
        with pytest.raises(KeyboardInterrupt):
            work(program, receiver)
    assert work(program, receiver) == 0  # its lease holds
    let_time_pass(program)
    assert work(program, receiver) == 1
    assert len(receiver.list_calls("taken")) == 1


def test_what_is_refused_again_and_again_is_set_aside_and_can_be_replayed(
    program: Program, receiver: Receiver, campaign_id: int
) -> None:
    subscribe(program, receiver, campaign_id)
    publish(program, ("2026-11",))
    receiver.tell("status", 500)
    for _ in range(len(PAUSES) + 1):
        assert work(program, receiver) == 0
        let_time_pass(program)
    with program.owner.begin() as connection:
        [dead] = list_set_aside(connection, campaign_id)
        assert (dead.error, dead.attempts) == ("http_500", len(PAUSES) + 1)
    assert work(program, receiver) == 0
    assert len(receiver.list_calls("calls")) == len(PAUSES) + 1
    receiver.tell("status", 200)
    with program.owner.begin() as connection:
        assert replay(connection, campaign_id, [dead.id]) == 1
        assert replay(connection, campaign_id) == 0
    assert work(program, receiver) == 1
    [taken] = receiver.list_calls("taken")
    assert {call["webhook-id"] for call in receiver.list_calls("calls")} == {taken["webhook-id"]}


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(program: Program, receiver: Receiver, campaign_id: int, status: int) -> None:
    subscribe(program, receiver, campaign_id)
    publish(program, ("2026-11",))
    receiver.tell("status", status)
    assert work(program, receiver) == 0
    assert len(receiver.list_calls("calls")) == 1
    assert read(program, "SELECT error FROM event_delivery")[0].error == f"http_{status}"


def test_who_is_gone_is_asked_no_more(program: Program, receiver: Receiver, campaign_id: int) -> None:
    subscribe(program, receiver, campaign_id)
    publish(program, _MONTHS)
    receiver.tell("status", 410)
    assert work(program, receiver) == 0
    assert len(receiver.list_calls("calls")) == 1
    with program.owner.begin() as connection:
        [info] = list_subscriptions(connection, campaign_id)
    assert info.ended_at is not None


def test_only_what_was_asked_for_from_then_on_until_it_ends(
    program: Program, receiver: Receiver, campaign_id: int
) -> None:
    publish(program, ("2026-08",))
    with program.app.begin() as connection:
        queue_events(connection, URL)  # announced before anybody subscribed
    subscribe(program, receiver, campaign_id, "release")
    publish(program, ("2026-09",))
    assert work(program, receiver) == 1
    with program.owner.begin() as connection:
        for each in list_subscriptions(connection, campaign_id):
            assert end_subscription(connection, campaign_id, each.id)
    publish(program, ("2026-10",))
    assert work(program, receiver) == 0
    assert [json.loads(each["body"])["data"]["period"] for each in receiver.list_calls("taken")] == ["2026-09"]


@pytest.mark.usefixtures("campaign_id")
def test_a_release_that_waits_for_somebody_is_not_announced(program: Program) -> None:
    [release_id] = publish(program, ("2026-11",))
    with program.owner.begin() as connection:
        connection.execute(text("INSERT INTO release_hold (release_id) VALUES (:id)"), {"id": release_id})
    with program.app.begin() as connection:
        queue_events(connection, URL)
    assert read(program, "SELECT FROM public_event") == []


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "10.0.0.7", "169.254.169.254", "192.168.1.1", "[::1]", "[fd00::1]", "[::ffff:10.0.0.1]"]
)
def test_no_private_address_is_called(host: str) -> None:
    with pytest.raises(NotTaken, match="private_address"):
        Poster().post(f"https://{host}/", b"{}", {})


def test_a_name_that_leads_to_a_private_address_is_not_called() -> None:
    def look_up(_host: str, port: int, **_options: object) -> list[Any]:
        return [(2, 1, 6, "", ("93.184.216.34", port)), (2, 1, 6, "", ("10.0.0.7", port))]

    with pytest.raises(NotTaken, match="private_address"):
        Poster(look_up=look_up).post("https://example.org/", b"{}", {})


@pytest.mark.parametrize(
    "url", ["http://example.org/", "https://a:b@example.org/", "ftp://example.org/", "x", "https://"]
)
def test_an_address_that_nothing_is_posted_to_is_refused(program: Program, campaign_id: int, url: str) -> None:
    with pytest.raises(AddressRefused):
        Poster().check(url)
    with program.owner.begin() as connection, pytest.raises(SubscriptionRefused):
        add_subscription(connection, program.pseudonyms, Poster(), campaign_id, url)


def test_the_secret_is_stored_encrypted(program: Program, receiver: Receiver, campaign_id: int) -> None:
    secret = subscribe(program, receiver, campaign_id)
    [row] = read(program, "SELECT * FROM subscription")
    assert secret not in str(row)
    assert base64.b64decode(secret.removeprefix("whsec_")) not in bytes(row.secret_encrypted)
