"""Sanitising of input from strangers at one place, before a view reads it: form fields, query, JSON and paths.

PostgreSQL stores neither NUL nor half of a surrogate pair, a column holds no number of thirty digits, and `nan` is a
number to Python but not to a map. Every view reads its fields through this module, also a view that is written later.
"""

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from flask import Request
from flask.json.provider import DefaultJSONProvider
from werkzeug.datastructures import Authorization, ImmutableDict, ImmutableMultiDict, MultiDict
from werkzeug.routing import IntegerConverter, Map, PathConverter, UnicodeConverter, ValidationError

_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,18}")  # fits the database's bigint
_DEEPEST_JSON: Final = 32
_JSON_STEM: Final = "/api/"


def clean_field(words: str) -> str:
    """Remove what PostgreSQL cannot store: NUL and halves of surrogate pairs."""
    return words.replace("\x00", "").encode("utf-8", "replace").decode()


def read_whole(typed: str) -> int:
    """Read a whole number that fits a bigint. Raises ValueError."""
    stripped = typed.strip()
    if _WHOLE.fullmatch(stripped) is None:
        raise ValueError
    return int(stripped)


def read_number(typed: str) -> float:
    """Read a finite number: neither `nan` nor infinite. Raises ValueError."""
    number = float(typed)
    if not math.isfinite(number):
        raise ValueError
    return number


_READERS: Final[Mapping[Any, Callable[[str], Any]]] = {int: read_whole, float: read_number}


class Fields(ImmutableMultiDict[str, Any]):
    """The fields of a form or a query.

    `type=int` and `type=float` give only numbers that can be stored and computed with.
    """

    def __init__(self, mapping: Mapping[str, Any] | Iterable[tuple[str, Any]] | None = None) -> None:
        given = MultiDict(mapping).items(multi=True)
        super().__init__([(clean_field(name), _clean(value)) for name, value in given])

    def get(self, key: str, default: Any = None, type: Any = None) -> Any:  # type: ignore[override]
        """Get the first value, or the default where there is none or it is not of that type."""
        return super().get(key, default, _READERS.get(type, type))

    def getlist(self, key: str, type: Any = None) -> list[Any]:
        """List all values of that type."""
        return super().getlist(key, _READERS.get(type, type))


class PageRequest(Request):
    """A request to the pages. A JSON body is read under the API's path only."""

    parameter_storage_class = Fields

    @property
    def is_json(self) -> bool:
        """Whether the body is JSON and the path belongs to the API."""
        return self.path.startswith(_JSON_STEM) and super().is_json

    @property
    def authorization(self) -> Authorization | None:
        """The credentials in the header; None also for a header that cannot be read."""
        try:
            return super().authorization
        except ValueError:
            return None


class StrictJson(DefaultJSONProvider):
    """JSON as in RFC 8259, with finite numbers that fit the database and a limited depth."""

    def loads(self, s: str | bytes, **_options: Any) -> Any:
        """Parse the value. Raises ValueError."""
        try:
            value = json.loads(s, parse_constant=_refuse, parse_float=read_number, parse_int=read_whole)
            return _clean(value)
        except RecursionError:
            raise ValueError("too deep") from None


class _Whole(IntegerConverter):
    """A number in a path that fits the database; any other number leads to 404."""

    regex = r"[0-9]{1,18}"


class _Words(UnicodeConverter):
    def to_python(self, value: str) -> str:
        return _check_path(value)


class _Path(PathConverter):
    def to_python(self, value: str) -> str:
        return _check_path(value)


class PageMap(Map):
    """The URL map of the pages, whose converters give views only values that can be stored."""

    default_converters = ImmutableDict(
        {**Map.default_converters, "default": _Words, "string": _Words, "path": _Path, "int": _Whole}
    )


def _check_path(value: str) -> str:
    """Check a part of a path. Raises ValidationError, which leads to 404."""
    if clean_field(value) != value:
        raise ValidationError
    return value


def _clean(value: Any, depth: int = 0) -> Any:
    """Sanitise all strings in a value. Raises ValueError for a value that is nested deeper than _DEEPEST_JSON."""
    if isinstance(value, str):
        return clean_field(value)
    if depth > _DEEPEST_JSON:
        raise ValueError("too deep")
    if isinstance(value, list):
        return [_clean(each, depth + 1) for each in value]
    if isinstance(value, dict):
        return {clean_field(name): _clean(each, depth + 1) for name, each in value.items()}
    return value


def _refuse(_name: str) -> Any:
    raise ValueError
