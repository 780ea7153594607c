"""A crowd without credentials, as a process of its own: `python -m tests.crowd PORT OTHER_PORT SECONDS`.

Connections that hold unfinished bodies at both ports, callers with wrong passwords, and callers of /readyz.
"""

import asyncio
import sys
from base64 import b64encode
from contextlib import suppress

HOLDING, GUESSING, ASKING = 400, 60, 60
_HELD_PATHS = ("/channels/twilio/sms", "/report", "/openrosa/submission", "/channels/nobody/sms")
_BASIC = b64encode(b"nobody@example.org:wrong").decode()
_GUESS = f"GET /openrosa/formList HTTP/1.1\r\nHost: site\r\nAuthorization: Basic {_BASIC}\r\nConnection: close\r\n\r\n"
_ASK = "GET /readyz HTTP/1.1\r\nHost: site\r\nConnection: close\r\n\r\n"


async def hold(port: int, path: str) -> None:
    """Send a beginning and no end, again and again."""
    while True:
        with suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"POST {path} HTTP/1.1\r\nHost: site\r\nContent-Length: 60000\r\n\r\na=b&c".encode())
            await reader.read()
            writer.close()


async def call(port: int, request: str) -> None:
    """Call, hear the answer, call again."""
    while True:
        with suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(request.encode())
            await reader.read()
            writer.close()


async def main(port: int, other_port: int, seconds: float) -> None:
    """Be there for so many seconds."""
    ports = (port, other_port)
    calls = [hold(ports[number % 2], _HELD_PATHS[number // 2 % 4]) for number in range(HOLDING)]
    calls += [call(port, _GUESS) for _ in range(GUESSING)] + [call(port, _ASK) for _ in range(ASKING)]
    tasks = [asyncio.create_task(each) for each in calls]
    await asyncio.wait(tasks, timeout=seconds)
    for task in tasks:
        task.cancel()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
