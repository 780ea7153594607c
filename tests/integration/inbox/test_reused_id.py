"""Another message under a known id is kept; the same one again changes nothing, however and whenever it comes."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import Row, select, text, update

from channels.base.items import InboundMessage, MediaReference, MenuStep, MessageSegment
from reporting.bootstrap import Program
from reporting.crypto.details import unseal_details
from reporting.inbox.csv_import import MessageImport
from reporting.models.message import Message

LINE, ANNA, BINA = "+15005550006", "+9779800000001", "+9779800000002"
FIRST = InboundMessage("17", ANNA, LINE, "first words, a road is blocked", {"try": 1})


def accept(program: Program, *messages: InboundMessage) -> list[str]:
    return [program.intake.accept("generic", message) for message in messages]


def rows(program: Program) -> Sequence[Row[Any]]:
    with program.owner.begin() as connection:
        return connection.execute(select(Message.__table__).order_by(Message.id)).all()


def texts(program: Program) -> list[str]:
    return [row.text for row in rows(program)]


def change(program: Program, **values: Any) -> None:
    with program.owner.begin() as connection:
        connection.execute(update(Message).values(**values))


@pytest.mark.parametrize(
    "other",
    [
        replace(FIRST, text="SECOND WORDS: my house burns"),
        replace(FIRST, address=BINA),
        replace(FIRST, address=None),
        replace(FIRST, media=(MediaReference("https://gateway.example/1.jpg"),)),
        replace(FIRST, text="", point=(27.7, 85.3)),
        replace(FIRST, text=""),
    ],
)
def test_another_message_is_kept_under_a_longer_id_and_counted(program: Program, other: InboundMessage) -> None:
    name, labels = "baraza_reused_ids_total", {"channel": "generic"}
    before = REGISTRY.get_sample_value(name, labels) or 0
    first, second, again = accept(program, FIRST, other, other)
    assert (first, second.startswith("17:"), again) == ("17", True, second)
    assert [row.external_id for row in rows(program)] == [first, second]
    assert texts(program) == [FIRST.text, other.text]
    assert REGISTRY.get_sample_value(name, labels) == before + 1


@pytest.mark.parametrize(
    "again",
    [
        replace(FIRST, payload={"try": 2, "signature": "other"}),
        replace(FIRST, text=" first words,  a road\r\nis blocked "),
        replace(FIRST, address="+977 980-0000001"),
        replace(FIRST, campaign_address="+15005550007"),
        replace(FIRST, is_gateway_answered=True),
    ],
)
def test_what_gateways_change_when_they_try_again_makes_no_other_message(
    program: Program, again: InboundMessage
) -> None:
    assert accept(program, FIRST, again) == ["17", "17"]
    assert len(rows(program)) == 1


def test_letters_composed_otherwise_are_the_same_words(program: Program) -> None:
    accept(program, replace(FIRST, text="Léogâne"), replace(FIRST, text="Le\u0301oga\u0302ne"))
    assert len(rows(program)) == 1


def test_a_picture_whose_address_is_signed_anew_is_the_same_picture(program: Program) -> None:
    one, again, other = (
        replace(FIRST, text="", media=(MediaReference(f"https://g.example/media?{query}"),))
        for query in ("id=1&X-Amz-Signature=aa&Expires=1", "id=1&X-Amz-Signature=bb&Expires=2", "id=2&Expires=2")
    )
    accept(program, one, again, other)
    assert len(rows(program)) == 2


def test_fifty_threads_with_one_id_and_fifty_texts_keep_fifty(program: Program) -> None:
    with ThreadPoolExecutor(50) as pool:
        ids = list(pool.map(lambda n: program.intake.accept("kannel", replace(FIRST, text=f"text {n}")), range(50)))
    assert len(set(ids)) == 50
    assert sorted(texts(program)) == sorted(f"text {number}" for number in range(50))


def test_fifty_threads_with_one_id_and_one_text_keep_one(program: Program) -> None:
    with ThreadPoolExecutor(50) as pool:
        list(pool.map(lambda n: program.intake.accept("kannel", replace(FIRST, payload={"try": n})), range(50)))
    assert texts(program) == [FIRST.text]


def test_what_was_erased_does_not_come_back_and_what_is_new_is_not_taken_for_it(program: Program) -> None:
    accept(program, FIRST)
    gone = {
        "text": "",
        "address_hash": None,
        "payload_encrypted": None,
        "details_encrypted": None,
        "content_hash": None,
    }
    change(program, **gone)
    accept(program, FIRST, replace(FIRST, text="my house burns"))
    assert texts(program) == ["", "my house burns"]


def test_messages_from_before_there_were_fingerprints_are_compared_by_what_they_still_have(program: Program) -> None:
    accept(program, FIRST)
    change(program, fingerprint=None)
    accept(program, FIRST, replace(FIRST, address=BINA), replace(FIRST, text="my house burns"))
    assert texts(program) == [FIRST.text, FIRST.text, "my house burns"]
    change(program, fingerprint=None, text="", address_hash=None)
    accept(program, FIRST)
    assert len(rows(program)) == 3


def test_an_id_that_one_of_our_own_texts_has_at_the_gateway_takes_no_message(program: Program) -> None:
    accept(program, FIRST)
    change(program, direction="out", state="sent")
    accept(program, FIRST)
    assert [row.direction for row in rows(program)] == ["out", "in"]


def test_a_ussd_session_whose_id_was_used_before_goes_on_with_its_own_first_answer(program: Program) -> None:
    for address, typed in ((ANNA, ("no water", "Ward 3")), (BINA, ("fire", "Ward 9"))):
        for count in range(3):
            program.menu.take("africastalking", MenuStep("session", address, LINE, typed[:count]))
    assert texts(program) == ["no water", "Ward 3", "fire", "Ward 9"]
    first, _, third, fourth = rows(program)
    assert unseal_details(program.pseudonyms, fourth.details_encrypted).follows == third.external_id
    assert third.external_id != first.external_id
    assert third.retry_at is None


def test_parts_whose_ids_begin_anew_make_another_message(program: Program) -> None:
    for words in ("first", "second"):
        for number in (1, 2, 1):
            message = replace(FIRST, external_id=str(number), text=f"[{words} {number}]")
            program.parts.accept("vonage", MessageSegment(message, "group", number, 2))
    assert texts(program) == ["[first 1][first 2]", "[second 1][second 2]"]


def test_a_part_that_was_left_alone_and_one_of_its_id_are_two_messages(program: Program) -> None:
    for words in ("first", "second"):
        message = replace(FIRST, external_id="1", text=f"[{words}]")
        program.parts.accept("vonage", MessageSegment(message, "group", 1, 2))
    program.parts.accept("vonage", MessageSegment(replace(FIRST, external_id="2", text="[end]"), "group", 2, 2))
    assert texts(program) == ["[first]", "[second][end]"]


def test_a_table_with_one_id_for_two_rows_loses_neither(program: Program, campaign: int, tmp_path: Path) -> None:
    table = tmp_path / "messages.csv"
    table.write_text(f"id,text,sender\n1,no water,{ANNA}\n1,fire,{BINA}\n1,no water,{ANNA}\n")
    for added in (2, 0):
        work = MessageImport(program.owner, program.pseudonyms, campaign, "twilio")
        assert work.run(table, ["text"], lambda _: None).added == added
    assert texts(program) == ["no water", "fire"]


def test_a_connection_that_is_lost_between_the_two_steps_loses_nothing(program: Program) -> None:
    accept(program, FIRST)
    with program.owner.begin() as connection:
        connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                 " AND pid <> pg_backend_pid()")
        )  # fmt: skip
    accept(program, replace(FIRST, text="my house burns"), replace(FIRST, text="my house burns"))
    assert texts(program) == [FIRST.text, "my house burns"]
