"""What webhooks never brought is brought in from the gateway's log: all of it, once, whatever happens in between."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import Result
from sqlalchemy import func, select, update

from channels.base.gateway import MessageLog
from config.settings import Settings
from reporting.app import create_app
from reporting.bootstrap import Program
from reporting.inbox.reconciliation import NIGHTLY_AT, Reconciliation
from reporting.jobs import jobs
from reporting.models.base import now
from reporting.models.campaign import Campaign
from reporting.models.message import ChannelState, Message
from reporting.models.report import Report
from reporting.processing.worker import drain
from tests.child import start_child
from tests.conftest import ROOT
from tests.fake_twilio import FakeTwilio, settings_of, through

Run = Callable[..., Result]
LINE = "+15005550006"
WEBHOOK = "http://localhost/channels/twilio/sms"


@pytest.fixture
def settings(settings: Settings, fake_twilio: FakeTwilio) -> Settings:
    """Settings with the account of the stand-in."""
    return settings_of(settings, fake_twilio)


@pytest.fixture
def twilio(fake_twilio: FakeTwilio, program: Program, campaign: int) -> FakeTwilio:
    """The stand-in, calling our webhook."""
    assert campaign
    fake_twilio.webhook_url, fake_twilio.post = WEBHOOK, through(create_app(program).test_client())
    return fake_twilio


@pytest.fixture
def run(program: Program) -> Run:
    runner = create_app(program).test_cli_runner()
    return lambda *arguments: runner.invoke(args=["channels", *arguments])


def counts(result: Result) -> dict[str, int]:
    assert result.exit_code == 0, result.output
    return {name: int(value) for name, _, value in (line.partition(": ") for line in result.stdout.splitlines())}


def get_log(program: Program) -> MessageLog:
    log = program.gateways["twilio"].log
    assert log is not None
    return log


def stored_texts(program: Program) -> list[str]:
    """Words of the inbound messages in the order in which they are worked on."""
    with program.owner.begin() as connection:
        return list(
            connection.execute(select(Message.text).where(Message.direction == "in").order_by(Message.id)).scalars()
        )


def fill(twilio: FakeTwilio, count: int, *, every: int = 1) -> list[str]:
    """As many messages in the last day, each from somebody else; one in `every` reaches our webhook."""
    began, texts = now() - timedelta(hours=20), []
    for number in range(count):
        texts.append(f"no water in ward {number}")
        twilio.receive(
            texts[-1], sender=f"+97798{number:08d}", at=began + timedelta(seconds=number),
            is_webhook_down=bool(number % every) or every == 1,
        )  # fmt: skip
    return texts


def test_a_day_without_webhooks_loses_nothing_and_doubles_nothing(
    twilio: FakeTwilio, program: Program, run: Run
) -> None:
    texts = fill(twilio, 1100, every=11)  # a hundred came, a thousand did not
    twilio.receive("for somebody else's program", campaign_address="+15005550009", is_webhook_down=True)
    twilio.receive("long ago", at=now() - timedelta(days=9), is_webhook_down=True)
    assert len(stored_texts(program)) == 100
    first = counts(run("reconcile", "twilio", "--since", "2d"))
    assert first == {"listed": 1100, "known": 100, "brought in": 1000, "texts updated": 0}
    assert sorted(stored_texts(program)) == sorted(texts)
    assert drain(program.app, program.pipeline).processed == 1100
    with program.owner.begin() as connection:
        assert connection.execute(select(func.count()).select_from(Report)).scalar_one() == 1100
    again = counts(run("reconcile", "twilio", "--since", "2d"))
    assert (again["known"], again["brought in"]) == (1100, 0)


def test_a_line_that_the_webhook_takes_without_being_told_is_read_as_well(
    twilio: FakeTwilio, program: Program, run: Run
) -> None:
    for words, is_down in (("came by itself", False), ("never came", True)):
        twilio.receive(words, campaign_address="whatsapp:+15005550009", is_webhook_down=is_down)
        drain(program.app, program.pipeline)
    assert counts(run("reconcile", "twilio", "--since", "2d"))["brought in"] == 1
    assert sorted(stored_texts(program)) == ["came by itself", "never came"]


def test_a_message_keeps_its_time_its_sender_and_its_pictures(twilio: FakeTwilio, program: Program, run: Run) -> None:
    at = (now() - timedelta(hours=5)).replace(microsecond=0)
    sid = twilio.receive("look", at=at, media=[("image/jpeg", b"x")], is_webhook_down=True)
    came = twilio.receive("look again", at=at, media=[("image/jpeg", b"x")])
    counts(run("reconcile", "twilio", "--since", "1d"))
    with program.owner.begin() as connection:
        rows = {row.external_id: row for row in connection.execute(select(Message.__table__))}
    assert set(rows) == {sid, came}
    assert rows[sid].received_at == at
    assert rows[sid].address_hash == rows[came].address_hash
    details = [program.pseudonyms.unseal(rows[each].details_encrypted).replace(each, "") for each in (sid, came)]
    assert all('"image/jpeg"' in each and "/Media/ME" in each for each in details)
    assert b"9779800000001" not in repr(tuple(rows[sid])).encode()


def test_the_oldest_comes_in_first_over_all_pages(twilio: FakeTwilio, program: Program, run: Run) -> None:
    texts = fill(twilio, 2300)
    counts(run("reconcile", "twilio", "--since", "1d"))
    assert stored_texts(program) == texts


def test_one_that_is_broken_off_leaves_what_it_brought_and_the_next_completes_it(
    twilio: FakeTwilio, program: Program
) -> None:
    texts = fill(twilio, 2300)
    brought: list[int] = []

    def die_after_the_first_page() -> None:
        brought.append(len(stored_texts(program)))
        if brought[-1]:
            raise KeyboardInterrupt

    log, moment = get_log(program), now()
    cut = Reconciliation(program.app, program.pseudonyms, program.delivery_reports.record, die_after_the_first_page)
    with pytest.raises(KeyboardInterrupt):
        cut.run("twilio", log, moment - timedelta(days=1), moment)
    assert 0 < len(stored_texts(program)) < len(texts)
    with program.owner.begin() as connection:
        assert connection.execute(select(ChannelState.reconciled_until)).scalar() is None
    program.make_reconciliation(lambda: None).run("twilio", log, moment - timedelta(days=1), moment)
    assert sorted(stored_texts(program)) == sorted(texts)


def test_a_process_that_is_killed_leaves_what_it_brought_and_the_next_completes_it(
    twilio: FakeTwilio, program: Program, settings: Settings, run: Run
) -> None:
    texts = fill(twilio, 2300)
    twilio.fail_next(503, times=5, after=3)  # three pages there; on the way back it has to wait for the second one
    environment = {
        **os.environ, "DATABASE_URL": program.database_url, "REDIS_URL": program.redis_url,
        "BARAZA_VAR": str(settings.var),
        "CONTACT_PEPPER": settings.contact_pepper, "SECRET_KEY": settings.secret_key, "TWILIO_API_URL": twilio.url,
        "TWILIO_ACCOUNT_SID": twilio.account_sid, "TWILIO_AUTH_TOKEN": twilio.auth_token,
    }  # fmt: skip
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "channels", "reconcile", "twilio", "--since", "1d"]
    with start_child(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE) as process:
        deadline = time.monotonic() + 240
        while len(twilio.calls) < 4 and time.monotonic() < deadline and process.poll() is None:
            threading.Event().wait(0.02)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    assert stored_texts(program) == texts[:300]
    twilio.failures.clear()
    assert counts(run("reconcile", "twilio", "--since", "1d"))["brought in"] == 2000
    assert sorted(stored_texts(program)) == sorted(texts)


def test_two_at_once_and_webhooks_among_them_make_each_message_once(twilio: FakeTwilio, program: Program) -> None:
    texts = fill(twilio, 600)
    late = [sid for number, sid in enumerate(twilio.records) if number % 10 == 0]
    moment = now()

    def reconcile(_: int) -> int:
        work = program.make_reconciliation(lambda: None)
        return work.run("twilio", get_log(program), moment - timedelta(days=1), moment).brought_in

    def call_webhook(sid: str) -> int:
        return twilio.call_back(WEBHOOK, twilio.webhook_form(sid))

    with ThreadPoolExecutor(4) as pool:
        brought, answers = pool.map(reconcile, range(2)), pool.map(call_webhook, late)
        assert set(answers) == {200}
        assert sum(brought) <= len(texts)
    assert sorted(stored_texts(program)) == sorted(texts)


def test_sent_texts_whose_reports_never_came_are_brought_up_to_date(
    twilio: FakeTwilio, program: Program, campaign: int, run: Run
) -> None:
    sender = program.gateways["twilio"].sender
    assert sender is not None
    sids = [sender.send(campaign_address=LINE, address="+9779800000001", text=f"text {number}") for number in range(4)]
    states = ("sent", "sent", "delivered", "sent")
    with program.owner.begin() as connection:
        for sid, state in zip(sids, states, strict=True):
            connection.execute(
                Message.__table__.insert().values(
                    campaign_id=campaign, channel="twilio", external_id=sid, direction="out", text="", state=state
                )
            )
    twilio.set_status(sids[0], "delivered")
    twilio.set_status(sids[1], "undelivered", 30003)
    twilio.set_status(sids[2], "sent")  # the log is behind: we know better
    assert counts(run("reconcile", "twilio", "--since", "1d"))["texts updated"] == 2
    with program.owner.begin() as connection:
        rows = connection.execute(select(Message.state, Message.error).order_by(Message.id)).all()
    assert [tuple(row) for row in rows] == [
        ("delivered", None),
        ("failed", "30003"),
        ("delivered", None),
        ("sent", None),
    ]


def test_the_nightly_job_runs_once_a_night_and_makes_up_for_a_night_that_was_missed(
    twilio: FakeTwilio, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "get_program", lambda: program)
    twilio.receive("no water", at=now() - timedelta(hours=30), is_webhook_down=True)
    jobs.reconcile_channels()
    assert stored_texts(program) == []  # the campaign began today: its first night is to come
    with program.owner.begin() as connection:
        connection.execute(update(Campaign).values(created_at=now() - timedelta(days=3)))
    jobs.reconcile_channels()
    assert stored_texts(program) == ["no water"]
    listed = len(twilio.calls)
    jobs.reconcile_channels()
    assert len(twilio.calls) == listed  # it has run since the last night
    with program.owner.begin() as connection:
        until = connection.execute(select(ChannelState.reconciled_until)).scalar_one()
        assert until is not None
        assert until > datetime.combine(now().date() - timedelta(days=1), NIGHTLY_AT)
        connection.execute(update(ChannelState).values(reconciled_until=now() - timedelta(days=4)))
    twilio.receive("while we were away", at=now() - timedelta(days=4, hours=2), is_webhook_down=True)
    jobs.reconcile_channels()
    assert stored_texts(program) == ["no water", "while we were away"]


def test_a_log_that_cannot_be_read_is_read_by_the_next_job(
    twilio: FakeTwilio, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "get_program", lambda: program)
    with program.owner.begin() as connection:
        connection.execute(update(Campaign).values(created_at=now() - timedelta(days=3)))
    twilio.receive("no water", is_webhook_down=True)
    twilio.fail_next(401)
    jobs.reconcile_channels()
    assert stored_texts(program) == []
    jobs.reconcile_channels()
    assert stored_texts(program) == ["no water"]


def test_a_reading_that_leaves_a_gap_does_not_hide_it_from_the_nightly_one(
    twilio: FakeTwilio, program: Program, run: Run
) -> None:
    assert twilio
    old = now() - timedelta(days=3)
    with program.owner.begin() as connection:
        connection.execute(ChannelState.__table__.insert().values(channel="twilio", reconciled_until=old))
    counts(run("reconcile", "twilio", "--since", "3h"))
    with program.owner.begin() as connection:
        assert connection.execute(select(ChannelState.reconciled_until)).scalar_one() == old
    counts(run("reconcile", "twilio"))  # without --since: from there on
    with program.owner.begin() as connection:
        assert connection.execute(select(ChannelState.reconciled_until)).scalar_one() > now() - timedelta(minutes=5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["carrierpigeon", "--since", "3d"], "no channel is called carrierpigeon; there are: twilio"),
        (["twilio", "--since", "2026-13-01"], "--since: 2026-13-01 is not a date"),
        (["twilio", "--since", "lately"], "--since: lately is not a date"),
        (["twilio", "--since", "0001-01-01"], "--since: 0001-01-01 is not between 2000-01-01 and"),
        (["twilio", "--since", "1d", "--until", "9999-12-31"], "--until: 9999-12-31 is not between"),
        (["twilio", "--since", "1d", "--until", "2d"], "is not before"),
    ],
)
def test_bad_input_is_one_clear_line(twilio: FakeTwilio, run: Run, arguments: list[str], message: str) -> None:
    assert twilio
    result = run("reconcile", *arguments)
    assert result.exit_code == 1
    assert message in result.output
    assert len(result.output.strip().splitlines()) == 1


def test_wrong_credentials_are_one_clear_line_without_them(twilio: FakeTwilio, run: Run) -> None:
    twilio.auth_token = "another one"
    result = run("reconcile", "twilio", "--since", "1d")
    assert result.exit_code == 1
    assert result.output == "Error: channel twilio: its gateway refuses our credentials (http_401)\n"


def test_a_date_is_meant_with_its_whole_day(twilio: FakeTwilio, program: Program, run: Run) -> None:
    day = (now() - timedelta(days=5)).astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    for hours in (-1, 0, 12, 23.9, 25):
        twilio.receive(f"at {hours}", at=day + timedelta(hours=hours), is_webhook_down=True)
    counts(run("reconcile", "twilio", "--since", f"{day:%Y-%m-%d}", "--until", f"{day:%Y-%m-%d}"))
    assert stored_texts(program) == ["at 0", "at 12", "at 23.9"]
