"""Posts an event to an address that a stranger may have chosen (SSRF guard): only to public addresses, no redirects.

The name is resolved, its address is checked, and the connection goes to exactly that address. A host within a private
network, such as a ministry's own, is named by the operator in WEBHOOK_PRIVATE_HOSTS.
"""

import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final
from urllib.parse import urlsplit

from urllib3 import Timeout
from urllib3.exceptions import HTTPError

from config.errors import RequestRefused, Unavailable
from reporting.media.pinned_connection import PORTS, connect_pinned, make_tls, write_host
from reporting.media.url_guard import LookUp, MediaUnavailable, look_up_public, read_address

URL_LONGEST: Final = 2_000
_WAITS: Final = Timeout(connect=5.0, read=10.0)
_GONE: Final = 410
_ANSWER_MOST: Final = 64 * 1024  # bytes that are read of an answer, so that the connection ends in order


class AddressRefused(RequestRefused):
    """An address that no event is posted to: not https, with a password in it, or no address at all."""


class NotTaken(Unavailable):
    """The receiver did not take the event; it may be posted again. `reason` is a constant."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ReceiverGone(NotTaken):
    """The receiver says for good that it wants no more events (410)."""


@dataclass(frozen=True)
class Poster:
    """Posts events. `private_hosts` (`host` or `host:port`) may be in a private network, and need no TLS."""

    private_hosts: frozenset[str] = frozenset()
    look_up: LookUp = field(default=socket.getaddrinfo)

    @cached_property
    def tls(self) -> ssl.SSLContext:
        """The certificates that are trusted."""
        return make_tls()

    def check(self, url: str) -> tuple[str, str, int, str]:
        """Check an address without resolving it; return scheme, host, port and path. Raises AddressRefused."""
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").rstrip("."), parts.port or PORTS.get(parts.scheme, 0)
        except ValueError:
            raise AddressRefused("it is no address") from None
        if parts.scheme not in PORTS or not host or len(url) > URL_LONGEST or not (host + parts.path).isprintable():
            raise AddressRefused("it is no address of a web server")
        if parts.username is not None or parts.password is not None:
            raise AddressRefused("it must not hold a password: the signature proves who we are")
        if parts.scheme != "https" and not self._is_private(host, port):
            raise AddressRefused("it must begin with https://")
        return parts.scheme, host, port, (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Post a body of JSON. Raises NotTaken unless the receiver answers 2xx, ReceiverGone for 410."""
        scheme, host, port, path = self._check_again(url)
        address = self._find_address(host, port)
        sent = {**headers, "Content-Type": "application/json", "User-Agent": "baraza"}
        pool = connect_pinned(scheme, host, port, address, self.tls, _WAITS)
        try:
            response = pool.urlopen(
                "POST", path, body=body, headers=sent | {"Host": write_host(scheme, host, port)}, redirect=False,
                retries=False, preload_content=False, decode_content=False, assert_same_host=False,
            )  # fmt: skip
            try:
                response.read1(_ANSWER_MOST)
            finally:
                response.close()
        except (HTTPError, OSError) as error:
            raise NotTaken(type(error).__name__) from None
        finally:
            pool.close()
        if response.status == _GONE:
            raise ReceiverGone("http_410")
        if not 200 <= response.status < 300:
            raise NotTaken(f"http_{response.status}")

    def _check_again(self, url: str) -> tuple[str, str, int, str]:
        """Check an address that was stored earlier: what was private then may be forbidden now."""
        try:
            return self.check(url)
        except AddressRefused:
            raise NotTaken("address_refused") from None

    def _is_private(self, host: str, port: int) -> bool:
        return bool({host, f"{host}:{port}"} & self.private_hosts)

    def _find_address(self, host: str, port: int) -> str:
        if self._is_private(host, port):
            literal = read_address(host)
            if literal is not None:
                return str(literal)
            try:
                return str(next(iter(self.look_up(host, port, type=socket.SOCK_STREAM)))[4][0])
            except (OSError, UnicodeError, StopIteration):
                raise NotTaken("no_address") from None
        try:
            return look_up_public(host, port, self.look_up)
        except MediaUnavailable as error:
            raise NotTaken(error.reason) from None
