"""HTTP connections to an address that was checked before: a second answer of DNS cannot lead them elsewhere."""

import ssl
from typing import Final

import certifi
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, Timeout

PORTS: Final = {"https": 443, "http": 80}


def make_tls() -> ssl.SSLContext:
    """Make the context of TLS connections, which trusts the usual authorities."""
    return ssl.create_default_context(cafile=certifi.where())


def connect_pinned(
    scheme: str, host: str, port: int, address: str, tls: ssl.SSLContext, waits: Timeout
) -> HTTPConnectionPool:
    """Connect to the checked IP address; with TLS the server must prove to be the host."""
    if scheme == "http":
        return HTTPConnectionPool(address, port, timeout=waits)
    return HTTPSConnectionPool(
        address, port, timeout=waits, ssl_context=tls, server_hostname=host, assert_hostname=host
    )


def write_host(scheme: str, host: str, port: int) -> str:
    """Write the Host header."""
    name = f"[{host}]" if ":" in host else host
    return name if port == PORTS[scheme] else f"{name}:{port}"
