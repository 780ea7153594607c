"""An installation that runs as `script/server` runs it for people: web processes, workers and scheduler."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from config.local.process import wait_until
from tests.acceptance.installation import Installation
from tests.acceptance.tree import Failed
from tests.child import start_child

_START_TIMEOUT_S: Final = 240
_STOP_TIMEOUT_S: Final = 240


@contextmanager
def run_site(installation: Installation) -> Iterator[Path]:
    """Run `script/server` in the tree until the end of the block; yields its log. Raises Failed."""
    log = installation.var / "server.log"
    with start_site(installation, log) as process:
        if not wait_until(lambda: process.poll() is not None or installation.is_ready(), _START_TIMEOUT_S):
            raise Failed(f"script/server is not ready after {_START_TIMEOUT_S} s: {log.read_text()[-2000:]}")
        if process.poll() is not None:
            raise Failed(f"script/server ended with {process.returncode}: {log.read_text()[-2000:]}")
        yield log


@contextmanager
def start_site(installation: Installation, log: Path) -> Iterator[Any]:
    """Start `script/server` and end it in order at the end of the block; yields the process."""
    tree = installation.tree.folder
    with log.open("wb") as output:
        process = start_child(
            [str(tree / "script" / "server")],
            signal.SIGTERM,
            cwd=tree,
            env=installation.environment,
            stdout=output,
            stderr=output,
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(_STOP_TIMEOUT_S)
