"""The web processes of an installation under a benchmark: two of each kind, on listeners lent as by the launcher."""

import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from bench.scratch import running
from config.local.listeners import PAGES_KIND, WEBHOOKS_KIND, lend, open_listeners
from config.local.supervisord import VISITORS
from config.settings import load_settings

_OF_EACH = 2
_RANKS = {PAGES_KIND: VISITORS.split(), WEBHOOKS_KIND: []}  # pages first: the webhooks hand on to them


@contextmanager
def web_site(port: int, environment: Mapping[str, str]) -> Iterator[None]:
    """Webhooks and pages at one address until the end of the block. Exits where they do not answer."""
    with tempfile.TemporaryDirectory(prefix="baraza-bench-") as folder, ExitStack() as stack:
        var = Path(folder)
        listeners = open_listeners(replace(load_settings(), var=var, bind="127.0.0.1", port=port, webhook_port=None))
        for listener in listeners.values():
            stack.callback(listener.close)
        lend(var, listeners)
        own = {**environment, "BARAZA_VAR": folder, "PORT": str(port)}
        for kind, rank in _RANKS.items():
            for _ in range(_OF_EACH):
                command = [*rank, sys.executable, "-m", "config.local.web_server", kind]
                stack.enter_context(running(command, own, f"http://127.0.0.1:{port}/healthz" if not rank else None))
        yield
