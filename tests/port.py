"""Ports of servers that tests start: one that is free, and whether somebody there is ready."""

import http.client
import socket


def find_free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_ready(port: int, path: str = "/readyz", timeout_s: float = 5) -> bool:
    """Whether the program there answers 200 on a path; by default, whether it says that it is ready."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_s)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
