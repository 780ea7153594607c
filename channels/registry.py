"""The registry of adapters, by the name that channel settings use: each module or folder here that has one.

An adapter is `ADAPTER` of `channels/NAME.py`, or of `channels/NAME/channel.py` where a gateway takes several files.
"""

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from typing import Any, Final

import channels
from channels.base.gateway import Gateway
from channels.built_in.capabilities import BUILT_IN
from channels.options import Adapter, ChannelSettingsError

_NO_GATEWAYS: Final = {"built_in", "registry", "blueprint", "event_loop"}  # the last two import web servers


def find_adapters() -> dict[str, Adapter]:
    """Import every module of a gateway and collect its adapter, in the order of their names."""
    found: dict[str, Adapter] = {}
    for module in sorted(iter_modules(channels.__path__), key=lambda each: each.name):
        path = f"channels.{module.name}.channel" if module.ispkg else f"channels.{module.name}"
        if module.name not in _NO_GATEWAYS and find_spec(path) is not None:
            adapter = getattr(import_module(path), "ADAPTER", None)
            if adapter is not None:
                found[module.name] = adapter
    return found


ADAPTERS: Final[Mapping[str, Adapter]] = find_adapters()


def make_gateways(definitions: Mapping[str, Mapping[str, Any]], public_url: str) -> dict[str, Gateway]:
    """Make the gateways of the channels file, by channel name. Raises ChannelSettingsError with one line."""
    return {name: _make_gateway(name, values, public_url) for name, values in definitions.items()}


def _make_gateway(name: str, values: Mapping[str, Any], public_url: str) -> Gateway:
    if name in BUILT_IN:
        raise ChannelSettingsError(f"channel {name}: a channel of the program itself has this name")
    options = dict(values)
    adapter = ADAPTERS.get(options.pop("adapter", name))
    if adapter is None:
        raise ChannelSettingsError(f"channel {name}: adapter: one of {', '.join(sorted(ADAPTERS))}")
    return adapter.make(name, options, public_url)
