"""A gateway on a real socket: notes what it is asked and answers what a test told it to."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response


@dataclass(slots=True)
class AnsweringGateway:
    """`asked` are (path, headers, form) in their order."""

    answer: str = "{}"
    status: int = 200
    url: str = ""
    asked: list[tuple[str, dict[str, str], dict[str, str]]] = field(default_factory=list)

    def __call__(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        self.asked.append((request.path, dict(request.headers), request.form.to_dict()))
        return Response(self.answer, self.status, content_type="application/json")(environ, start_response)


@contextmanager
def answering_gateway() -> Iterator[AnsweringGateway]:
    """One that listens until the end of the block."""
    gateway = AnsweringGateway()
    server = make_server("127.0.0.1", 0, gateway)
    gateway.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield gateway
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
