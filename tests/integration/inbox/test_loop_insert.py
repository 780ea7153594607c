"""Rows of an event loop are stored over a connection of its own; what is unusual goes the other way and is not lost."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest
from sqlalchemy import text

from channels.base.items import InboundMessage
from reporting.bootstrap import Program
from reporting.inbox import loop_insert
from reporting.inbox.store import StoreUnavailable, make_row
from tests.conftest import LINE
from tests.own_loop import run_apart

_END_ALL = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
    " AND usename = 'baraza_app' AND pid <> pg_backend_pid()"
)
_END = f"{_END_ALL} AND query LIKE 'PREPARE insert_messages%'"


def make_message(number: int, words: str = "no water") -> InboundMessage:
    return InboundMessage(f"SM-{number}", f"+97798{number:08d}", LINE, f"{words} {number}", {"Body": words * 40})


async def connect(program: Program) -> None:
    """Return when the loop has its connection."""
    await program.intake.accept_async("twilio", make_message(0))
    while program.intake._loop._link is None:
        await asyncio.sleep(0.01)


async def bring(program: Program, messages: Sequence[InboundMessage]) -> list[str]:
    return list(await asyncio.gather(*(program.intake.accept_async("twilio", each) for each in messages)))


def run(program: Program, act: Callable[[], Awaitable[Any]]) -> Any:
    async def connected() -> Any:
        await connect(program)
        return await act()

    return run_apart(connected())


def list_stored(program: Program) -> list[str]:
    with program.owner.begin() as connection:
        return sorted(connection.execute(text("SELECT external_id FROM message")).scalars())


@pytest.fixture
def groups(program: Program, monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, bool]]:
    """How many rows went into each statement of the loop, and whether that was all there is to do for them."""
    told: list[tuple[int, bool]] = []
    loop = program.intake._loop
    end = loop._end

    def note(*, is_stored: bool) -> None:
        told.append((len(loop._sent), is_stored))
        end(is_stored=is_stored)

    monkeypatch.setattr(loop, "_end", note)
    return told


def test_rows_that_come_together_are_stored_together(program: Program, groups: list[tuple[int, bool]]) -> None:
    ids = run(program, lambda: bring(program, [make_message(number) for number in range(1, 251)]))
    assert list_stored(program) == sorted([*ids, "SM-0"])
    assert groups == [(100, True), (100, True), (50, True)]


def test_large_rows_go_through_the_socket_piece_by_piece(program: Program, groups: list[tuple[int, bool]]) -> None:
    messages = [InboundMessage(f"SM-{n}", "+97798", LINE, "x" * 9_000, {"Body": "y" * 60_000}) for n in range(1, 51)]
    assert len(run(program, lambda: bring(program, messages))) == 50
    assert len(list_stored(program)) == 51
    assert groups == [(50, True)]


def test_a_known_id_and_a_reused_one_are_told_apart(program: Program, groups: list[tuple[int, bool]]) -> None:
    other = InboundMessage("SM-1", "+9779800000099", LINE, "another message under a known id")
    ids = run(program, lambda: bring(program, [make_message(1), make_message(2), make_message(2), other]))
    assert ids[:3] == ["SM-1", "SM-2", "SM-2"]
    assert ids[3].startswith("SM-1:")
    assert list_stored(program) == sorted({"SM-0", *ids})
    assert groups == [(4, False)]


@pytest.mark.parametrize("end", [_END, _END_ALL])
def test_a_connection_that_ends_costs_no_message_and_is_opened_anew(
    program: Program, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    monkeypatch.setattr(loop_insert, "_PAUSE_S", 0.0)

    async def act() -> None:
        for turn in range(3):
            with program.owner.begin() as connection:
                assert connection.execute(text(end)).all()
            first = 1 + 100 * turn
            await bring(program, [make_message(number) for number in range(first, first + 20)])
            await bring(program, [make_message(first + 50)])
            while program.intake._loop._link is None:
                await bring(program, [make_message(first + 50)])
                await asyncio.sleep(0.01)

    run(program, act)
    assert len(list_stored(program)) == 1 + 3 * 21


def test_a_table_that_is_locked_for_a_moment_costs_no_message(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program.intake._loop, "_answer_s", 0.3)

    async def act() -> None:
        with program.owner.begin() as connection:
            connection.execute(text("LOCK TABLE message IN ACCESS EXCLUSIVE MODE"))
            brought = asyncio.ensure_future(bring(program, [make_message(number) for number in range(1, 21)]))
            turns, until = 0, time.monotonic() + 1
            while time.monotonic() < until or turns <= 20:  # the loop goes on
                await asyncio.sleep(0.01)
                turns += 1
            assert not brought.done()
        await brought

    run(program, act)
    assert len(list_stored(program)) == 21


def test_what_cannot_be_written_is_refused_alone(program: Program) -> None:
    async def act() -> list[object]:
        messages = [make_message(1), make_message(2), make_message(3)]
        with program.owner.begin() as connection:
            connection.execute(text("ALTER TABLE message ADD CHECK (text <> 'no water 2')"))
        brought = (program.intake.accept_async("twilio", each) for each in messages)
        return list(await asyncio.gather(*brought, return_exceptions=True))

    told = run(program, act)
    assert [type(each) for each in told] == [str, StoreUnavailable, str]
    assert list_stored(program) == ["SM-0", "SM-1", "SM-3"]


@pytest.mark.parametrize(("code", "is_kept"), [("23514", True), ("25006", False)])
def test_a_server_that_cannot_write_is_left_and_one_that_refuses_a_row_is_not(
    program: Program, code: str, is_kept: bool
) -> None:
    with program.owner.begin() as connection:
        connection.execute(
            text(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.text LIKE '%1' THEN"
                f" RAISE EXCEPTION 'no' USING ERRCODE = '{code}'; END IF; RETURN NEW; END $$"
            )
        )
        connection.execute(
            text("CREATE TRIGGER refuse BEFORE INSERT ON message FOR EACH ROW EXECUTE FUNCTION refuse()")
        )
    loop = program.intake._loop

    async def act() -> bool:
        before = loop._link
        assert not await loop.insert(make_row(program.pseudonyms, "twilio", make_message(1)), time.monotonic() + 9)
        return loop._link is before

    assert run(program, act) is is_kept
    assert list_stored(program) == ["SM-0"]


def test_each_loop_has_its_turn(program: Program) -> None:
    for number in range(1, 4):
        run(program, lambda number=number: bring(program, [make_message(number)]))  # type: ignore[misc]
    assert list_stored(program) == ["SM-0", "SM-1", "SM-2", "SM-3"]
