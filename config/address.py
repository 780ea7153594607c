"""Network addresses: tells whether only this machine can reach one."""

import ipaddress


def is_loopback(host: str | None) -> bool:
    """Tell whether a host name or address is this machine's loopback, which no other machine can call."""
    host = (host or "").strip("[]").rstrip(".").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback
