"""One transaction for each request (unit of work): opened at first use, committed once, then workers are woken."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from flask import Flask, Response, current_app, g, request
from psycopg.errors import DeadlockDetected
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, OperationalError

from reporting.bootstrap import Program
from reporting.db import is_outage

# Requests that bring reports wait for a database that restarts, as long as a webhook waits.
_PATIENT: Final = frozenset({"report_form", "api", "openrosa", "open311"})
_PATIENCE_S: Final = 8.0
_RETRY_PAUSE_S: Final = 0.2

_View = Callable[..., Any]


def get_program() -> Program:
    """Return the program that this application belongs to."""
    program: Program = current_app.extensions["baraza"]
    return program


def get_connection() -> Connection:
    """Return the request's connection. Its transaction commits when the answer is no error."""
    if "connection" not in g:
        g.connection = _connect()
        g.connection.begin()
    connection: Connection = g.connection
    return connection


def has_connection() -> bool:
    """Tell whether this request has a connection already."""
    return "connection" in g


def wait_for_database() -> None:
    """Wait until the database answers.

    Raises OperationalError when it stays unavailable longer than this request waits.
    """
    if "connection" not in g:
        _connect().close()


def _connect() -> Connection:
    deadline = time.monotonic() + (_PATIENCE_S if request.blueprint in _PATIENT else 0)
    while True:
        try:
            return get_program().web.engine.connect()
        except DBAPIError as error:
            if not is_outage(error) or time.monotonic() > deadline:
                raise
        time.sleep(_RETRY_PAUSE_S)


def wake_after_commit(queue: str) -> None:
    """Wake a worker for the queue after the commit of this request."""
    g.setdefault("queues_to_wake", set()).add(queue)


def tried_again(view: _View) -> _View:
    """Retry the view once after a deadlock, in which the database rolled its transaction back.

    Nothing of the first run is left, because everything permanent happens after the commit.
    """

    @wraps(view)
    def tried(*arguments: Any, **options: Any) -> Any:
        try:
            return view(*arguments, **options)
        except OperationalError as error:
            if not isinstance(error.orig, DeadlockDetected) or "connection" not in g:
                raise
        g.pop("queues_to_wake", None)
        get_connection().rollback()
        get_connection().begin()
        return view(*arguments, **options)

    return tried


def configure_transaction(app: Flask) -> None:
    """Commit after each request without an error, roll back the others."""
    app.after_request(_commit)
    app.teardown_request(_close)


def _commit(response: Response) -> Response:
    connection: Connection | None = g.get("connection")
    if connection is not None and connection.in_transaction() and response.status_code < 400:
        connection.commit()
        for queue in g.pop("queues_to_wake", ()):
            get_program().waker.wake(queue)
    return response


def _close(_error: BaseException | None) -> None:
    connection: Connection | None = g.pop("connection", None)
    if connection is not None:
        connection.close()  # what was not committed is rolled back
