"""What must hold for every channel that a gateway calls: each channel's test class inherits these cases.

A subclass says how its gateway speaks (`compose`), how it proves who it is (`sign`) and how it is configured
(`options`); the rest comes by itself, through the real application and PostGIS. Where a gateway cannot have a case the
subclass says why in `cannot`; `test_cases.py` lists those reasons.
"""

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from channels.base.items import InboundMessage
from reporting.bootstrap import Program
from reporting.crypto.content_ids import key_id
from reporting.crypto.pseudonyms import Pseudonyms
from reporting.models.message import Contact
from reporting.models.states import Direction, MessageState
from tests.channels.call import FORM, JSON, Call, Said
from tests.channels.gateway_side import CASES, GatewaySide, list_messages, make, work
from tests.channels.recorded import list_recorded, read_recorded, show_item

__all__ = ["CASES", "WebhookCases", "list_messages", "make", "work"]

_EVIL = "text=evil&Body=evil&message=evil&from=1&From=1&msisdn=1&to=2&To=2"
_ADDED = ("&", "&&", "&=", "&=_", "&=%5F", "&sig=1", "&%73ig=1", f"&{_EVIL}", " ", "\n")


def list_disguises(call: Call) -> Iterator[Call]:
    """A caught call with something about it changed that a signature may leave out."""
    is_get = call.method == "GET"
    for added in _ADDED:
        yield replace(call, query=call.query + added) if is_get else replace(call, body=call.body + added.encode())
        yield replace(call, query=added.lstrip("&")) if not call.query else replace(call, query=call.query + added)
    fields = (call.query if is_get else call.body.decode("utf-8", "replace")).split("&")
    turned = "&".join(reversed(fields))
    yield replace(call, query=turned) if is_get else replace(call, body=turned.encode())
    yield replace(call, method="GET", query=call.query if is_get else _EVIL)
    yield replace(call, method="GET", query=call.query if is_get else turned)
    yield replace(
        call,
        method="POST",
        body=call.query.encode() if is_get else call.body,
        headers={**call.headers, "Content-Type": FORM},
    )
    yield replace(call, body=b"x=1") if is_get else replace(call, body=call.body.replace(b"no+water", b"no%20water"))
    # Half a character, in the words, in a name, and in the place of a sign.
    for old, new in (
        (b"chaina", b"chaina\\ud83d"),
        (b'{"', b'{"te\\ud83dxt": "evil", "'),
        (b"?", b"\\ud83d"),
        (b"{", b"{ "),
    ):
        yield replace(call, body=call.body.replace(old, new, 1))
    for kind in ("sms", "messages", "delivery", "whatsapp", "fallback", "event"):
        yield replace(call, path=f"{call.path.rpartition('/')[0]}/{kind}")


LONG_TEXT = ("पानी छैन। No water in ward 7. " * 60)[:1600]


class WebhookCases(GatewaySide):
    """The cases of one channel. See the subclasses for examples."""

    # -- the contract

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """One test a recorded call."""
        if "recorded" in metafunc.fixturenames:
            paths = list_recorded(self.adapter)
            metafunc.parametrize("recorded", paths, ids=[path.stem for path in paths])

    def test_a_recorded_call_gives_exactly_the_expected(
        self, client: FlaskClient, program: Program, recorded: Path
    ) -> None:
        _, call, expected = read_recorded(recorded, self.channel)
        call = self.sign(call, self.secrets[1])
        status, items = self.read(call)
        assert status == 200
        assert [show_item(item) for item in items] == expected
        assert make(client, call).status_code == 200
        told = [item for item in items if isinstance(item, InboundMessage)]
        rows = {row.external_id: row for row in list_messages(program)}
        ids = [key_id(program.pseudonyms, item.external_id) for item in told]
        assert [rows[each].text for each in ids] == [item.text for item in told]

    def test_a_message_is_stored_whole_before_the_answer(self, client: FlaskClient, program: Program) -> None:
        said = Said("no water since monday")
        assert make(client, self.signed(said)).status_code == 200
        [row] = list_messages(program)
        assert (row.external_id, row.text, row.campaign_address, row.state) == (
            self.id_of(said),
            said.text,
            said.campaign_address,
            "received",
        )
        assert program.pseudonyms.unseal(row.address_encrypted) == said.sender
        assert said.sender.lstrip("+").encode() not in repr(tuple(row)).encode()

    # -- who may call

    def test_a_call_with_a_wrong_proof_is_refused_and_nothing_is_stored(
        self, bring: Callable[..., int], program: Program
    ) -> None:
        assert bring(Said("no water"), secret="wrong-secret-" + "w" * 24) == self.refusal
        assert list_messages(program) == []

    def test_a_call_without_a_proof_is_refused_and_nothing_is_stored(
        self, client: FlaskClient, program: Program
    ) -> None:
        assert make(client, self.compose(Said("no water"))).status_code == self.refusal
        assert list_messages(program) == []

    def test_while_a_secret_is_changed_the_old_and_the_new_are_both_good(
        self, bring: Callable[..., int], program: Program
    ) -> None:
        old, new = self.secrets
        assert bring(Said("one", external_id="id-1"), secret=old) == 200
        assert bring(Said("two", external_id="id-2"), secret=new) == 200
        assert {row.text for row in list_messages(program)} == {"one", "two"}
        assert self.read(self.signed(Said("three"), secret=old), new) == (self.refusal, [])

    def test_a_call_from_long_ago_is_refused_when_it_says_when_it_was_made(
        self, bring: Callable[..., int], program: Program
    ) -> None:
        self.unless_impossible("replayed")
        assert bring(Said("no water"), at=datetime.now(UTC) - timedelta(days=30)) == self.refusal
        assert list_messages(program) == []

    def test_the_same_call_again_is_answered_and_stores_nothing_more(
        self, client: FlaskClient, program: Program
    ) -> None:
        call = self.signed(Said("no water"))
        assert [make(client, call).status_code for _ in range(3)] == [200, 200, 200]
        assert len(list_messages(program)) == 1

    @pytest.mark.parametrize("external_id", ["id-1", ""])
    def test_nothing_that_can_be_added_to_a_signed_call_makes_another_message_of_it(
        self, client: FlaskClient, program: Program, external_id: str
    ) -> None:
        self.unless_impossible("signed_body")
        call = self.signed(Said("no water? paani chaina", external_id=external_id))
        status = make(client, call).status_code
        assert status in ({200} if external_id else {200, 400})  # some want an id
        before = [(row.external_id, row.text) for row in list_messages(program)]
        for other in list_disguises(call):
            assert make(client, other).status_code in {200, 204, 400, 404, 405, self.refusal}, other
        assert [(row.external_id, row.text) for row in list_messages(program)] == before

    # -- what a body may be

    def test_a_body_that_was_cut_is_refused(self, client: FlaskClient, program: Program) -> None:
        self.unless_impossible("signed_body")
        call = self.signed(Said("no water since monday"))
        cut = replace(call, body=call.body[: len(call.body) // 2], query=call.query[: len(call.query) // 2])
        assert make(client, cut).status_code == self.refusal
        assert list_messages(program) == []

    def test_a_body_that_is_cut_never_breaks_anything(self, client: FlaskClient) -> None:
        whole = self.compose(Said("no water since monday"))
        for share in (0.1, 0.5, 0.9):
            cut = replace(
                whole,
                body=whole.body[: int(len(whole.body) * share)],
                query=whole.query[: int(len(whole.query) * share)],
            )
            assert make(client, self.sign(cut, self.secrets[1])).status_code in {200, 204, 400, self.refusal}

    def test_json_that_goes_on_and_on_inwards_is_refused(self, client: FlaskClient, program: Program) -> None:
        whole = self.compose(Said("no water"))
        if whole.headers.get("Content-Type") != JSON:
            return
        for depth in (20, 40, 200, *range(860, 1000, 7), 5_000, 30_000):
            deep = b'{"deep":' + b"[" * depth + b"]" * depth + b"," + whole.body.lstrip().removeprefix(b"{")
            started = time.process_time()
            status = make(client, self.sign(replace(whole, body=deep), self.secrets[1])).status_code
            assert status == 200 if depth == 20 else status in {400, self.refusal}, depth
            assert time.process_time() - started < 1
        assert len(list_messages(program)) == 1

    def test_a_body_that_is_too_large_is_413_and_nothing_is_stored(self, client: FlaskClient, program: Program) -> None:
        self.unless_impossible("oversized")
        call = self.signed(Said("x" * (self.max_body_bytes + 100)))
        assert make(client, call).status_code == 413
        assert list_messages(program) == []

    def test_bytes_that_are_no_utf8_lose_no_other_word(self, client: FlaskClient, program: Program) -> None:
        self.unless_impossible("not_utf8")
        call = self.compose(Said("dlo QQQQ sal"))
        is_form = call.headers.get("Content-Type", FORM).startswith(FORM)
        call = replace(
            call,
            body=call.body.replace(b"QQQQ", b"%E9%FF" if is_form else b"\xe9\xff"),
            query=call.query.replace("QQQQ", "%E9%FF"),
        )
        assert make(client, self.sign(call, self.secrets[1])).status_code == 200
        [row] = list_messages(program)
        assert row.text.startswith("dlo ")
        assert row.text.endswith(" sal")

    def test_half_a_character_is_no_reason_to_fail_and_costs_no_other_word(
        self, client: FlaskClient, program: Program
    ) -> None:
        call = self.compose(Said("half QQQQ of it"))
        is_form = call.headers.get("Content-Type", FORM).startswith(FORM)
        half = b"%ED%A0%BD" if is_form else b"\\ud83d"
        call = replace(call, body=call.body.replace(b"QQQQ", half), query=call.query.replace("QQQQ", "%ED%A0%BD"))
        assert make(client, call).status_code == self.refusal
        assert list_messages(program) == []
        assert make(client, self.sign(call, self.secrets[1])).status_code == 200
        [row] = list_messages(program)
        assert row.text.startswith("half ")
        assert row.text.endswith(" of it")

    @pytest.mark.parametrize("spoilt", ["\\ud83d", "\\udc00\\ud83d", "\\u0000", "\\udfff\\u0000"])
    def test_half_a_character_or_a_zero_in_any_field_breaks_nothing(self, client: FlaskClient, spoilt: str) -> None:
        call = self.compose(Said("no water"))
        if call.headers.get("Content-Type", FORM).startswith(FORM):
            spoilt = {"\\u0000": "%00"}.get(spoilt, "%ED%A0%BD%00")
            changed = [
                replace(call, body=call.body.replace(b"&", f"{spoilt}&".encode())),
                replace(call, body=call.body.replace(b"=", f"{spoilt}=".encode())),
                replace(call, query=call.query.replace("&", f"{spoilt}&")),
            ]
        else:
            body = call.body.decode()
            changed = [
                replace(call, body=body.replace('",', f'{spoilt}",').encode()),
                replace(call, body=body.replace('":', f'{spoilt}":').encode()),
            ]
        for each in changed:
            assert make(client, each).status_code in {400, self.refusal}
            assert make(client, self.sign(each, self.secrets[1])).status_code in {200, 204, 400, self.refusal}

    def test_unknown_fields_are_signed_kept_and_otherwise_ignored(
        self, bring: Callable[..., int], program: Program
    ) -> None:
        self.unless_impossible("extra")
        assert bring(Said("no water", extra={"of-tomorrow": "a value", "Ünïcode": "पानी"})) == 200
        [row] = list_messages(program)
        assert row.text == "no water"
        payload = json.loads(program.pseudonyms.unseal(row.payload_encrypted))
        assert _contains(payload, "of-tomorrow", "a value")

    # -- once, and in whatever order

    def test_a_second_call_with_the_same_id_makes_no_second_message(
        self, bring: Callable[..., int], program: Program
    ) -> None:
        assert bring(Said("no water")) == 200
        assert bring(Said("no water", extra={} if "extra" in self.cannot else {"attempt": "2"})) == 200
        assert len(list_messages(program)) == 1

    def test_a_message_without_an_id_is_stored_once_under_one_that_only_the_key_can_make(
        self, client: FlaskClient, program: Program
    ) -> None:
        call = self.signed(Said("no water", external_id=""))
        assert [make(client, call).status_code for _ in range(2)] == [200, 200]
        [row] = list_messages(program)
        assert re.fullmatch("hmac:[0-9a-f]{32}", row.external_id)
        [item] = self.read(call)[1]
        assert isinstance(item, InboundMessage)
        assert row.external_id == key_id(program.pseudonyms, item.external_id)
        assert row.external_id != key_id(Pseudonyms("another pepper"), item.external_id)

    def test_another_message_under_a_known_id_is_kept_and_each_is_kept_once(
        self, bring: Callable[..., int], program: Program
    ) -> None:
        others = [
            Said("no water"),
            Said("SECOND WORDS: my house burns"),
            Said("no water", sender="+9779800000077"),
        ]
        for said in others * 2:
            assert bring(said) == 200
        assert [row.text for row in list_messages(program)] == [said.text for said in others]
        assert len({row.external_id for row in list_messages(program)}) == 3

    def test_the_same_words_with_a_new_id_are_kept_and_told_for_a_repeat(
        self, bring: Callable[..., int], program: Program, campaign: int
    ) -> None:
        self.unless_impossible("same_text")
        sent_at = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=1)
        assert bring(Said("no water in the pipe", external_id="id-1", sent_at=sent_at)) == 200
        assert bring(Said("no water in the pipe", external_id="id-2", sent_at=sent_at)) == 200
        work(program)
        assert [row.state for row in list_messages(program)] == [MessageState.PROCESSED, MessageState.REPEATED]
        assert {row.campaign_id for row in list_messages(program)} == {campaign}

    def test_messages_that_come_out_of_order_keep_the_times_they_were_written(
        self, bring: Callable[..., int], program: Program
    ) -> None:
        self.unless_impossible("out_of_order")
        first = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
        times = [first + timedelta(minutes=minute) for minute in (2, 0, 1)]
        for number, sent_at in enumerate(times):
            assert bring(Said(f"message {number}", external_id=f"id-{number}", sent_at=sent_at)) == 200
        assert [row.received_at for row in list_messages(program)] == times

    def test_a_message_from_the_future_is_stored_as_of_now(self, bring: Callable[..., int], program: Program) -> None:
        self.unless_impossible("future")
        assert bring(Said("no water", sent_at=datetime.now(UTC) + timedelta(days=400))) == 200
        [row] = list_messages(program)
        assert row.received_at <= datetime.now(UTC)

    # -- who writes and what

    def test_a_name_instead_of_a_number_is_stored_and_never_answered(
        self, bring: Callable[..., int], program: Program, campaign: int
    ) -> None:
        self.unless_impossible("alphanumeric")
        assert bring(Said("you won a car", sender="MTN Promo", external_id="id-1")) == 200
        assert bring(Said("no water in the pipe", external_id="id-2")) == 200
        work(program)
        assert [row.text for row in list_messages(program)] == ["you won a car", "no water in the pipe"]
        assert [row.state for row in list_messages(program)] == [MessageState.PROCESSED, MessageState.PROCESSED]
        answered = {row.in_reply_to_id for row in list_messages(program, Direction.OUTBOUND)}
        ids = {row.text: row.id for row in list_messages(program)}
        assert answered == {ids["no water in the pipe"]}
        assert {row.campaign_id for row in list_messages(program)} == {campaign}

    def test_1600_characters_arrive_whole(self, bring: Callable[..., int], program: Program) -> None:
        self.unless_impossible("long")
        assert len(LONG_TEXT) == 1600
        assert bring(Said(LONG_TEXT)) == 200
        assert [row.text for row in list_messages(program)] == [LONG_TEXT]

    def test_a_picture_without_words_is_stored(self, bring: Callable[..., int], program: Program) -> None:
        self.unless_impossible("media")
        said = Said("", media=("https://media.example/one",))
        assert bring(said) == 200
        [row] = list_messages(program)
        assert (row.text, row.external_id) == ("", self.id_of(said))
        assert row.details_encrypted is not None
        assert self.read(self.signed(said))[1][0].media  # type: ignore[union-attr]

    def test_stop_opts_the_sender_out(self, bring: Callable[..., int], program: Program, campaign: int) -> None:
        self.unless_impossible("stop")
        assert bring(Said("Stop")) == 200
        work(program)
        with program.owner.begin() as connection:
            [contact] = connection.execute(select(Contact.campaign_id, Contact.opted_out_at))
        assert contact.campaign_id == campaign
        assert contact.opted_out_at is not None


def _contains(value: Any, name: str, wanted: str) -> bool:
    if isinstance(value, Mapping):
        return value.get(name) == wanted or any(_contains(part, name, wanted) for part in value.values())
    return isinstance(value, list) and any(_contains(part, name, wanted) for part in value)
