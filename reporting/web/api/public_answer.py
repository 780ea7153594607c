"""Answers for everybody: readable by pages of other sites (CORS), kept by caches, and limited by network."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from functools import wraps
from json import dumps, loads
from typing import Any, Final

from flask import make_response, request
from werkzeug.wrappers import Response

from reporting.accounts.limit import READS_BY_NETWORK
from reporting.db import Database
from reporting.web.api.blueprint import ApiBlueprint
from reporting.web.auth import View
from reporting.web.edge.problem_json import Problem
from reporting.web.edge.rate_limits import count_by_network
from reporting.web.edge.request_transaction import get_program

SHORT_S: Final = 60
DAY_S: Final = 24 * 60 * 60  # not longer, so that a withdrawn release is gone from the caches by tomorrow
_CURSOR_LONGEST: Final = 2_000


def open_to_other_sites(blueprint: ApiBlueprint) -> None:
    """Let pages of any site read the answers of a blueprint, and limit how often one network asks."""
    blueprint.before_request(_count_read)
    blueprint.after_request(_allow_other_sites)


def kept_for(seconds: int) -> Callable[[View], View]:
    """Let caches keep the answer of a view for so long. A caller who has it already gets 304 without the body."""

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(*arguments: Any, **options: Any) -> Response:
            response = make_response(view(*arguments, **options))
            response.cache_control.public = True
            response.cache_control.max_age = seconds
            response.add_etag()
            return response.make_conditional(request)

        return answer

    return decorate


def get_public() -> Database:
    """Return the database as the public role reads it: releases, and nothing else."""
    return get_program().public


def write_cursor(key: Sequence[Any]) -> str:
    """Write the key of the last row of a page as an opaque text."""
    return urlsafe_b64encode(dumps(key, separators=(",", ":")).encode()).decode().rstrip("=")


def read_cursor(cursor: str, kinds: Sequence[type], status: int = 422) -> list[Any]:
    """Read a cursor whose parts are of these types. Raises Problem of that status."""
    try:
        key = loads(urlsafe_b64decode(cursor[:_CURSOR_LONGEST] + "=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError):
        key = None
    fits = isinstance(key, list) and [type(part) for part in key] == list(kinds)
    if not fits or "\0" in str(key) or any(type(part) is int and abs(part) >= 2**31 for part in key):
        raise Problem(
            status, "Some fields are not as they must be.", {"after": ["It is no cursor of an earlier page."]}
        )
    return list(key)


def _count_read() -> None:
    count_by_network(READS_BY_NETWORK)


def _allow_other_sites(response: Response) -> Response:
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = "ETag, Link, Retry-After, X-Request-Id"
    return response
