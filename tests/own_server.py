"""Our own HTTP server around an application within the tests' process, and a client that speaks with it by socket."""

import asyncio
import http.client
import socket
import string
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from flask import Flask
from werkzeug.test import Client

from config.local.http_server import Handler, serve
from config.local.web_server import make_handler
from config.settings import Settings

_TIMEOUT_S = 240
_PRINTABLE = string.punctuation


@contextmanager
def run_server(handler: Handler) -> Iterator[int]:
    """The port of a server with this handler, until the end of the block."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    begun = threading.Event()
    ends: list[Callable[[], object]] = []

    async def run() -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        ends.append(lambda: loop.call_soon_threadsafe(stop.set))
        begun.set()
        await serve(handler, [listener], stop)

    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()
    try:
        assert begun.wait(_TIMEOUT_S)
        yield listener.getsockname()[1]
    finally:
        ends[0]()
        thread.join(_TIMEOUT_S)
        listener.close()


@contextmanager
def socket_client(app: Flask, settings: Settings) -> Iterator[Client]:
    """A client of the application as our server runs it: webhooks in the event loop, pages in threads."""
    with run_server(make_handler(settings, None, app)[0]) as port:
        yield make_client(port)


def make_client(port: int) -> Client:
    """A client like that of an application, of a server at a port of this machine."""

    def forward(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        headers = {
            name[5:].replace("_", "-"): value
            for name, value in environ.items()
            if name.startswith("HTTP_") and name != "HTTP_HOST"
        }
        if environ.get("CONTENT_TYPE"):
            headers["Content-Type"] = environ["CONTENT_TYPE"]
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        query = quote(environ.get("QUERY_STRING", ""), safe=_PRINTABLE, encoding="latin-1")
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_S)
        try:
            target = environ["REQUEST_URI"].partition("?")[0] + (f"?{query}" if query else "")
            connection.request(environ["REQUEST_METHOD"], target, body or None, headers)
            answer = connection.getresponse()
            start_response(f"{answer.status} {answer.reason}", answer.getheaders())
            return [answer.read()]
        finally:
            connection.close()

    return Client(forward)
