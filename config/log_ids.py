"""Ids that tie log lines together: every line of a request has its `request_id`, every line of a job its `job_id`.

They are structlog's context variables, so code that logs need not know them.
"""

import re
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Final, ParamSpec, TypeVar

from structlog.contextvars import bind_contextvars, bound_contextvars, get_contextvars

REQUEST_ID_HEADER: Final = "X-Request-Id"
_REQUEST: Final = "request_id"
_JOB: Final = "job_id"
# A UUID, or 32 hexadecimal digits as nginx makes them. Anything else could be a number or a name of a person.
_ID: Final = re.compile(r"[0-9a-f]{8}(-?)[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{12}", re.IGNORECASE)

P = ParamSpec("P")
T = TypeVar("T")


def choose_id(given: str | None = None) -> str:
    """Return the id that was given where it has the form of a random id, else a new one."""
    return given if given is not None and _ID.fullmatch(given) else uuid.uuid4().hex


def bind_request(given: str | None = None) -> None:
    """Give all later log lines of this task the id that was given, or a new one (`choose_id`).

    The server answers each request in a task of its own (aiohttp), so the id ends with the request.
    """
    bind_contextvars(**{_REQUEST: choose_id(given)})


def bind_job(job_id: str) -> AbstractContextManager[Any]:
    """Give all log lines of the block the id of a job, or a new one (`choose_id`)."""
    return bound_contextvars(**{_JOB: choose_id(job_id)})


def find_request_id() -> str | None:
    """Return the id of the request that is being answered; None outside of one."""
    found: str | None = get_contextvars().get(_REQUEST)
    return found


def make_id_headers() -> dict[str, str]:
    """Make the header that carries the id of the request that is being answered; none outside of one."""
    request_id = find_request_id()
    return {REQUEST_ID_HEADER: request_id} if request_id else {}


def describe_ids() -> str:
    """Describe the ids for a line that is no JSON: ` request_id=...`; empty where there are none."""
    return "".join(f" {name}={value}" for name, value in get_contextvars().items())


def with_ids(function: Callable[P, T]) -> Callable[P, T]:
    """Wrap a function that another thread will call, so that its log lines have the ids of now."""
    ids = get_contextvars()

    def run(*arguments: P.args, **options: P.kwargs) -> T:
        with bound_contextvars(**ids):
            return function(*arguments, **options)

    return run
