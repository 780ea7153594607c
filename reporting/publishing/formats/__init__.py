"""Export formats of releases: each module here that holds a `FORMAT` is one, and is found by itself."""

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from typing import Final

from reporting.aggregation.errors import ReleaseError
from reporting.publishing.formats.format import Format
from reporting.publishing.release_info import ReleaseInfo


class FormatUnavailable(ReleaseError):
    """A release cannot be written in that format."""


def find_formats() -> dict[str, Format]:
    """Import every module of this package and collect its format, in the order of their names."""
    names = sorted(module.name for module in iter_modules(__path__, f"{__name__}."))
    found = (getattr(import_module(name), "FORMAT", None) for name in names)
    return {each.name: each for each in found if each is not None}


FORMATS: Final[Mapping[str, Format]] = find_formats()


def get_format(name: str) -> Format:
    """Get an export format by its name. Raises FormatUnavailable, which lists those that there are."""
    if name not in FORMATS:
        raise FormatUnavailable(f"there is no format {name!r}; there is: {', '.join(FORMATS)}")
    return FORMATS[name]


def list_formats(release: ReleaseInfo) -> list[Format]:
    """List the formats in which a release can be written."""
    return [each for each in FORMATS.values() if each.is_for(release)]
