"""Answers webhooks in the server's event loop, without Flask and without a thread for each call.

Items other than messages are passed to the sink in a thread. Any unusual request is left to WSGI (`blueprint.py`). Both
use `webhook.py` to process a call, and send the same response.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Final, TypeGuard

import structlog
from aiohttp.web import BaseRequest
from werkzeug.datastructures import EnvironHeaders
from werkzeug.http import parse_options_header

from channels.base.answers import NOTHING_MORE, Answer
from channels.base.items import InboundMessage, Item
from channels.base.request import GatewayRequest
from channels.blueprint import respond
from channels.webhook import FORM, Brought, CallTooLarge, Sink, SinkUnavailable, Webhooks, read_form
from config.local.wsgi_threads import PEER_KEY, WsgiAnswer, read_headers
from config.log_ids import with_ids
from config.logging import describe

_log = structlog.get_logger()

BODY_LARGEST_BYTES: Final = 64 * 1024  # reading a larger one would block all other calls
# Paths without percent encoding and without empty parts.
_TARGET: Final = re.compile(r"/channels/([\w.~-]+)/([\w.~-]+)(?:/([\w.~-]+))?(?:\?([!-~]*))?", re.ASCII)
_UNUSUAL: Final = ("HTTP_CONTENT_ENCODING", "HTTP_UPGRADE", "HTTP_EXPECT")
_MULTIPART: Final = "multipart/"

# Stores messages durably before it returns, or raises SinkUnavailable.
Store = Callable[[str, Sequence[InboundMessage]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class EventLoopWebhooks:
    """The webhooks of a server that reads whole requests in an event loop."""

    webhooks: Webhooks
    sink: Sink
    store: Store

    async def answer(self, request: BaseRequest, body: bytes, threads: Executor) -> WsgiAnswer | None:
        """Answer a call; None for a call that must go through WSGI."""
        match = _TARGET.fullmatch(request.raw_path)
        if match is None or request.method not in ("GET", "POST") or len(body) > BODY_LARGEST_BYTES:
            return None
        environ = read_headers(request, len(body))
        environ.pop(PEER_KEY, None)
        content_type = environ.get("CONTENT_TYPE", "")
        if _MULTIPART in content_type.lower() or any(name in environ for name in _UNUSUAL):
            return None
        channel_name, kind, token, query = match.groups()
        path, _, _ = request.raw_path.partition("?")

        def read(largest_bytes: int) -> GatewayRequest:
            if len(body) > largest_bytes:
                raise CallTooLarge
            return self.webhooks.make_call(
                request.method,
                path,
                (query or "").encode("latin-1"),
                headers=EnvironHeaders(environ),  # type: ignore[arg-type]  # it behaves like a mapping
                body=body,
                token=token,
                read_body=lambda: read_form(body) if _is_form(content_type) else {},
            )

        try:
            opened = self.webhooks.open(channel_name, kind, read)
            answer = opened if isinstance(opened, Answer) else await self._receive(opened, threads)
        except Exception as error:  # noqa: BLE001  # our own error: WSGI reports and answers it
            _log.warning("webhook_passed_to_wsgi", error=describe(error))
            return None
        return _freeze(answer) if answer.is_personal else _repeat(answer)

    async def _receive(self, opened: Brought, threads: Executor) -> Answer:
        name, items = opened.channel.name, opened.items
        try:
            if _are_messages(items):
                await self.store(name, items)
                taken = NOTHING_MORE
            else:
                store = with_ids(partial(self.sink, name, items))
                taken = await asyncio.get_running_loop().run_in_executor(threads, store)
        except SinkUnavailable:
            return opened.turn_away()
        return opened.answer(taken)


def _are_messages(items: Sequence[Item]) -> TypeGuard[Sequence[InboundMessage]]:
    return all(isinstance(item, InboundMessage) for item in items)


def _is_form(content_type: str) -> bool:
    return content_type == FORM or parse_options_header(content_type)[0].lower() == FORM


@lru_cache(maxsize=200)
def _repeat(answer: Answer) -> WsgiAnswer:
    return _freeze(answer)


def _freeze(answer: Answer) -> WsgiAnswer:
    """Make the response that Flask would send."""
    chunks, status, headers = respond(answer).get_wsgi_response({"REQUEST_METHOD": "POST"})
    code, _, reason = status.partition(" ")
    return WsgiAnswer(int(code), reason, headers, b"".join(chunks))
