"""SSRF guard for media URLs: allows only the channel's hosts, and checks the IP address that is then connected to.

A host name may resolve to any address, so its address is checked, and the connection goes to exactly that address. A
second DNS answer can therefore not redirect it (DNS rebinding).
"""

import ipaddress
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from channels.base.gateway import MediaAccess
from config.errors import RequestRefused, Unavailable
from reporting.media.pinned_connection import PORTS

ELSEWHERE: Final = "elsewhere"
_TRANSLATED: Final = ipaddress.ip_network("64:ff9b::/96")  # IPv4 addresses translated to IPv6 (RFC 6052)
_IPV4_BYTES: Final = 4

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
LookUp = Callable[..., Iterable[Any]]


class MediaRefused(RequestRefused):
    """A file that is not downloaded or not kept, and a retry would not help. `reason` is a constant."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class MediaUnavailable(Unavailable):
    """A download that failed and may be retried. `reason` is a constant for the operator."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Target:
    """One request: `address` and `port` to connect to, the expected `host`, `path` with its query."""

    scheme: str
    host: str
    port: int
    address: str
    path: str
    takes_password: bool


def resolve(url: str, access: MediaAccess, *, look_up: LookUp = socket.getaddrinfo) -> Target:
    """Check the URL of a message or a redirect and resolve it to a target.

    Raises MediaRefused for a URL that the channel does not allow, MediaUnavailable if the name has no address or one in
    a private network.
    """
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port or PORTS.get(parts.scheme, 0)
    except ValueError:
        raise MediaRefused(ELSEWHERE) from None
    if parts.scheme not in PORTS or not host or parts.username is not None or not (host + parts.path).isprintable():
        raise MediaRefused(ELSEWHERE)
    own, further = _spell(access.hosts), _spell(access.redirect_hosts)
    named = (host, None if port == PORTS[parts.scheme] else port)
    exact = (host, port)
    if not {named, exact} & (own | further):
        raise MediaRefused(ELSEWHERE)
    literal = read_address(host)
    is_configured_private = literal is not None and not is_public(literal)
    if parts.scheme == "http" and not is_configured_private:
        raise MediaRefused(ELSEWHERE)
    address = str(literal) if literal is not None else look_up_public(host, port, look_up)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port, address, path, bool({named, exact} & own))


def _spell(hosts: Iterable[str]) -> set[tuple[str, int | None]]:
    """Parse hosts to (name, port); no port means the default port of the scheme."""
    found = set()
    for host in hosts:
        parts = urlsplit(f"//{host}")
        found.add((parts.hostname or "", parts.port))
    return found


def look_up_public(host: str, port: int, look_up: LookUp = socket.getaddrinfo) -> str:
    """Resolve a host name to an address to connect to. Raises MediaUnavailable if none, or one in a private network."""
    try:
        found = [entry[4][0] for entry in look_up(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError):
        raise MediaUnavailable("no_address") from None
    addresses = [read_address(each) for each in found]
    if not addresses or any(address is None or not is_public(address) for address in addresses):
        raise MediaUnavailable("private_address")
    return str(found[0])


def read_address(host: str) -> IpAddress | None:
    """Read an IP address; None where the host is a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def is_public(address: IpAddress) -> bool:
    """Return whether an IP address is public; an IPv4 address inside an IPv6 one is checked too."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _TRANSLATED:
            inner = ipaddress.IPv4Address(address.packed[-_IPV4_BYTES:])
        if inner is not None:
            return is_public(inner)
        if address.teredo is not None:
            return False
    return address.is_global and not address.is_multicast
