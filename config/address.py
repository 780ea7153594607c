"""Addresses: whether one can be reached from this machine alone."""

import ipaddress


def is_loopback(host: str | None) -> bool:
    """Whether a name or an address of a host is this machine's own, which nobody else can call."""
    host = (host or "").strip("[]").rstrip(".").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback
