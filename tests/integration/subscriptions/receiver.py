"""A receiver of webhooks as its own process: takes each id once, and dies in the middle of a call when told to.

`python receiver.py PORT FOLDER`: what came is appended to FOLDER/calls, what was taken to FOLDER/taken, one a line
of JSON, before the answer. While FOLDER/die holds a number, it is killed at that call, after it
took the event and before it answers; FOLDER/status is what it answers, 200 without it.
"""

import json
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

FOLDER = Path(sys.argv[2])


class Receiver(BaseHTTPRequestHandler):
    """One call."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        call = {"body": body, **{name.lower(): value for name, value in self.headers.items()}}
        count = append("calls", call)
        status = int(read("status") or 200)
        if status == 200 and call["webhook-id"] not in {each["webhook-id"] for each in read_lines("taken")}:
            append("taken", call)
        if read("die") == str(count):
            os.kill(os.getpid(), signal.SIGKILL)
        self.send_response(status)
        if status in (301, 302, 307, 308):
            self.send_header("Location", f"http://127.0.0.1:{sys.argv[1]}/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


def append(name: str, call: dict[str, str]) -> int:
    """Append a call to a file, safely on disk; returns how many it holds."""
    with (FOLDER / name).open("a") as file:
        file.write(json.dumps(call) + "\n")
        file.flush()
        os.fsync(file.fileno())
    return len(read_lines(name))


def read(name: str) -> str:
    """The text of a file; empty where there is none."""
    return (FOLDER / name).read_text().strip() if (FOLDER / name).exists() else ""


def read_lines(name: str) -> list[dict[str, str]]:
    """The calls in a file."""
    return [json.loads(line) for line in read(name).splitlines()]


if __name__ == "__main__":
    HTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver).serve_forever()
