"""The web processes as they run under the supervisor: two of each kind, with the sockets that outlive them."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any

from config.local.listeners import PAGES_KIND, PUBLIC, WEBHOOKS_KIND, Listeners, lend, open_listeners
from config.local.process import wait_until
from config.local.supervisord import VISITORS
from config.settings import Settings
from tests.child import start_child
from tests.conftest import AUTH_TOKEN, ROOT
from tests.port import find_free_port, is_ready

_START_TIMEOUT_S = 240
_STOP_TIMEOUT_S = 120


@dataclass
class WebSite:
    """A running site; `port` is the public one, `webhook_port` that of webhooks alone."""

    port: int
    webhook_port: int
    log: IO[bytes]
    environment: dict[str, str]
    listeners: Listeners
    processes: "dict[tuple[str, int], subprocess.Popen[Any]]" = field(default_factory=dict)

    ranks = {WEBHOOKS_KIND: [], PAGES_KIND: VISITORS.split()}  # noqa: RUF012

    def start(self, kind: str, number: int) -> None:
        """Start a process, as the supervisor does when one has ended. To be called in the main thread."""
        self.processes[kind, number] = start_child(
            [*self.ranks[kind], sys.executable, "-m", "config.local.web_server", kind],
            cwd=ROOT,
            env=self.environment,
            stdout=self.log,
            stderr=self.log,
        )

    def wait_until_started(self, kind: str, number: int) -> None:
        """Return when it has the sockets of the site: from then on it takes calls."""
        folder = Path(f"/proc/{self.processes[kind, number].pid}/fd")
        inode = f"socket:[{os.fstat(self.listeners[PUBLIC].fileno()).st_ino}]"
        assert wait_until(lambda: inode in _list_open(folder), _START_TIMEOUT_S)

    def kill(self, kind: str, number: int) -> None:
        """Kill it without a warning."""
        process = self.processes[kind, number]
        process.kill()
        process.wait(_STOP_TIMEOUT_S)


@contextmanager
def run_site(
    settings: Settings, database_url: str, redis_url: str, var: Path, given: Mapping[str, str] = MappingProxyType({})
) -> Iterator[WebSite]:
    """Run the processes until the end of the block, with these settings besides."""
    port, webhook_port = find_free_port(), find_free_port()
    environment = os.environ | {
        "DATABASE_URL": database_url, "REDIS_URL": redis_url, "BARAZA_ENV": "production", "BARAZA_VAR": str(var),
        "PORT": str(port), "WEBHOOK_PORT": str(webhook_port), "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "SECRET_KEY": "a-secret-of-the-tests", "CONTACT_PEPPER": "a-pepper-of-the-tests",
        "TWILIO_AUTH_TOKEN": AUTH_TOKEN, **given,
    }  # fmt: skip
    listeners = open_listeners(replace(settings, var=var, port=port, webhook_port=webhook_port))
    lend(var, listeners)
    with (var / "web.log").open("wb") as log:
        site = WebSite(port, webhook_port, log, environment, listeners)
        try:
            for number in range(2):
                for kind in (WEBHOOKS_KIND, PAGES_KIND):
                    site.start(kind, number)
            assert wait_until(lambda: is_ready(port) and is_ready(webhook_port), _START_TIMEOUT_S), log.name
            yield site
        finally:
            for process in site.processes.values():
                process.terminate()
            for process in site.processes.values():
                process.wait(_STOP_TIMEOUT_S)
            for listener in listeners.values():
                listener.close()


def _list_open(folder: Path) -> set[str]:
    found = set()
    for entry in folder.iterdir():
        with suppress(OSError):
            found.add(os.readlink(entry))
    return found
