"""Unit tests reach neither a network nor a database, and what tries hears where it belongs."""

import socket
from collections.abc import Callable

import psycopg
import pytest
from redis import Redis

from reporting.db import Role, open_database

WHERE = "belongs to tests/integration"


def call_a_socket() -> None:
    with socket.socket() as link:
        link.connect(("127.0.0.1", 9))


def ask_a_socket() -> None:
    with socket.socket() as link:
        link.connect_ex(("127.0.0.1", 9))


def call_by_name() -> None:
    socket.create_connection(("127.0.0.1", 9))


def call_postgresql() -> None:
    psycopg.connect("host=127.0.0.1 port=9")


def open_an_engine() -> None:
    open_database("postgresql+psycopg://somebody@127.0.0.1:9/test", Role.OWNER).engine.connect()


def call_redis() -> None:
    Redis(port=9).ping()


@pytest.mark.parametrize(
    "call", [call_a_socket, ask_a_socket, call_by_name, call_postgresql, open_an_engine, call_redis]
)
def test_whoever_speaks_with_a_server_fails(call: Callable[[], None]) -> None:
    with pytest.raises(pytest.fail.Exception, match=WHERE):
        call()
