"""The reverse proxy: forwards all requests but webhooks to the processes for pages, over a unix socket."""

from collections.abc import AsyncIterator
from typing import Final

import structlog
from aiohttp import (
    ClientConnectionError,
    ClientConnectionResetError,
    ClientError,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    UnixConnector,
)
from aiohttp.web import BaseRequest, StreamResponse
from multidict import CIMultiDict
from yarl import URL

from config.local.http_server import Body, Exchange, Refused, send_slowly
from config.local.wsgi_threads import PEER_HEADER
from config.log_ids import REQUEST_ID_HEADER, make_id_headers
from config.logging import describe

_log = structlog.get_logger()

# Hop-by-hop headers, which are not forwarded (RFC 9110, 7.6.1).
_HOP: Final = frozenset(
    {
        "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
        "transfer-encoding", "upgrade", "expect", PEER_HEADER.lower(), REQUEST_ID_HEADER.lower(),
    }
)  # fmt: skip
_AUTOMATIC: Final = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
_PIECE_BYTES: Final = 64 * 1024
_HEADERS_LARGEST_BYTES: Final = 32 * 1024
_ANSWER_S: Final = 120.0
_CONNECT_S: Final = 5.0
_AFTER_S: Final = 2


class Forward:
    """A reverse proxy to a server at an abstract unix address."""

    def __init__(self, address: str, *, body_largest_bytes: int) -> None:
        self._address = address
        self._body_largest_bytes = body_largest_bytes
        self._kept: ClientSession | None = None

    async def answer(self, exchange: Exchange) -> StreamResponse:
        """Forward the complete request and return the response. Raises Refused."""
        request = exchange.request
        body = await exchange.read(self._body_largest_bytes)
        # Safe methods may be retried once.
        for is_last in (False, True) if request.method in ("GET", "HEAD") else (True,):
            try:
                return await self._pass_on(request, body)
            except ClientConnectionResetError:
                raise  # the client has gone
            except ClientConnectionError as error:  # the process has just ended: another one accepts the retry
                if is_last:
                    _log.warning("pages_unavailable", error=describe(error))
                    raise Refused(503, "try again", _AFTER_S) from None
            except (ClientError, TimeoutError) as error:
                _log.warning("pages_failed", error=describe(error))
                raise Refused(503, "try again", _AFTER_S) from None
        raise AssertionError  # unreachable: the last try has returned or raised

    async def close(self) -> None:
        """Close the connections."""
        if self._kept is not None:
            await self._kept.close()

    async def _pass_on(self, request: BaseRequest, body: Body) -> StreamResponse:
        path, mark, query = request.raw_path.partition("?")
        if not path.startswith("/"):
            raise Refused(400, "no such address")
        url = URL.build(scheme="http", host="pages", path=path, query_string=query if mark else "", encoded=True)
        data = _read_pieces(body) if body.size else None
        headers = _make_headers(request, body)
        async with self._session().request(
            request.method, url, headers=headers, data=data, allow_redirects=False
        ) as answer:
            response = StreamResponse(status=answer.status, reason=answer.reason, headers=make_id_headers())
            for name, value in answer.headers.items():
                if name.lower() not in _HOP:
                    response.headers.add(name, value)
            try:
                return await send_slowly(response, request, answer.content.iter_chunked(_PIECE_BYTES))
            except (ClientError, TimeoutError):
                if not response.prepared:
                    raise
                if request.transport is not None:
                    request.transport.abort()  # an incomplete response must not look complete
                return response

    def _session(self) -> ClientSession:
        if self._kept is None:
            self._kept = ClientSession(
                connector=UnixConnector(self._address, limit=0),
                timeout=ClientTimeout(total=None, sock_connect=_CONNECT_S, sock_read=_ANSWER_S),
                skip_auto_headers=_AUTOMATIC,
                cookie_jar=DummyCookieJar(),
                auto_decompress=False,
                max_line_size=_HEADERS_LARGEST_BYTES,
                max_field_size=_HEADERS_LARGEST_BYTES,
            )
        return self._kept


def _make_headers(request: BaseRequest, body: Body) -> "CIMultiDict[str]":
    headers: CIMultiDict[str] = CIMultiDict(make_id_headers())
    for raw_name, raw_value in request.raw_headers:
        name = raw_name.decode("latin-1")
        if name.lower() not in _HOP:
            headers.add(name, raw_value.decode("latin-1"))
    if body.size:
        headers["Content-Length"] = str(body.size)
    if request.remote:
        headers[PEER_HEADER] = request.remote
    return headers


async def _read_pieces(body: Body) -> AsyncIterator[bytes]:
    file = body.open()
    while piece := file.read(_PIECE_BYTES):
        yield piece
