"""Runs a WSGI application (PEP 3333) in a thread pool, with complete requests."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from aiohttp.web import BaseRequest, Response, StreamResponse
from multidict import CIMultiDict

from config.local.http_server import Body, Exchange, Refused, send_slowly
from config.log_ids import REQUEST_ID_HEADER, make_id_headers, with_ids

# The client's address, set by the reverse proxy; the header is removed when any other client sends it.
PEER_HEADER: Final = "X-Baraza-Peer"
PEER_KEY: Final = "HTTP_X_BARAZA_PEER"  # its key in a WSGI environment
_IN_MEMORY_BYTES: Final = 1024 * 1024
_PIECE_BYTES: Final = 64 * 1024
_BUSY_AFTER_S: Final = 2
_OURS: Final = frozenset({"connection", "date", "server", "transfer-encoding", REQUEST_ID_HEADER.lower()})

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class WsgiAnswer:
    """A complete response."""

    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: "bytes | SpooledTemporaryFile[bytes]"


# Answers requests in the event loop where it can; the executor is for calls that would block the loop.
Quick = Callable[[BaseRequest, bytes, Executor], Awaitable[WsgiAnswer | None]]


class WsgiThreads:
    """An application with its threads; when `waiting_most` requests wait for a thread, the next is answered with 503.

    `quick` is tried first for requests whose body is in memory.
    """

    def __init__(
        self,
        application: Application,
        *,
        threads: int,
        body_largest_bytes: int,
        waiting_most: int,
        quick: Quick | None = None,
    ) -> None:
        self._application = application
        self._quick = quick
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="request")
        self._body_largest_bytes = body_largest_bytes
        self._most = threads + waiting_most
        self._count = 0

    async def answer(self, exchange: Exchange) -> StreamResponse:
        """Read the request, call the application, send its response. Raises Refused."""
        body = await exchange.read(self._body_largest_bytes)
        if self._count >= self._most:
            raise Refused(503, "try again", _BUSY_AFTER_S)
        self._count += 1
        try:
            answer = await self._find_answer(exchange.request, body)
        finally:
            self._count -= 1
        return await _send(answer, exchange.request)

    async def _find_answer(self, request: BaseRequest, body: Body) -> WsgiAnswer:
        if self._quick is not None and isinstance(body.data, bytes):
            answer = await self._quick(request, body.data, self._pool)
            if answer is not None:
                return answer
        environ = make_environ(request, body)
        return await asyncio.get_running_loop().run_in_executor(self._pool, with_ids(self._call), environ)

    def _call(self, environ: dict[str, Any]) -> WsgiAnswer:
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], _fault: Any = None) -> Any:
            started[:] = [(status, headers)]

        result = self._application(environ, start_response)
        try:
            body = _collect(result)
        finally:
            if hasattr(result, "close"):
                result.close()
        status, headers = started[0]
        code, _, reason = status.partition(" ")
        return WsgiAnswer(int(code), reason, headers, body)


def make_environ(request: BaseRequest, body: Body) -> dict[str, Any]:
    """Make the WSGI environment of a request.

    Header names with underscores are dropped, since they could pass for others.
    """
    path, _, query = _find_target(request.raw_path).partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "RAW_URI": request.raw_path,
        "REQUEST_URI": request.raw_path,
        "SERVER_PROTOCOL": f"HTTP/{request.version.major}.{request.version.minor}",
        "SERVER_NAME": "baraza",
        "SERVER_PORT": "80",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": body.open(),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    environ.update(read_headers(request, body.size))
    forwarded = environ.pop(PEER_KEY, None)
    peer = request.transport.get_extra_info("peername") if request.transport is not None else None
    if isinstance(peer, tuple):
        environ["REMOTE_ADDR"] = str(peer[0])
    elif forwarded:
        environ["REMOTE_ADDR"] = forwarded
    return environ


def read_headers(request: BaseRequest, size: int) -> dict[str, str]:
    """Read the headers of a request as keys of its environment; `size` is the body's length in bytes."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in request.raw_headers:
        if b"_" in raw_name:
            continue
        name, value = raw_name.decode("latin-1").upper().replace("-", "_"), raw_value.decode("latin-1")
        key = name if name == "CONTENT_TYPE" else f"HTTP_{name}"
        before = headers.get(key)
        headers[key] = value if before is None else f"{before}{'; ' if name == 'COOKIE' else ','}{value}"
    headers.pop("HTTP_TRANSFER_ENCODING", None)
    if headers.pop("HTTP_CONTENT_LENGTH", None) is not None or size:
        headers["CONTENT_LENGTH"] = str(size)
    return headers


def _find_target(raw_path: str) -> str:
    """Return path and query of the target; a client may send a full URL (RFC 9112, 3.2.2). Raises Refused."""
    if raw_path.startswith("/"):
        return raw_path
    scheme, separator, rest = raw_path.partition("://")
    if not separator or scheme.lower() not in ("http", "https"):
        raise Refused(400, "no such address")
    _, slash, path = rest.partition("/")
    return slash + path or "/"


def _collect(chunks: Iterable[bytes]) -> "bytes | SpooledTemporaryFile[bytes]":
    """Collect the whole response, so that no thread waits for a slow client; a large one goes to a temporary file."""
    first: list[bytes] = []
    size = 0
    spool: SpooledTemporaryFile[bytes] | None = None
    for chunk in chunks:
        size += len(chunk)
        if spool is None and size > _IN_MEMORY_BYTES:
            spool = SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES)  # noqa: SIM115  # closed after sending
            spool.write(b"".join(first))
        if spool is None:
            first.append(chunk)
        else:
            spool.write(chunk)
    return b"".join(first) if spool is None else spool


async def _send(answer: WsgiAnswer, request: BaseRequest) -> StreamResponse:
    headers: CIMultiDict[str] = CIMultiDict(make_id_headers())
    for name, value in answer.headers:
        if name.lower() not in _OURS:
            headers.add(name, value)
    headers["Server"] = "baraza"
    if isinstance(answer.body, bytes) and request.method != "HEAD":
        headers.pop("Content-Length", None)
        return Response(status=answer.status, reason=answer.reason, headers=headers, body=answer.body)
    response = StreamResponse(status=answer.status, reason=answer.reason, headers=headers)
    try:
        return await send_slowly(response, request, _read_pieces(answer.body))
    except TimeoutError:
        response.force_close()
        return response


async def _read_pieces(body: "bytes | SpooledTemporaryFile[bytes]") -> Any:
    if isinstance(body, bytes):
        return  # the response to HEAD
    with body:
        body.seek(0)
        while piece := body.read(_PIECE_BYTES):
            yield piece
