"""The floors of the intake benchmark: a signed no-op, and a bare psycopg insert and commit.

They run behind granian, which is written in Rust and gives each request a thread at once. `python -m bench.floor PORT`
serves them behind our own server with its threads instead: what that one costs shows beside the others.
"""

import asyncio
import os
import socket
import sys
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qsl

import psycopg
from twilio.request_validator import RequestValidator

from config.local.http_server import serve
from config.local.wsgi_threads import WsgiThreads

TABLE = "CREATE TABLE floor (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, sid text UNIQUE, body text)"
_ANSWER = b'<?xml version="1.0" encoding="UTF-8"?><Response />'
_validator = RequestValidator(os.environ.get("TWILIO_AUTH_TOKEN", ""))
_idle: deque["psycopg.Connection"] = deque()


def _insert(form: dict[str, str]) -> None:
    """With a connection that waits from an earlier request: the server's threads come and go."""
    link = _idle.pop() if _idle else psycopg.connect(os.environ["FLOOR_URL"])
    link.execute("INSERT INTO floor (sid, body) VALUES (%s, %s)", (form["MessageSid"], form["Body"]))
    link.commit()
    _idle.append(link)


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """WSGI: `/noop` checks the signature and answers, `/insert` stores two columns and answers."""
    if environ["REQUEST_METHOD"] == "GET":
        start_response("200 OK", [("Content-Length", "0")])
        return [b""]
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)).decode()
    form = dict(parse_qsl(body, keep_blank_values=True))
    if environ["PATH_INFO"] == "/noop":
        is_good = _validator.validate(
            os.environ["PUBLIC_URL"] + "/noop", form, environ.get("HTTP_X_TWILIO_SIGNATURE", "")
        )
    else:
        _insert(form)
        is_good = True
    start_response(
        "200 OK" if is_good else "403 Forbidden", [("Content-Type", "text/xml"), ("Content-Length", str(len(_ANSWER)))]
    )
    return [_ANSWER]


async def _serve(port: int) -> None:
    threads = WsgiThreads(app, threads=16, body_largest_bytes=1024 * 1024, waiting_most=2000)
    listener = socket.create_server(("127.0.0.1", port), reuse_port=True, backlog=1024)
    await serve(threads.answer, [listener], asyncio.Event())


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
