"""The HTTP server: reads each request completely, with a deadline, before it takes a thread (against slow clients).

An unfinished request costs some kilobytes. Connections that are too slow are closed; with too many connections, the one
that has waited longest is closed.
"""

import asyncio
import io
import resource
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final

import structlog
from aiohttp import StreamReader
from aiohttp.web import BaseRequest, RequestHandler, Response, Server, StreamResponse

from config.errors import RequestRefused
from config.local.listeners import BACKLOG
from config.log_ids import REQUEST_ID_HEADER, bind_request, find_request_id, make_id_headers
from config.logging import describe

_log = structlog.get_logger()

HEADERS_LARGEST_BYTES: Final = 64 * 1024
IN_MEMORY_BYTES: Final = 128 * 1024  # bytes of a body held in memory
_LINE_LARGEST_BYTES: Final = 32 * 1024  # a long text in a URL, with nine characters for each letter
_HEADERS_MOST: Final = 100
_MOST: Final = 4000  # connections of one process
_SPARE_FILES: Final = 200
_HEAD_S: Final = 10.0  # until the headers of the first request are complete
_IDLE_S: Final = 150.0  # between requests; proxies close theirs earlier
_BODY_S: Final = 10.0  # for a body, and one more second for each _SLOWEST_BYTES_PER_S
_SLOWEST_BYTES_PER_S: Final = 2048
_ANSWER_S: Final = 300.0  # for sending a response to a slow client
_STOP_S: Final = 5.0
_ACCEPTED_S: Final = 0.2  # until connections that were accepted at the last moment are known as such
_SWEEP_S: Final = 1.0

Handler = Callable[["Exchange"], Awaitable[StreamResponse]]


class Refused(RequestRefused):
    """A request that is refused with this status and text; its connection is closed."""

    def __init__(self, status: int, words: str, retry_after_s: int | None = None) -> None:
        super().__init__(status)
        self.status = status
        self.words = words
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Body:
    """A complete request body: bytes, or a temporary file if it is large."""

    data: "bytes | SpooledTemporaryFile[bytes]"
    size: int

    def open(self) -> IO[bytes]:
        """Open the body as a file, at its beginning."""
        if isinstance(self.data, bytes):
            return io.BytesIO(self.data)
        self.data.seek(0)
        return self.data


class _State(Enum):
    NEW = 1
    READING = 2
    WORKING = 3
    IDLE = 4


@dataclass(slots=True)
class _Connection:
    transport: asyncio.Transport
    state: _State
    since: float


class Exchange:
    """A request that is being answered."""

    __slots__ = ("_connection", "request")

    def __init__(self, request: BaseRequest, connection: _Connection | None) -> None:
        self.request = request
        self._connection = connection

    async def read(self, largest_bytes: int) -> Body:
        """Read the body; a large one goes to a temporary file. Raises Refused if it is too large or too slow."""
        content = self.request.content
        if (self.request.content_length or 0) > largest_bytes:
            raise Refused(413, "too large")
        chunks: list[bytes] = []
        size = 0
        spool: SpooledTemporaryFile[bytes] | None = None
        async for chunk in _at_once(content) if content.is_eof() else self._stream():
            size += len(chunk)
            if size > largest_bytes:
                raise Refused(413, "too large")
            if spool is None and size > IN_MEMORY_BYTES:
                spool = SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115  # deleted with its last reader
                spool.write(b"".join(chunks))
            if spool is None:
                chunks.append(chunk)
            else:
                spool.write(chunk)
        self._mark_complete()
        return Body(b"".join(chunks) if spool is None else spool, size)

    async def _stream(self) -> AsyncIterator[bytes]:
        """Yield the body as it arrives. Raises Refused if it is too slow."""
        request, content = self.request, self.request.content
        if request.headers.get("Expect", "").lower() == "100-continue" and request.transport is not None:
            request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        loop = asyncio.get_running_loop()
        start, count = loop.time(), 0
        while True:
            left_s = start + _BODY_S + count / _SLOWEST_BYTES_PER_S - loop.time()
            try:
                async with asyncio.timeout(min(left_s, _BODY_S)):
                    chunk = await content.readany()
            except TimeoutError:
                raise Refused(408, "too slow") from None
            if not chunk:
                return
            count += len(chunk)
            yield chunk

    def _mark_complete(self) -> None:
        """Mark the request as complete, so that its connection is not closed to make room."""
        if self._connection is not None:
            self._connection.state = _State.WORKING


class _Protocol(RequestHandler):
    """The library's protocol with short error messages, since its own quote the request."""

    def handle_error(
        self,
        request: BaseRequest,  # noqa: ARG002
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002
    ) -> StreamResponse:
        """Return the response to an invalid request, or to an error of ours."""
        if find_request_id() is None:  # not even its headers could be read
            bind_request()
        if status >= 500:
            _log.error("request_failed", error=describe(exc) if exc is not None else None)
        return refuse(Refused(status, "no such request" if status < 500 else "failed"))


class ConnectionServer(Server):
    """Tracks connections by state, and closes those that wait too long.

    With `is_behind_proxy` a request may have its id from a proxy of ours.
    """

    def __init__(self, handler: Handler, most: int, *, is_behind_proxy: bool) -> None:
        super().__init__(self._handle)
        self._answer = handler
        self._most = most
        self._is_behind_proxy = is_behind_proxy
        self._open: dict[Any, _Connection] = {}
        self._is_ending = False

    def __call__(self) -> RequestHandler:
        """Make the protocol of one connection."""
        return _Protocol(
            self, loop=self._loop, access_log=None,  # type: ignore[arg-type]
            auto_decompress=False, keepalive_timeout=_IDLE_S, lingering_time=1.0,
            max_line_size=_LINE_LARGEST_BYTES, max_field_size=_LINE_LARGEST_BYTES, max_headers=_HEADERS_MOST,
        )  # fmt: skip

    def connection_made(self, handler: Any, transport: asyncio.Transport) -> None:
        """Add a connection; where there are too many, close the one that has waited longest."""
        super().connection_made(handler, transport)
        if len(self._open) >= self._most:
            self._make_room()
        self._open[handler] = _Connection(transport, _State.NEW, self._loop.time())

    def connection_lost(self, handler: Any, exc: BaseException | None = None) -> None:
        """Remove a connection."""
        self._open.pop(handler, None)
        super().connection_lost(handler, exc)

    def end(self) -> None:
        """Close connections without a request, and each of the others after its next response."""
        self._is_ending = True
        for handler, connection in list(self._open.items()):
            if connection.state is _State.IDLE:
                handler.close()

    def is_idle(self) -> bool:
        """Tell whether no request waits for a response."""
        return all(connection.state is _State.IDLE for connection in self._open.values())

    def sweep(self) -> None:
        """Close connections whose headers did not arrive in time."""
        before = self._loop.time() - _HEAD_S
        for connection in list(self._open.values()):
            if connection.state is _State.NEW and connection.since < before:
                connection.transport.abort()

    def _make_room(self) -> None:
        waiting = [connection for connection in self._open.values() if connection.state is not _State.WORKING]
        if waiting:
            min(waiting, key=lambda connection: connection.since).transport.abort()

    async def _handle(self, request: BaseRequest) -> StreamResponse:
        bind_request(request.headers.get(REQUEST_ID_HEADER) if self._is_behind_proxy else None)
        connection = self._open.get(request.protocol)
        if connection is not None:
            connection.state, connection.since = _State.READING, self._loop.time()
        try:
            _check_headers(request)
            response = await self._answer(Exchange(request, connection))
            if self._is_ending:
                response.force_close()
            return response
        except Refused as refused:
            return refuse(refused)
        except ConnectionError:
            return refuse(Refused(400, "gone"))  # the client has gone
        finally:
            if connection is not None:
                connection.state, connection.since = _State.IDLE, self._loop.time()


async def _at_once(content: StreamReader) -> AsyncIterator[bytes]:
    """Yield a body that arrived with its headers, as nearly all do."""
    while chunk := content.read_nowait():
        yield chunk


async def serve(
    handler: Handler, listeners: Iterable[socket.socket], stop: asyncio.Event, *, is_behind_proxy: bool = False
) -> None:
    """Serve on the sockets until `stop` is set; running requests then get some seconds to finish."""
    loop = asyncio.get_running_loop()
    server = ConnectionServer(handler, _raise_limit_of_files(), is_behind_proxy=is_behind_proxy)
    listening = [await loop.create_server(server, sock=listener, backlog=BACKLOG) for listener in listeners]
    while not stop.is_set():
        server.sweep()
        try:
            async with asyncio.timeout(_SWEEP_S):
                await stop.wait()
        except TimeoutError:
            continue
    for each in listening:
        each.close()
    await asyncio.sleep(_ACCEPTED_S)
    server.end()
    deadline = loop.time() + _STOP_S
    while not server.is_idle() and loop.time() < deadline:
        await asyncio.sleep(0.05)
    await server.shutdown(0.5)


def refuse(refused: Refused) -> Response:
    """Make the response to a refused request; the connection is closed after it, except for 503."""
    headers = {"Server": "baraza", "Cache-Control": "no-store", **make_id_headers()}
    if refused.retry_after_s is not None:
        headers["Retry-After"] = str(refused.retry_after_s)
    response = Response(status=refused.status, text=f"{refused.words}\n", headers=headers)
    if refused.status != 503:
        response.force_close()
    return response


async def send_slowly(response: StreamResponse, request: BaseRequest, chunks: Any) -> StreamResponse:
    """Send a response in pieces, with a deadline for clients that read too slowly."""
    async with asyncio.timeout(_ANSWER_S):
        await response.prepare(request)
        async for chunk in chunks:
            await response.write(chunk)
        await response.write_eof()
    return response


def _check_headers(request: BaseRequest) -> None:
    size = sum(len(name) + len(value) for name, value in request.raw_headers)
    if size > HEADERS_LARGEST_BYTES:
        raise Refused(431, "headers too large")
    if "Transfer-Encoding" in request.headers and "Content-Length" in request.headers:
        raise Refused(400, "a body has one length")


def _raise_limit_of_files() -> int:
    """Raise the process's limit of open files; returns the number of connections it allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST + _SPARE_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return _MOST if soft == resource.RLIM_INFINITY else max(100, min(_MOST, soft - _SPARE_FILES))
