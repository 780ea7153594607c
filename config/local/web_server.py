"""The web servers: `python -m config.local.web_server [webhooks|pages]`; without an argument one for both.

Webhooks have processes and threads of their own (docs/adr/0009), so that visitors of the pages take no capacity from
them. These processes listen at the public port and forward all other requests, so that there is one address.
"""

import asyncio
import importlib
import signal
import sys
from collections.abc import Sequence
from typing import Any, Final

from aiohttp.web import StreamResponse

from config.local.http_server import Exchange, Handler, serve
from config.local.listeners import (
    PAGES,
    PAGES_KIND,
    PUBLIC,
    WEBHOOK,
    WEBHOOKS_KIND,
    Listeners,
    borrow,
    find_pages_address,
    open_listeners,
)
from config.local.reverse_proxy import Forward
from config.local.wsgi_threads import WsgiThreads
from config.settings import Settings, SettingsError, load_settings
from config.startup_check import check_start

_MODULE: Final = "wsgi"
_THREADS: Final = 16  # for webhooks and for pages each; the database pools have the same size
_WEBHOOKS_WAITING_MOST: Final = 2000
_PAGES_WAITING_MOST: Final = 64
_WEBHOOK_LARGEST_BYTES: Final = 5 * 1024 * 1024  # above the limit of every channel; each channel enforces its own
_PAGE_LARGEST_BYTES: Final = 32 * 1024 * 1024
_PREFIX: Final = "/channels/"
_LISTENS: Final = {WEBHOOKS_KIND: (PUBLIC, WEBHOOK), PAGES_KIND: (PAGES,)}


def main(arguments: Sequence[str]) -> int:
    """Serve until stopped. Returns the exit code."""
    kind = arguments[0] if arguments else None
    try:
        if len(arguments) > 1 or (kind is not None and kind not in _LISTENS):
            raise SettingsError("usage: python -m config.local.web_server [webhooks|pages]")
        settings = load_settings()
        check_start(settings)
        listeners = find_listeners(settings, kind)
        application = importlib.import_module(_MODULE).app
        asyncio.run(_run(settings, kind, listeners, application))
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 1
    except (OSError, OverflowError) as error:
        print(f"port {settings.port} of {settings.bind} cannot be used ({error})", file=sys.stderr)
        return 1
    return 0


def find_listeners(settings: Settings, kind: str | None) -> Listeners:
    """Return the launcher's sockets for the kind, else open our own. Raises OSError, OverflowError."""
    wanted = _LISTENS.get(kind or "", (PUBLIC, WEBHOOK))
    lent = borrow(settings.var)
    if PUBLIC in lent:
        return {name: lent[name] for name in wanted if name in lent}
    return open_listeners(settings, wanted)


def make_handler(settings: Settings, kind: str | None, application: Any) -> tuple[Handler, Forward | None]:
    """Make the handler of requests, and the reverse proxy to the pages where other processes serve them."""
    pages = WsgiThreads(
        application,
        threads=_THREADS,
        body_largest_bytes=_PAGE_LARGEST_BYTES,
        waiting_most=_PAGES_WAITING_MOST,
    )
    if kind == PAGES_KIND:
        return pages.answer, None
    webhooks = WsgiThreads(
        application.extensions["webhooks"],
        threads=_THREADS,
        body_largest_bytes=_WEBHOOK_LARGEST_BYTES,
        waiting_most=_WEBHOOKS_WAITING_MOST,
        quick=application.extensions["event_loop_webhooks"].answer,
    )
    forward = None
    others: Handler = pages.answer
    if kind == WEBHOOKS_KIND:
        forward = Forward(find_pages_address(settings.var), body_largest_bytes=_PAGE_LARGEST_BYTES)
        others = forward.answer

    async def choose(exchange: Exchange) -> StreamResponse:
        is_webhook = exchange.request.raw_path.startswith(_PREFIX)
        return await (webhooks.answer if is_webhook else others)(exchange)

    return choose, forward


async def _run(settings: Settings, kind: str | None, listeners: Listeners, application: Any) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    handler, forward = make_handler(settings, kind, application)
    try:
        is_behind_proxy = settings.forwarded_hops > 0 or kind == PAGES_KIND  # pages are behind our webhooks
        await serve(handler, listeners.values(), stop, is_behind_proxy=is_behind_proxy)
    finally:
        if forward is not None:
            await forward.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
