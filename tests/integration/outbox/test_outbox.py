"""The outbox: what is queued leaves once, in fair order, at its gateway's pace, and never to who asked for silence."""

import threading
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from structlog.contextvars import get_contextvars

from channels.base.errors import SendError
from channels.base.items import DeliveryReport
from config.local.process import wait_until
from config.log_ids import bind_job
from reporting.bootstrap import Program
from reporting.models.base import now
from reporting.models.states import Purpose
from reporting.outbox.outbox import queue_text
from tests.integration.outbox.phones import Outbox, Phones


@pytest.fixture
def outbox(program: Program, campaign: int) -> Outbox:
    """An empty outbox."""
    return Outbox(program, campaign)


def test_a_text_that_left_knows_when_under_which_id_and_what_it_cost(outbox: Outbox) -> None:
    outbox.queue("a" * 161)
    assert outbox.deliver(Phones()) == 1
    (row,) = outbox.rows()
    assert (row.state, row.external_id, row.segments, row.error) == ("sent", "G1", 2, None)
    assert now() - row.sent_at < timedelta(minutes=1)
    assert row.delivered_at is None


def test_each_call_of_a_gateway_has_the_id_of_the_job_on_its_log_lines(outbox: Outbox) -> None:
    outbox.queue("one")
    outbox.queue("two")
    found: list[dict[str, Any]] = []
    with bind_job("6f1c1f0e-0000-4000-8000-0000000000ab"):
        outbox.deliver(Phones(during=lambda: found.append(get_contextvars())))
    assert found == [{"job_id": "6f1c1f0e-0000-4000-8000-0000000000ab"}] * 2


def test_commands_and_acknowledgements_go_before_questions_before_replies_before_news(outbox: Outbox) -> None:
    for purpose in (Purpose.NEWS, Purpose.REPLY, Purpose.QUESTION, Purpose.ACKNOWLEDGEMENT, Purpose.COMMAND):
        outbox.queue(purpose, purpose=purpose)
    phones = Phones()
    outbox.deliver(phones, rates={"twilio": 50})
    assert phones.texts == [Purpose.ACKNOWLEDGEMENT, Purpose.COMMAND, Purpose.QUESTION, Purpose.REPLY, Purpose.NEWS]


def test_a_contact_with_many_texts_lets_others_go_between(outbox: Outbox) -> None:
    outbox.queue(*(f"many {number}" for number in range(50)))
    outbox.queue("one")
    phones = Phones()
    outbox.deliver(phones, rates={"twilio": 100})
    assert phones.texts.index("one") <= 2


def test_texts_to_one_contact_arrive_in_their_order_however_many_calls_run_at_once(outbox: Outbox) -> None:
    contact = outbox.add_contact()
    texts = [f"text {number}" for number in range(8)]
    outbox.queue(*texts, contact=contact)
    phones = Phones(takes_s=0.02)
    while outbox.deliver(phones):
        pass
    assert phones.texts == texts


def test_several_calls_run_side_by_side(outbox: Outbox) -> None:
    for number in range(40):
        outbox.queue(f"text {number}")
    together = threading.Barrier(5)
    phones = Phones(during=lambda: together.wait(60))  # each call ends when four others run beside it
    assert outbox.deliver(phones, budget_s=120) == 40
    assert len(phones.texts) == 40


def test_deliveries_side_by_side_send_nothing_twice(outbox: Outbox) -> None:
    for number in range(120):
        outbox.queue(f"text {number}")
    phones = Phones(takes_s=0.002)
    threads = [threading.Thread(target=outbox.deliver, args=(phones,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    outbox.deliver(phones)
    assert Counter(phones.texts) == Counter({f"text {number}": 1 for number in range(120)})
    assert set(outbox.states()) == {"sent"}


def test_a_gateway_gets_no_more_texts_a_second_than_it_takes_whoever_sends(outbox: Outbox) -> None:
    for number in range(12):
        outbox.queue(f"text {number}")
    phones = Phones()
    rates = {"twilio": 10.0}
    threads = [threading.Thread(target=outbox.deliver, args=(phones,), kwargs={"rates": rates}) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while len(phones.taken) < 12:
        outbox.deliver(phones, rates=rates)
    moments = sorted(at for _address, _words, at in phones.taken)
    assert moments[-1] - moments[0] > 10 / 10.0 * 0.9  # eleven gaps of 0.1 s, less the one that may be caught up


def test_a_slow_gateway_holds_up_no_other(outbox: Outbox) -> None:
    for number in range(20):
        outbox.queue(f"slow {number}", channel="slow")
        outbox.queue(f"fast {number}")
    fast, was_passed = Phones(), list[bool]()
    slow = Phones(during=lambda: was_passed.append(wait_until(lambda: len(fast.texts) == 20, 60)))
    outbox.deliver({"slow": slow, "twilio": fast}, budget_s=120)
    assert was_passed == [True] * 20


def test_a_gateway_that_fails_is_left_alone_and_then_tried_with_one_text(outbox: Outbox) -> None:
    for number in range(60):
        outbox.queue(f"text {number}")
    away = Phones(faults={"*": SendError("http_503", retryable=True)})
    while outbox.deliver(away):
        pass
    tried = sum(row.attempts > 0 for row in outbox.rows())
    assert 3 <= tried <= 20  # those that were on their way together, and not all sixty
    assert set(outbox.states()) == {"queued"}

    outbox.set("UPDATE channel_state SET next_at = NULL")  # the pause is over: one text tries
    back = Phones()
    back.during = lambda: back.faults.clear()
    outbox.deliver(back)
    assert back.texts
    outbox.hurry()
    while outbox.deliver(back):
        outbox.hurry()
    assert set(outbox.states()) == {"sent"}


def test_what_can_help_is_tried_again_later_and_what_cannot_fails_with_its_code(outbox: Outbox) -> None:
    outbox.queue("away")
    outbox.queue("wrong")
    faults = {"away": SendError("http_500", retryable=True), "wrong": SendError("21211", retryable=False)}
    outbox.deliver(Phones(faults=faults))
    away, wrong = outbox.rows()
    assert (away.state, away.error, away.attempts) == ("queued", "http_500", 1)
    assert timedelta(seconds=10) < away.retry_at - now() < timedelta(seconds=20)
    assert (wrong.state, wrong.error) == ("failed", "21211")


def test_a_fault_in_an_adapter_is_the_fault_of_one_text(outbox: Outbox) -> None:
    class Broken(Phones):
        def send(self, *, campaign_address: str, address: str, text: str) -> str:
            if text == "odd":
                raise ZeroDivisionError
            return super().send(campaign_address=campaign_address, address=address, text=text)

    outbox.queue("odd")
    outbox.queue("even")
    outbox.deliver(Broken())
    assert outbox.states() == ["queued", "sent"]


def test_a_text_whose_worker_died_in_the_call_leaves_again_after_its_lease(outbox: Outbox) -> None:
    class Killed(BaseException):
        """Stands for SIGKILL in the middle of a call."""

    def die() -> None:
        raise Killed

    outbox.queue("hello")
    with pytest.raises(Killed):
        outbox.deliver(Phones(during=die))
    assert outbox.states() == ["sending"]
    phones = Phones()
    assert outbox.deliver(phones) == 0  # it may still be on its way
    outbox.hurry()
    assert outbox.deliver(phones) == 1
    assert phones.texts == ["hello"]
    assert outbox.states() == ["sent"]


def test_who_opted_out_gets_nothing_but_the_confirmation(outbox: Outbox) -> None:
    contact = outbox.add_contact()
    outbox.queue("news", contact=contact)
    outbox.queue("you will get no more", contact=contact, purpose=Purpose.COMMAND)
    outbox.set("UPDATE contact SET opted_out_at = now()")
    phones = Phones()
    outbox.deliver(phones)
    assert phones.texts == ["you will get no more"]
    assert [row.error for row in outbox.rows()] == ["opted_out", None]


def test_a_stop_that_is_being_worked_on_is_waited_for(outbox: Outbox) -> None:
    contact = outbox.add_contact()
    outbox.queue("news", contact=contact)
    phones = Phones()
    with outbox.program.owner.begin() as connection:
        connection.execute(text("UPDATE contact SET opted_out_at = now() WHERE id = :id"), {"id": contact})
        assert outbox.deliver(phones) == 0
    outbox.deliver(phones)
    assert phones.texts == []


def test_a_gateway_that_knows_of_an_opt_out_tells_us(outbox: Outbox) -> None:
    contact = outbox.add_contact()
    outbox.queue("first", "second", contact=contact)
    phones = Phones(faults={"first": SendError("21610", retryable=False, is_opt_out=True)})
    while outbox.deliver(phones):
        pass
    assert [(row.state, row.error) for row in outbox.rows()] == [("failed", "21610"), ("failed", "opted_out")]
    with outbox.program.owner.begin() as connection:
        assert queue_text(connection, contact_id=contact, text="third", report_id=None) is None


def test_a_contact_gets_ten_automatic_texts_an_hour_and_every_reply(outbox: Outbox) -> None:
    contact = outbox.add_contact()
    for number in range(7):
        outbox.queue(f"thanks {number}", contact=contact, purpose=Purpose.ACKNOWLEDGEMENT)
        outbox.queue(f"where {number}", contact=contact, purpose=Purpose.QUESTION)
    outbox.queue("a moderator's", contact=contact)
    outbox.queue("stopped", contact=contact, purpose=Purpose.COMMAND)
    errors = Counter(row.error for row in outbox.rows())
    assert errors == {None: 12, "too_many": 4}
    outbox.set("UPDATE message SET received_at = received_at - interval '61 minutes'")
    outbox.queue("thanks again", contact=contact, purpose=Purpose.ACKNOWLEDGEMENT)
    assert outbox.rows()[-1].state == "queued"


def test_a_campaign_sets_how_many_automatic_texts_an_hour(outbox: Outbox) -> None:
    outbox.set("""UPDATE campaign SET conversation = '{"replies_per_hour": 2}'""")
    contact = outbox.add_contact()
    outbox.queue("one", "two", "three", contact=contact, purpose=Purpose.ACKNOWLEDGEMENT)
    assert [row.error for row in outbox.rows()] == [None, None, "too_many"]


def test_in_quiet_hours_what_can_wait_waits_for_their_end(outbox: Outbox) -> None:
    zone_now = now() + timedelta(hours=5, minutes=45)  # Kathmandu
    start, end = (zone_now + timedelta(hours=hours) for hours in (-1, 2))
    quiet = f'{{"quiet_hours": {{"from": "{start:%H:%M}", "until": "{end:%H:%M}"}}}}'
    outbox.set("UPDATE campaign SET conversation = CAST(:quiet AS jsonb)", quiet=quiet)
    outbox.queue("news", purpose=Purpose.NEWS, respects_quiet_hours=True)
    outbox.queue("an answer")
    outbox.queue("thanks", purpose=Purpose.ACKNOWLEDGEMENT)
    phones = Phones()
    outbox.deliver(phones)
    assert sorted(phones.texts) == ["an answer", "thanks"]
    news = outbox.rows()[0]
    assert news.state == "queued"
    assert timedelta(minutes=118) < news.retry_at - now() < timedelta(minutes=121)


def test_news_of_a_report_that_was_restricted_meanwhile_is_not_told(outbox: Outbox) -> None:
    outbox.set("INSERT INTO incident (campaign_id) VALUES (:id)", id=outbox.campaign)
    outbox.set(
        "INSERT INTO report (campaign_id, reference, source, text, incident_id, occurred_at, reported_at, is_sensitive)"
        " SELECT campaign_id, 'R1', 'test', 'words', id, now(), now(), true FROM incident"
    )
    with outbox.program.owner.begin() as connection:
        report = connection.execute(text("SELECT id FROM report")).scalar_one()
    outbox.queue("it counts", purpose=Purpose.NEWS, report_id=report)
    phones = Phones()
    outbox.deliver(phones)
    assert phones.texts == []
    assert [row.error for row in outbox.rows()] == ["withdrawn"]


def test_delivery_reports_only_move_forward_whatever_their_order(outbox: Outbox) -> None:
    outbox.queue("hello")
    outbox.deliver(Phones())
    for state in ("sent", "delivered", "failed", "sent"):
        outbox.program.delivery_reports.record("twilio", DeliveryReport("G1", state))
    (row,) = outbox.rows()
    assert (row.state, row.error) == ("delivered", None)
    assert row.delivered_at >= row.sent_at


def test_a_report_that_is_faster_than_our_own_record_is_kept_and_applied(outbox: Outbox) -> None:
    outbox.queue("hello")
    note = outbox.program.delivery_reports.record
    phones = Phones(
        during=lambda: (note("twilio", DeliveryReport("G1", "delivered")), note("twilio", DeliveryReport("G1", "sent")))
    )  # type: ignore[arg-type, return-value]
    outbox.deliver(phones)
    assert outbox.states() == ["delivered"]
    with outbox.program.owner.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM early_delivery_report")).scalar_one() == 0


def test_a_note_that_slipped_past_our_commit_is_applied_by_the_sweep_and_an_old_one_forgotten(outbox: Outbox) -> None:
    outbox.queue("hello")
    outbox.deliver(Phones())
    outbox.set(
        "INSERT INTO early_delivery_report (channel, external_id, state, noted_at) VALUES"
        " ('twilio', 'G1', 'delivered', now()), ('twilio', 'not ours', 'sent', now() - interval '25 hours'),"
        " ('twilio', 'perhaps ours', 'sent', now())"
    )
    outbox.deliver(Phones())
    assert outbox.states() == ["delivered"]
    with outbox.program.owner.begin() as connection:
        kept = connection.execute(text("SELECT external_id FROM early_delivery_report")).scalars().all()
    assert kept == ["perhaps ours"]


@pytest.mark.parametrize("is_early", [False, True])
def test_a_delivery_report_that_tells_of_an_opt_out_opts_out(outbox: Outbox, is_early: bool) -> None:
    outbox.queue("hello")
    report = DeliveryReport("G1", "failed", "21610", is_opt_out=True)
    if is_early:
        outbox.deliver(Phones(during=lambda: outbox.program.delivery_reports.record("twilio", report)))
    else:
        outbox.deliver(Phones())
        outbox.program.delivery_reports.record("twilio", report)
    assert [(row.state, row.error) for row in outbox.rows()] == [("failed", "21610")]
    with outbox.program.owner.begin() as connection:
        assert connection.execute(text("SELECT opted_out_at FROM contact")).scalar_one() is not None


def test_a_gateway_that_gives_one_id_twice_loses_no_text(outbox: Outbox) -> None:
    class Forgetful(Phones):
        def send(self, *, campaign_address: str, address: str, text: str) -> str:
            super().send(campaign_address=campaign_address, address=address, text=text)
            return "0"

    outbox.queue("one")
    outbox.queue("two")
    outbox.deliver(Forgetful())
    assert outbox.states() == ["sent", "sent"]
