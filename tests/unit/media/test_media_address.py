"""What may be called for media, and what may not whatever a message or a redirect says."""

import socket
from typing import Any

import pytest

from channels.base.gateway import MediaAccess
from reporting.media.url_guard import MediaRefused, MediaUnavailable, resolve

ACCESS = MediaAccess(
    frozenset({"api.gateway.test", "10.0.0.5:8080", "[fd00::5]:8080", "files.gateway.test:8443"}),
    redirect_hosts=frozenset({"cdn.gateway.test"}),
)


def lead_to(*addresses: str) -> Any:
    """A look-up that finds these addresses for every name."""
    return lambda _host, port, **_: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in addresses]


def nobody(*_: Any, **__: Any) -> Any:
    raise AssertionError("nothing is looked up")


PUBLIC = lead_to("203.0.114.7")


@pytest.mark.parametrize(
    ("url", "address", "port", "takes_password"),
    [
        ("https://api.gateway.test/a?b=1", "203.0.114.7", 443, True),
        ("https://API.Gateway.Test:443/a?b=1", "203.0.114.7", 443, True),
        ("https://files.gateway.test:8443/a?b=1", "203.0.114.7", 8443, True),
        ("https://cdn.gateway.test/a?b=1", "203.0.114.7", 443, False),
        ("http://10.0.0.5:8080/a?b=1", "10.0.0.5", 8080, True),
        ("http://[fd00::5]:8080/a?b=1", "fd00::5", 8080, True),
    ],
)
def test_an_allowed_address_is_called_at_what_was_looked_up(
    url: str, address: str, port: int, takes_password: bool
) -> None:
    target = resolve(url, ACCESS, look_up=PUBLIC)
    assert (target.address, target.port, target.path) == (address, port, "/a?b=1")
    assert target.takes_password is takes_password


@pytest.mark.parametrize(
    "url",
    [
        "http://api.gateway.test/a",
        "https://api.gateway.test:8443/a",
        "https://files.gateway.test/a",
        "https://evil.test/a",
        "https://api.gateway.test.evil.test/a",
        "https://xapi.gateway.test/a",
        "https://api.gateway.test@evil.test/a",
        "https://user:word@api.gateway.test/a",
        "https://evil.test/https://api.gateway.test/",
        "https://evil.test#@api.gateway.test/",
        "https://api.gateway.test\\@evil.test/",
        "https://127.0.0.1/a",
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.5/a",
        "http://10.0.0.5:8081/a",
        "http://[::ffff:10.0.0.5]:8080/a",
        "http://0x0a000005:8080/a",
        "https://api.gateway.test:99999/a",
        "https://[::1/a",
        "file:///etc/passwd",
        "ftp://api.gateway.test/a",
        "gopher://api.gateway.test/a",
        "//api.gateway.test/a",
        "https:///a",
        "",
    ],
)
def test_everything_else_is_refused_before_anything_is_looked_up(url: str) -> None:
    with pytest.raises(MediaRefused) as refused:
        resolve(url, ACCESS, look_up=nobody)
    assert refused.value.reason == "elsewhere"


@pytest.mark.parametrize(
    "addresses",
    [
        ("127.0.0.1",),
        ("10.1.2.3",),
        ("172.16.0.1",),
        ("192.168.1.1",),
        ("169.254.169.254",),
        ("100.64.0.1",),
        ("0.0.0.0",),  # noqa: S104
        ("224.0.0.1",),
        ("255.255.255.255",),
        ("::1",),
        ("::",),
        ("fe80::1%eth0",),
        ("fd00::1",),
        ("ff02::1",),
        ("::ffff:127.0.0.1",),
        ("64:ff9b::7f00:1",),
        ("64:ff9b::a01:203",),
        ("2002:7f00:1::",),
        ("2001:0:53aa:64c::1",),
        ("203.0.114.7", "127.0.0.1"),
        (),
    ],
)
def test_a_name_that_leads_into_a_private_network_is_not_followed(addresses: tuple[str, ...]) -> None:
    with pytest.raises(MediaUnavailable) as failed:
        resolve("https://api.gateway.test/a", ACCESS, look_up=lead_to(*addresses))
    assert failed.value.reason == "private_address"


def test_a_name_that_leads_nowhere_is_tried_again_later() -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise socket.gaierror

    with pytest.raises(MediaUnavailable):
        resolve("https://api.gateway.test/a", ACCESS, look_up=fail)
