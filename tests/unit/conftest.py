"""Bars servers from unit tests: what speaks with one belongs to tests/integration, where it has a server of its own."""

import socket
from typing import NoReturn

import psycopg
import pytest


@pytest.fixture(autouse=True)
def _bar_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail a test that connects to anything: a socket of this process, or PostgreSQL, whose driver has its own."""
    monkeypatch.setattr(socket.socket, "connect", _refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", _refuse)
    monkeypatch.setattr(psycopg, "connect", _refuse)
    monkeypatch.setattr(psycopg.Connection, "connect", _refuse)
    monkeypatch.setattr(psycopg.AsyncConnection, "connect", _refuse)


def _refuse(*_arguments: object, **_options: object) -> NoReturn:
    # No Exception: the code that is tested must not take it for an outage.
    pytest.fail("a unit test speaks with no server: a test that needs one belongs to tests/integration")
