"""Checks the URL of Redis: in production nobody else may write there, since its content starts jobs."""

from typing import Any

from redis.connection import SSLConnection, UnixDomainSocketConnection, parse_url

from config.address import is_loopback
from config.errors import SettingsError

_REST = "whoever can write there, or listens on the way, can stop or start everything"


def check_redis_url(url: str) -> None:
    """Check that a Redis on another machine has a password and verified TLS. Raises SettingsError."""
    try:
        options: dict[str, Any] = parse_url(url)  # type: ignore[no-untyped-call]
    except ValueError:
        raise SettingsError(
            "REDIS_URL takes rediss://:password@host:port/0, redis:// on this machine, or unix://"
        ) from None
    if options.get("connection_class") is UnixDomainSocketConnection or is_loopback(options.get("host", "localhost")):
        return
    if options.get("connection_class") is not SSLConnection:
        raise SettingsError(f"REDIS_URL beyond this machine without TLS: {_REST}; use rediss://:password@host:port/0")
    if str(options.get("ssl_cert_reqs", "required")) != "required" or _is_off(options.get("ssl_check_hostname")):
        raise SettingsError(f"REDIS_URL with TLS that is not verified: {_REST}; leave ssl_cert_reqs out")
    if not options.get("password"):
        raise SettingsError(f"REDIS_URL beyond this machine without a password: {_REST}; use rediss://:password@host")


def _is_off(value: object) -> bool:
    return value is not None and str(value).lower() not in ("1", "true", "yes")
