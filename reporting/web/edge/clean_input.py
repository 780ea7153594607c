"""What strangers send, cleaned at one place before a view reads it: fields of forms and addresses, JSON, paths.

No database takes NUL or half of a surrogate pair, no column a number of thirty digits, and `nan` is a number to Python
and to no map. Whoever reads a field of a request gets it through here, also a view that is written tomorrow.
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
    """What PostgreSQL can store: no NUL, no half of a surrogate pair."""
    return words.replace("\x00", "").encode("utf-8", "replace").decode()


def read_whole(typed: str) -> int:
    """A whole number that the database can hold. Raises ValueError."""
    stripped = typed.strip()
    if _WHOLE.fullmatch(stripped) is None:
        raise ValueError
    return int(stripped)


def read_number(typed: str) -> float:
    """A number that is one: neither `nan` nor infinite. Raises ValueError."""
    number = float(typed)
    if not math.isfinite(number):
        raise ValueError
    return number


_READERS: Final[Mapping[Any, Callable[[str], Any]]] = {int: read_whole, float: read_number}


class Fields(ImmutableMultiDict[str, Any]):
    """The fields of a form or an address. `type=int` and `type=float` mean numbers that can be worked with."""

    def __init__(self, mapping: Mapping[str, Any] | Iterable[tuple[str, Any]] | None = None) -> None:
        given = MultiDict(mapping).items(multi=True)
        super().__init__([(clean_field(name), _clean(value)) for name, value in given])

    def get(self, key: str, default: Any = None, type: Any = None) -> Any:  # type: ignore[override]
        """The first value, or the default where there is none or it is not of that type."""
        return super().get(key, default, _READERS.get(type, type))

    def getlist(self, key: str, type: Any = None) -> list[Any]:
        """All values of that type."""
        return super().getlist(key, _READERS.get(type, type))


class PageRequest(Request):
    """A request to the pages. A body of JSON is read where the API is and nowhere else."""

    parameter_storage_class = Fields

    @property
    def is_json(self) -> bool:
        """Whether the body is JSON that somebody may read."""
        return self.path.startswith(_JSON_STEM) and super().is_json

    @property
    def authorization(self) -> Authorization | None:
        """The proof in the header; None also for one that cannot be read."""
        try:
            return super().authorization
        except ValueError:
            return None


class StrictJson(DefaultJSONProvider):
    """JSON as RFC 8259 has it, with numbers that can be worked with and no deeper than anything of ours is."""

    def loads(self, s: str | bytes, **_options: Any) -> Any:
        """The value. Raises ValueError."""
        try:
            value = json.loads(s, parse_constant=_refuse, parse_float=read_number, parse_int=read_whole)
            return _clean(value)
        except RecursionError:
            raise ValueError("too deep") from None


class _Whole(IntegerConverter):
    """A number in a path that the database can hold; any other leads nowhere."""

    regex = r"[0-9]{1,18}"


class _Words(UnicodeConverter):
    def to_python(self, value: str) -> str:
        return _check_path(value)


class _Path(PathConverter):
    def to_python(self, value: str) -> str:
        return _check_path(value)


class PageMap(Map):
    """The addresses of the pages, with parts that a view can work with."""

    default_converters = ImmutableDict(
        {**Map.default_converters, "default": _Words, "string": _Words, "path": _Path, "int": _Whole}
    )


def _check_path(value: str) -> str:
    """Raises ValidationError: then there is nothing at that address."""
    if clean_field(value) != value:
        raise ValidationError
    return value


def _clean(value: Any, depth: int = 0) -> Any:
    """The value with clean words. Raises ValueError for what is deeper than anything we read."""
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
