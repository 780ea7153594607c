"""The network that a visitor comes from: what a flood is told by, never kept but as a keyed hash."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

from flask import request

_FORWARDED: Final = "X-Forwarded-For"
# What one household, shop or small village shares; of IPv6 what one customer is given.
_PREFIXES: Final = {4: 24, 6: 48}


def find_network(forwarded_hops: int) -> str | None:
    """The network of this request's sender. `forwarded_hops` is the number of our own proxies in front."""
    return read_network(request.remote_addr, request.headers.getlist(_FORWARDED), forwarded_hops)


def read_network(remote: str | None, forwarded: Sequence[str], forwarded_hops: int) -> str | None:
    """An IPv4 /24 or IPv6 /48; None where the address is not one of the internet, as behind a proxy we do not know.

    Each proxy of ours appended the address it was called from; what stands further to the left anybody can write.
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
