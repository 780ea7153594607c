"""Parts of long messages: in any order, again, from many threads at once, and those whose others never come."""

import json
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from channels.base.items import InboundMessage, MediaReference, MessageSegment
from reporting.bootstrap import Program
from reporting.inbox.multipart import PATIENCE, assemble_late
from reporting.models.base import now
from reporting.models.message import Message, MessageSegmentRow

_EARLIER_NAMES = {"external_id": "external_id", "sender": "address", "recipient": "campaign_address", "text": "text"}
LINE, ANNA = "+15005550006", "+9779800000001"


def part(
    number: int, total: int, *, group: str = "g", key: str = "a", words: str | None = None, media: bool = False
) -> MessageSegment:
    message = InboundMessage(
        f"{key}-{number}", ANNA, LINE, words or f"[{key}{number}]", {"n": number}, now(),
        media=(MediaReference("https://x.example/1"),) if media else (),
    )  # fmt: skip
    return MessageSegment(message, group, number, total)


def texts(program: Program) -> list[str]:
    with program.owner.begin() as connection:
        return list(connection.execute(select(Message.text).order_by(Message.id)).scalars())


def waiting(program: Program) -> int:
    with program.owner.begin() as connection:
        query = select(func.count()).select_from(MessageSegmentRow).where(MessageSegmentRow.number > 0)
        return connection.execute(query).scalar_one()


def age(program: Program, by: timedelta) -> None:
    with program.owner.begin() as connection:
        connection.execute(update(MessageSegmentRow).values(received_at=MessageSegmentRow.received_at - by))


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 3, 1), (2, 2, 1, 3, 3, 1)])
def test_parts_in_any_order_are_one_message(program: Program, order: tuple[int, ...]) -> None:
    for number in order:
        program.parts.accept("vonage", part(number, 3))
    assert texts(program) == ["[a1][a2][a3]"]
    assert waiting(program) == 0


def test_a_part_waits_sealed(program: Program) -> None:
    program.parts.accept("vonage", part(1, 2, group=f"{ANNA}|{LINE}|7|2", words="Delmas 33"))
    with program.owner.begin() as connection:
        row = connection.execute(select(MessageSegmentRow.__table__)).one()
    assert b"Delmas" not in repr(tuple(row)).encode()
    assert b"977980" not in repr(tuple(row)).encode()
    assert texts(program) == []


def test_a_part_that_an_earlier_version_stored_is_read_by_the_order_of_its_first_fields(program: Program) -> None:
    program.parts.accept("vonage", part(1, 2))
    with program.owner.begin() as connection:
        sealed = connection.execute(select(MessageSegmentRow.sealed).where(MessageSegmentRow.number == 1)).scalar_one()
        values = json.loads(program.pseudonyms.unseal(sealed))
        first = {old: values.pop(name) for old, name in _EARLIER_NAMES.items()}
        written = program.pseudonyms.seal(json.dumps(first | values))
        connection.execute(update(MessageSegmentRow).where(MessageSegmentRow.number == 1).values(sealed=written))
    program.parts.accept("vonage", part(2, 2))
    assert texts(program) == ["[a1][a2]"]


def test_the_pictures_of_all_parts_come_along(program: Program) -> None:
    for number in (1, 2):
        program.parts.accept("vonage", part(number, 2, media=True))
    with program.owner.begin() as connection:
        assert connection.execute(select(Message.details_encrypted)).scalar_one() is not None


def test_eight_threads_lose_nothing_and_make_nothing_twice(program: Program) -> None:
    groups = 40
    parts = [
        part(number, 1 + group % 4, group=f"g{group}", key=f"k{group}.")
        for group in range(groups)
        for number in range(1, 2 + group % 4)
    ]
    calls = parts * 3
    random.Random(7).shuffle(calls)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda each: program.parts.accept("vonage", each), calls))
    expected = ["".join(f"[k{g}.{n}]" for n in range(1, 2 + g % 4)) for g in range(groups)]
    assert sorted(texts(program)) == sorted(expected)
    assert waiting(program) == 0


def test_the_same_number_of_a_group_with_another_id_is_a_later_message(program: Program) -> None:
    program.parts.accept("vonage", part(1, 2, key="old"))
    program.parts.accept("vonage", part(1, 2, key="new"))
    program.parts.accept("vonage", part(2, 2, key="new"))
    assert texts(program) == ["[old1]", "[new1][new2]"]


def test_parts_whose_others_never_come_become_a_message_after_a_while(program: Program) -> None:
    program.parts.accept("vonage", part(1, 4))
    program.parts.accept("vonage", part(2, 4))
    program.parts.accept("vonage", part(4, 4))
    assert assemble_late(program.app, program.pseudonyms) == 0
    age(program, PATIENCE + timedelta(seconds=1))
    assert assemble_late(program.app, program.pseudonyms) == 1
    assert texts(program) == ["[a1][a2] … [a4]"]
    assert assemble_late(program.app, program.pseudonyms) == 0


def test_a_part_that_comes_much_too_late_or_again_is_neither_lost_nor_doubled(program: Program) -> None:
    program.parts.accept("vonage", part(2, 2))
    age(program, PATIENCE + timedelta(seconds=1))
    assemble_late(program.app, program.pseudonyms)
    program.parts.accept("vonage", part(2, 2))  # its gateway did not hear us the first time
    program.parts.accept("vonage", part(1, 2))
    age(program, PATIENCE + timedelta(seconds=1))
    assemble_late(program.app, program.pseudonyms)
    assert texts(program) == ["[a2]", "[a1]"]


def test_many_workers_assemble_late_parts_once(program: Program) -> None:
    for group in range(30):
        program.parts.accept("vonage", part(1, 2, group=f"g{group}", key=f"k{group}."))
    age(program, PATIENCE + timedelta(seconds=1))
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: assemble_late(program.app, program.pseudonyms), range(8)))
    assert sum(made) == 30
    assert sorted(texts(program)) == sorted(f"[k{group}.1]" for group in range(30))


def test_the_marks_of_used_parts_go_after_some_days(program: Program) -> None:
    for number in (1, 2):
        program.parts.accept("vonage", part(number, 2))
    age(program, timedelta(days=4))
    assemble_late(program.app, program.pseudonyms)
    with program.owner.begin() as connection:
        assert connection.execute(select(func.count()).select_from(MessageSegmentRow)).scalar_one() == 0
