"""Rows that arrive together are written together, and every caller hears of its own row."""

import asyncio
import threading
import time
from collections.abc import Sequence

import pytest

from reporting.inbox.group_commit import GroupCommit, NotCommitted, Row
from tests.own_loop import run_apart


class Refused(Exception):
    """A bad row."""


class Away(Exception):
    """No server."""


def test_rows_that_arrive_meanwhile_go_together_and_none_is_lost() -> None:
    groups: list[list[int]] = []
    first_is_writing, go_on = threading.Event(), threading.Event()

    def insert(rows: Sequence[Row], _until: float) -> None:
        groups.append([int(str(row["n"])) for row in rows])
        if len(groups) == 1:
            first_is_writing.set()
            go_on.wait(60)

    group = GroupCommit(insert)
    threads = [threading.Thread(target=group.commit, args=({"n": number},)) for number in range(250)]
    threads[0].start()
    assert first_is_writing.wait(60)
    for thread in threads[1:]:
        thread.start()
    while len(group._waiting) < 249:
        threading.Event().wait(0.01)
    go_on.set()
    for thread in threads:
        thread.join(60)
    assert sorted(number for rows in groups for number in rows) == list(range(250))
    assert [len(rows) for rows in groups] == [1, 100, 100, 49]


def test_a_bad_row_fails_alone() -> None:
    stored: list[object] = []
    first_is_writing, go_on = threading.Event(), threading.Event()

    def insert(rows: Sequence[Row], _until: float) -> None:
        if not first_is_writing.is_set():
            first_is_writing.set()
            go_on.wait(60)
        if any(row["n"] == "bad" for row in rows):
            raise Refused
        stored.extend(row["n"] for row in rows)

    group = GroupCommit(insert)
    failed: list[str] = []

    def commit(name: str) -> None:
        try:
            group.commit({"n": name})
        except Refused:
            failed.append(name)

    threads = [threading.Thread(target=commit, args=(name,)) for name in ("first", "good", "bad", "better")]
    threads[0].start()
    assert first_is_writing.wait(60)
    for thread in threads[1:]:
        thread.start()
    while len(group._waiting) < 3:
        threading.Event().wait(0.01)
    go_on.set()
    for thread in threads:
        thread.join(60)
    assert failed == ["bad"]
    assert sorted(map(str, stored)) == ["better", "first", "good"]


def test_an_outage_is_told_and_the_next_row_is_tried_anew() -> None:
    calls: list[int] = []

    def insert(rows: Sequence[Row], _until: float) -> None:
        calls.append(len(rows))
        if len(calls) == 1:
            raise Away

    group = GroupCommit(insert, is_of_all=lambda error: isinstance(error, Away))
    with pytest.raises(Away):
        group.commit({"n": 1})
    group.commit({"n": 2})
    assert calls == [1, 1]


_ENDS = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")


@_ENDS
def test_whoever_waits_for_a_writer_that_ended_hears_that_nothing_is_committed() -> None:
    first_is_writing, go_on = threading.Event(), threading.Event()
    calls: list[int] = []

    def insert(rows: Sequence[Row], _until: float) -> None:
        calls.append(len(rows))
        if len(calls) == 1:
            first_is_writing.set()
            go_on.wait(60)
        if len(calls) == 2:
            raise SystemExit  # not an error that anybody catches

    group = GroupCommit(insert)
    heard: list[str] = []

    def commit(name: str) -> None:
        try:
            group.commit({"n": name})
        except NotCommitted:
            heard.append(name)

    threads = [threading.Thread(target=commit, args=(name,)) for name in ("first", "second", "third")]
    threads[0].start()
    assert first_is_writing.wait(60)
    for thread in threads[1:]:
        thread.start()
    while len(group._waiting) < 2:
        threading.Event().wait(0.01)
    go_on.set()
    for thread in threads:
        thread.join(60)
    assert sorted(heard) == ["second", "third"]
    group.commit({"n": "later"})  # another writer
    assert calls == [1, 2, 1]


@_ENDS
def test_a_writer_that_ends_leaves_those_who_came_meanwhile_to_another_one() -> None:
    is_writing, go_on = threading.Event(), threading.Event()
    calls: list[int] = []

    def insert(rows: Sequence[Row], _until: float) -> None:
        calls.append(len(rows))
        if len(calls) == 1:
            is_writing.set()
            go_on.wait(60)
            raise SystemExit

    group = GroupCommit(insert)
    safe: list[str] = []

    def commit(name: str) -> None:
        try:
            group.commit({"n": name}, time.monotonic() + 30)
        except NotCommitted:
            return
        safe.append(name)

    threads = [threading.Thread(target=commit, args=(name,)) for name in ("first", "second")]
    threads[0].start()
    assert is_writing.wait(60)
    threads[1].start()
    while not group._waiting:
        threading.Event().wait(0.01)
    go_on.set()
    for thread in threads:
        thread.join(60)
    assert safe == ["second"]


def test_rows_of_an_event_loop_go_together_and_each_hears_of_its_own() -> None:
    groups: list[list[str]] = []

    def insert(rows: Sequence[Row], _until: float) -> None:
        names = [str(row["n"]) for row in rows]
        groups.append(names)
        if "bad" in names:
            raise Refused

    async def commit_all() -> list[object]:
        group = GroupCommit(insert)
        names = ["a", "b", "bad", "c"]
        waits = [group.commit_async({"n": name}, time.monotonic() + 30) for name in names]
        return await asyncio.gather(*waits, return_exceptions=True)

    told = run_apart(commit_all())
    assert [type(each) for each in told] == [type(None), type(None), Refused, type(None)]
    assert sorted(name for names in groups if "bad" not in names for name in names) == ["a", "b", "c"]


def test_whoever_waits_in_an_event_loop_hears_in_time_and_the_loop_goes_on() -> None:
    go_on = threading.Event()

    def insert(_rows: Sequence[Row], _until: float) -> None:
        go_on.wait(30)

    async def commit() -> int:
        group = GroupCommit(insert)
        waits = [asyncio.ensure_future(group.commit_async({}, time.monotonic() + 0.5)) for _ in range(3)]
        turns = 0
        while not all(wait.done() for wait in waits):
            await asyncio.sleep(0.01)
            turns += 1
        assert all(isinstance(wait.exception(), NotCommitted) for wait in waits)
        assert not group._waiting  # nobody writes what nobody waits for
        go_on.set()
        return turns

    assert run_apart(commit()) > 10
