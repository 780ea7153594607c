"""The network of a visitor: what our own proxies say of it, and nothing that anybody can write."""

import pytest

from reporting.web.edge.client_network import read_network

OUTSIDE = "41.86.1.77"


@pytest.mark.parametrize(
    ("remote", "forwarded", "hops", "network"),
    [
        (OUTSIDE, [], 0, "41.86.1.0/24"),
        ("2a02:1210:7:8::9", [], 0, "2a02:1210:7::/48"),
        ("::ffff:41.86.1.77", [], 0, "41.86.1.0/24"),
        ("127.0.0.1", [OUTSIDE], 1, "41.86.1.0/24"),
        ("127.0.0.1", [f"{OUTSIDE}, 10.0.0.7"], 2, "41.86.1.0/24"),
        ("127.0.0.1", [OUTSIDE, "10.0.0.7"], 2, "41.86.1.0/24"),
    ],
)
def test_the_network_is_that_of_the_address_before_our_proxies(
    remote: str, forwarded: list[str], hops: int, network: str
) -> None:
    assert read_network(remote, forwarded, hops) == network


def test_what_the_sender_wrote_into_the_header_changes_nothing() -> None:
    assert read_network("127.0.0.1", [f"8.8.8.8, {OUTSIDE}"], 1) == "41.86.1.0/24"
    assert read_network(OUTSIDE, ["8.8.8.8"], 0) == "41.86.1.0/24"


@pytest.mark.parametrize(
    ("remote", "forwarded", "hops"),
    [("127.0.0.1", [], 0), ("10.0.0.7", [], 0), (None, [], 0), (OUTSIDE, [], 1), ("127.0.0.1", ["unknown"], 1)],
)
def test_no_network_is_told_where_only_a_proxy_is_seen(remote: str | None, forwarded: list[str], hops: int) -> None:
    assert read_network(remote, forwarded, hops) is None
