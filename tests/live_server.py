"""A server of an application at a port of this machine, whose addresses lead to itself: for programs of others."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

from flask import Flask
from werkzeug.serving import make_server

from reporting.bootstrap import Program


@contextmanager
def run_live(app: Flask, program: Program) -> Iterator[str]:
    """Serve the application until the end of the block; gives the address."""
    made = make_server("127.0.0.1", 0, app, threaded=True)
    address = f"http://127.0.0.1:{made.server_port}"
    object.__setattr__(program.settings, "public_url", address)  # the port is known only now
    thread = Thread(target=made.serve_forever, daemon=True)
    thread.start()
    try:
        yield address
    finally:
        made.shutdown()
        made.server_close()
        thread.join(10)
