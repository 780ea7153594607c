"""The channels file: YAML, a mapping of channel name to options; `env:NAME` takes a value from the environment."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from config.errors import UserError

_ENVIRONMENT = "env:"
_NAME = re.compile(r"^[a-z0-9][a-z0-9-]{0,40}$")


class ChannelsFileError(UserError):
    """A channels file that cannot be read; the message says what and where in one line."""


def read_channels_file(path: Path, environment: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Read the options by channel name, with values from the environment filled in. Raises ChannelsFileError."""
    try:
        loaded = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ChannelsFileError(f"{path.name}: {str(error).splitlines()[0]}") from None
    if not isinstance(loaded, dict) or not all(isinstance(values, dict) for values in loaded.values()):
        raise ChannelsFileError(f"{path.name}: expected channel names, each with its options")
    for name in loaded:
        if not _NAME.match(str(name)):
            raise ChannelsFileError(f"{path.name}: {name}: small letters, digits and hyphens only")
    return {str(name): _fill(values, f"{path.name}: {name}", environment) for name, values in loaded.items()}


def _fill(value: Any, where: str, environment: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {str(key): _fill(item, f"{where}.{key}", environment) for key, item in value.items()}
    if isinstance(value, list):
        return [_fill(item, where, environment) for item in value]
    if isinstance(value, str) and value.startswith(_ENVIRONMENT):
        name = value.removeprefix(_ENVIRONMENT)
        if not environment.get(name):
            raise ChannelsFileError(f"{where}: the environment has no {name}")
        return environment[name]
    return value
