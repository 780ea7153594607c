"""The test classes of every adapter that gateways call, found by the registry: a new adapter joins by its name."""

import importlib
from functools import cache

from channels.registry import ADAPTERS
from tests.channels.webhook_cases import WebhookCases


@cache
def list_called_adapters() -> list[str]:
    """The adapters that a gateway calls; the others fetch their messages themselves."""
    return sorted(name for name, adapter in ADAPTERS.items() if adapter.calls)


@cache
def list_cases() -> list[type[WebhookCases]]:
    """Every class of cases in `test_<adapter>.py`, of adapters that have one."""
    found: list[type[WebhookCases]] = []
    for name in list_called_adapters():
        try:
            module = importlib.import_module(f"tests.channels.test_{name}")
        except ModuleNotFoundError:
            continue
        found += [
            value
            for key, value in sorted(vars(module).items())
            if key.startswith("Test") and isinstance(value, type) and issubclass(value, WebhookCases)
        ]
    return found
