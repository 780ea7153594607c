"""Listening sockets that outlive the web processes: the launcher opens them once and passes them to every web process.

While a process is killed or replaced, callers wait a moment instead of being refused, until another process accepts the
call. A web process that was started alone opens its own sockets.
"""

import hashlib
import os
import socket
import struct
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from config.settings import Settings

PUBLIC: Final = "public"
WEBHOOK: Final = "webhook"
PAGES: Final = "pages"

WEBHOOKS_KIND: Final = "webhooks"  # kinds of web processes
PAGES_KIND: Final = "pages"

BACKLOG: Final = 4096  # calls waiting to be accepted; the client of one beyond retries after seconds
_CREDENTIALS: Final = struct.Struct("3i")
_MOST: Final = 8
_LONGEST: Final = 256
_PATIENCE_S: Final = 5.0

Listeners = Mapping[str, socket.socket]


def find_pages_address(var: Path) -> str:
    """Return the address of the processes for pages: an abstract unix socket, since a path may be too long for one."""
    return _name("pages", var)


def open_listeners(settings: Settings, names: tuple[str, ...] = (PUBLIC, WEBHOOK, PAGES)) -> Listeners:
    """Open the listening sockets; that for webhooks alone only where its port is set. Raises OSError, OverflowError."""
    opened: dict[str, socket.socket] = {}
    try:
        for name in names:
            if name == PAGES:
                opened[name] = _listen(socket.AF_UNIX, find_pages_address(settings.var))
            elif (port := settings.port if name == PUBLIC else settings.webhook_port) is not None:
                family = socket.AF_INET6 if ":" in settings.bind else socket.AF_INET
                opened[name] = _listen(family, (settings.bind, port))
    except (OSError, OverflowError):
        for listener in opened.values():
            listener.close()
        raise
    return opened


def lend(var: Path, listeners: Listeners) -> None:
    """Pass the sockets to every process of this account that asks, from a thread. Raises OSError."""
    desk = _listen(socket.AF_UNIX, _name("listeners", var))
    desk.setblocking(True)
    threading.Thread(target=_serve, args=(desk, listeners, var), name="listeners", daemon=True).start()


def borrow(var: Path) -> Listeners:
    """Get the sockets from the launcher; an empty mapping where none runs."""
    with socket.socket(socket.AF_UNIX) as asking:
        asking.settimeout(_PATIENCE_S)
        try:
            asking.connect(_name("listeners", var))
            if _find_account(asking) not in (os.geteuid(), 0):  # a launcher of root also serves our account
                return {}
            names, descriptors, *_ = socket.recv_fds(asking, _LONGEST, _MOST)
        except OSError:
            return {}
    return {
        name: socket.socket(fileno=descriptor)
        for name, descriptor in zip(names.decode().split(), descriptors, strict=True)
    }


def _serve(desk: socket.socket, listeners: Listeners, var: Path) -> None:
    names = " ".join(listeners).encode()
    descriptors = [listener.fileno() for listener in listeners.values()]
    while True:
        asking, _ = desk.accept()
        with asking:
            if _find_account(asking) in (os.geteuid(), _find_runner(var)):
                try:
                    socket.send_fds(asking, [names], descriptors)
                except OSError:
                    continue  # the process has gone


def _find_account(peer: socket.socket) -> int:
    """Return the account of the process at the other end.

    The check is needed since any account of this machine could take the socket's name.
    """
    _, account, _ = _CREDENTIALS.unpack(peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size))
    return int(account)


def _find_runner(var: Path) -> int:
    """Return the account of the web processes: as root the owner of `var` (docs/adr/0012), else our own."""
    return var.stat().st_uid if os.geteuid() == 0 else os.geteuid()


def _listen(family: int, address: str | tuple[str, int]) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if family != socket.AF_UNIX:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except (OSError, OverflowError):
        listener.close()
        raise
    listener.setblocking(False)
    return listener


def _name(what: str, var: Path) -> str:
    """Make an abstract socket address (unix(7)) of this installation."""
    return f"\0baraza-{what}-{hashlib.sha256(os.fsencode(var.resolve())).hexdigest()[:16]}"
