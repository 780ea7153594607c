"""The footer's organisations: read once in some seconds, never older than what a page has just read."""

import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from psycopg.errors import SyntaxError as StatementError
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from reporting.bootstrap import Program
from reporting.web import footer_cache
from reporting.web.footer_cache import FooterCache, Rows

STATIC = ("/", "/status", "/account/sign-in", "/no-such-page")


@pytest.fixture
def queries(
    program: Program,
    campaign: int,  # noqa: ARG001
    app: Flask,  # noqa: ARG001
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[list[str]]:
    """Every statement that the pages send to the database, while no footer becomes old by itself."""
    monkeypatch.setattr(footer_cache, "FRESH_S", 3600.0)
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    event.listen(program.web.engine, "before_cursor_execute", note)
    yield sent
    event.remove(program.web.engine, "before_cursor_execute", note)


def name_organisation(program: Program, name: str) -> None:
    with program.owner.begin() as connection:
        connection.execute(text("UPDATE campaign SET organisation = :name"), {"name": name})


def test_a_static_page_asks_the_database_for_nothing_twice(client: FlaskClient, queries: list[str]) -> None:
    assert client.get("/").status_code == 200
    assert len(queries) == 1  # the footer, the first time
    queries.clear()
    for path in STATIC:
        answer = client.get(path)
        assert answer.status_code in (200, 404)
        assert "Privacy notice" in answer.text
    assert queries == []


def test_a_change_that_a_page_has_read_is_on_all_pages(
    client: FlaskClient, program: Program, queries: list[str]
) -> None:
    name_organisation(program, "Before")
    assert "Before" in client.get("/").text
    name_organisation(program, "Afterwards")
    queries.clear()
    assert "Afterwards" in client.get("/privacy").text
    assert queries != []
    assert "Afterwards" in client.get("/").text


def test_rows_are_read_anew_when_they_are_old() -> None:
    read: list[int] = []

    def count() -> Rows:
        read.append(len(read))
        return tuple(read)

    cache = FooterCache(count)
    assert [cache.find(), cache.find()] == [(0,), (0,)]
    cache._fresh_until = 0
    assert cache.find() == (0, 1)


def test_a_database_that_hangs_holds_up_no_page() -> None:
    answers = threading.Event()
    is_hanging = False

    def read() -> Rows:
        if is_hanging:
            answers.wait()
        return ("rows", is_hanging)

    cache = FooterCache(read)
    assert cache.find() == ("rows", False)
    is_hanging, cache._fresh_until = True, 0
    assert [cache.find() for _ in range(3)] == [("rows", False)] * 3
    answers.set()
    assert cache._reading is not None
    cache._reading.result(timeout=30)
    assert cache.find() == ("rows", True)


def test_an_outage_shows_what_was_read_and_an_error_of_ours_is_raised() -> None:
    errors: list[Exception] = []

    def read() -> Rows:
        if errors:
            raise errors[0]
        return ("rows",)

    cache = FooterCache(read)
    assert cache.find() == ("rows",)
    errors.append(OperationalError("SELECT", {}, Exception("the server is away"), connection_invalidated=True))
    cache._fresh_until = 0
    assert cache.find() == ("rows",)
    errors[0] = ProgrammingError("SELECT", {}, StatementError())
    cache._fresh_until = 0
    with pytest.raises(ProgrammingError):
        cache.find()
