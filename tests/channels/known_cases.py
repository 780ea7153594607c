"""The test classes of every adapter that gateways call, found by the registry: a new adapter joins by its name."""

import importlib
from functools import cache
from pathlib import Path

from channels.registry import ADAPTERS
from tests.channels.webhook_cases import WebhookCases

_FOLDER = Path(__file__).parent


@cache
def list_called_adapters() -> list[str]:
    """The adapters that a gateway calls; the others fetch their messages themselves."""
    return sorted(name for name, adapter in ADAPTERS.items() if adapter.calls)


@cache
def list_cases() -> list[type[WebhookCases]]:
    """Every class of cases in `test_<adapter>.py`, of adapters that have one; here or in a folder of the adapter."""
    found: list[type[WebhookCases]] = []
    for name in list_called_adapters():
        place = f"{name}.test_{name}" if (_FOLDER / name).is_dir() else f"test_{name}"
        try:
            module = importlib.import_module(f"tests.channels.{place}")
        except ModuleNotFoundError:
            continue
        found += [
            value
            for key, value in sorted(vars(module).items())
            if key.startswith("Test") and isinstance(value, type) and issubclass(value, WebhookCases)
        ]
    return found
