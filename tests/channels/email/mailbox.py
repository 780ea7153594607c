"""A mailbox on an IMAP server of its own (pymap), for whoever fetches letters."""

import imaplib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.child import start_child
from tests.port import find_free_port

USER: Final = "demouser"
PASSWORD: Final = "demopass"
ADDRESS: Final = "reports@baraza.example"
_START_TIMEOUT_S: Final = 120


@dataclass(frozen=True)
class Mailbox:
    """An empty mailbox; `options` are those of the channel."""

    options: dict[str, Any]
    port: int

    def put(self, *letters: bytes) -> None:
        """Let letters arrive."""
        with self.open() as box:
            for raw in letters:
                box.append("INBOX", "", "", raw)

    def count_unseen(self) -> int:
        """How many letters are not marked as seen."""
        with self.open() as box:
            box.select("INBOX", readonly=True)
            return len(box.uid("SEARCH", "UNSEEN")[1][0].split())

    def mark_all(self) -> None:
        """Let every letter be seen."""
        self._mark("+FLAGS.SILENT")

    def forget_marks(self) -> None:
        """Let every letter be unseen again."""
        self._mark("-FLAGS.SILENT")

    def open(self) -> imaplib.IMAP4:
        """A connection that is signed in."""
        box = imaplib.IMAP4("127.0.0.1", self.port)
        box.login(USER, PASSWORD)
        return box

    def _mark(self, how: str) -> None:
        with self.open() as box:
            box.select("INBOX")
            box.store("1:*", how, "(\\Seen)")


@contextmanager
def run_mailbox() -> Iterator[Mailbox]:
    """Run an IMAP server until the end of the block."""
    port = find_free_port()
    command = [str(Path(sys.executable).parent / "pymap"), "--host", "127.0.0.1", "--port", str(port), "--no-tls"]
    server = start_child([*command, "dict", "--demo-data"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port)
        made = Mailbox({"host": "127.0.0.1", "port": port, "user": USER, "password": PASSWORD, "tls": False,
                        "addresses": [ADDRESS]}, port)  # fmt: skip
        made.mark_all()  # the server begins with letters of its own
        yield made
    finally:
        server.terminate()
        server.wait(60)


def _wait_for(port: int) -> None:
    """Wait until somebody listens there."""
    deadline = time.monotonic() + _START_TIMEOUT_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert time.monotonic() < deadline, "the mail server does not start"
            time.sleep(0.05)
        else:
            return
