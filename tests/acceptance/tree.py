"""A tree of the program as tests from outside see it: a folder with `wsgi.py` and `script/`, whatever is within."""

import json
import os
import re
import shutil
import signal
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from tests.child import ROOT, start_child

_LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "var", "node_modules", ".*_cache", ".env")
_VENDOR = Path("reporting/web/static/vendor")
_START_TIMEOUT_S = 240
_PROCESS = re.compile(r"^\| (\w+) \(`python -m ([\w. -]+)`\)", re.MULTILINE)
COMMAND_TIMEOUT_S = 360


class Failed(AssertionError):
    """A command ended otherwise than it should; the message has what it said."""


@dataclass(frozen=True)
class Ended:
    """How a command ended: its code (negative for a signal), what it said, what it cost; `code` None: it did not."""

    code: int | None
    stdout: str
    stderr: str
    processor_s: float = 0.0
    memory_kb: int = 0


@dataclass
class Running:
    """A command that runs: `wait` gives how it ended, `kill` ends it."""

    pid: int
    connection: socket.socket
    answers: IO[str]
    stdout: Path
    stderr: Path

    def wait(self, timeout_s: float) -> Ended:
        """Wait; whoever has not ended by then is killed, and has no code."""
        self.connection.settimeout(timeout_s)
        try:
            told = json.loads(self.answers.readline())
        except TimeoutError:
            self.kill()
            told = {"code": None}
        self.answers.close()
        self.connection.close()
        return Ended(stdout=self.stdout.read_text(), stderr=self.stderr.read_text(errors="replace"), **told)

    def kill(self) -> None:
        """Kill it with what it has started, which is of its process group."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)


class Tree:
    """A copy of a checkout that is set up already, and what runs its commands."""

    def __init__(self, folder: Path, scratch: Path) -> None:
        self.folder = folder
        self._scratch = scratch
        self._socket = scratch / "commands.sock"
        self._number = 0

    @classmethod
    def copy(cls, source: Path, scratch: Path) -> "Tree":
        """Copy a checkout; the virtual environment and the built assets are those of this repository."""
        folder = scratch / "tree"
        shutil.copytree(source, folder, ignore=_LEFT_OUT)
        (folder / ".venv").symlink_to((ROOT / ".venv").resolve())
        (folder / "script" / "setup").write_text("#!/bin/sh\n")  # what it would install is there
        if not (folder / _VENDOR).exists():
            shutil.copytree(ROOT / _VENDOR, folder / _VENDOR)
        return cls(folder, scratch)

    @contextmanager
    def run_commands(self) -> Iterator[None]:
        """Keep a process that has imported the program, until the end of the block."""
        server = Path(__file__).with_name("command_server.py")
        with (self._scratch / "commands.log").open("wb") as log:
            process = start_child(
                [sys.executable, str(server), str(self._socket)],
                cwd=self.folder,
                env=plain_environment() | {"BARAZA_VAR": str(self._scratch / "none")},
                stdout=log,
                stderr=log,
            )
            try:
                deadline = time.monotonic() + _START_TIMEOUT_S
                while not self._socket.exists():
                    if process.poll() is not None or time.monotonic() > deadline:
                        raise Failed(f"wsgi cannot be imported: {Path(log.name).read_text()}")
                    time.sleep(0.05)
                yield
            finally:
                process.kill()
                process.wait()

    def start(
        self, module: str, *arguments: object, environment: Mapping[str, str], stdin: str = "",
        processor_s: int | None = None,
    ) -> Running:  # fmt: skip
        """Start `python -m MODULE ARGUMENTS`; with `processor_s` the kernel ends it when it has used so much."""
        self._number += 1
        stdin_path, stdout, stderr = (self._scratch / f"{self._number}.{name}" for name in ("in", "out", "err"))
        stdin_path.write_text(stdin)
        stdout.touch()
        stderr.touch()
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(str(self._socket))
        answers = connection.makefile("rw")
        request: dict[str, Any] = {
            "module": module, "arguments": [str(argument) for argument in arguments], "environment": dict(environment),
            "stdin": str(stdin_path), "stdout": str(stdout), "stderr": str(stderr), "processor_s": processor_s,
        }  # fmt: skip
        print(json.dumps(request), file=answers, flush=True)
        return Running(int(answers.readline()), connection, answers, stdout, stderr)

    def list_processes(self) -> dict[str, list[str]]:
        """What runs of an installation, as the tree's guide says it: `worker` -> `["reporting.worker"]`."""
        guide = (self.folder / "docs" / "install.md").read_text()
        return {name: command.split() for name, command in _PROCESS.findall(guide)}


def plain_environment() -> dict[str, str]:
    """An environment as a service manager's: nothing of ours in it."""
    return {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
