"""The client network (IPv4 /24, IPv6 /48) of a visitor, for rate limits; stored only as a keyed hash (HMAC)."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

from flask import request

_FORWARDED: Final = "X-Forwarded-For"
# The prefix lengths: IPv4 addresses of one household, shop or small village; the IPv6 block of one customer.
_PREFIXES: Final = {4: 24, 6: 48}


def find_network(forwarded_hops: int) -> str | None:
    """Find the client network of this request. `forwarded_hops` is the number of our own proxies in front."""
    return read_network(request.remote_addr, request.headers.getlist(_FORWARDED), forwarded_hops)


def read_network(remote: str | None, forwarded: Sequence[str], forwarded_hops: int) -> str | None:
    """Return an IPv4 /24 or IPv6 /48; None where the address is not public, as behind a proxy that we do not know.

    Each proxy of ours appends the address that called it. Entries further to the left can be forged by the client.
    """
    chain = [part.strip() for line in forwarded for part in line.split(",")] + [remote or ""]
    if forwarded_hops >= len(chain):
        return None
    try:
        address: IPv4Address | IPv6Address = ip_address(chain[-1 - forwarded_hops])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if not address.is_global:
        return None
    return str(ip_network((address, _PREFIXES[address.version]), strict=False))
