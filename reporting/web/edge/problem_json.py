"""Errors of the API for programs: problem+json (RFC 9457)."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from flask import Response
from werkzeug.exceptions import HTTPException

from config.errors import RequestRefused
from config.log_ids import find_request_id

PROBLEM_TYPE: Final = "application/problem+json"


class Problem(RequestRefused):
    """An error that the caller is told. `errors` are messages by field, in marshmallow's form."""

    def __init__(
        self,
        status: int,
        detail: str,
        errors: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status)
        self.status = status
        self.detail = detail
        self.errors = errors or {}
        self.headers = headers or {}


def show_problem(problem: Problem) -> Response:
    """Write the answer to a problem. `request_id` is what our log lines about this request have."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
    }
    if problem.errors:
        body["errors"] = _list_errors(problem.errors)
    if request_id := find_request_id():
        body["request_id"] = request_id
    return Response(json.dumps(body), problem.status, dict(problem.headers), content_type=PROBLEM_TYPE)


def show_http_error(error: HTTPException) -> Response:
    """Write an error of the framework as a problem. The framework's own text repeats nothing that the caller sent."""
    data = getattr(error, "data", None) or {}
    messages = data.get("messages", {})
    faults = messages.get("json", messages) if isinstance(messages, dict) else {}
    detail = "Some fields are not as they must be." if faults else (error.description or error.name)
    headers = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}
    return show_problem(Problem(error.code or 500, detail, faults if isinstance(faults, dict) else {}, headers))


def _list_errors(faults: Any, pointer: str = "") -> list[dict[str, str]]:
    """List every error with a JSON pointer to its field."""
    if isinstance(faults, Mapping):
        nested = [(f"{pointer}/{_escape(name)}", inner) for name, inner in faults.items()]
        return [fault for place, inner in nested for fault in _list_errors(inner, place)]
    details = faults if isinstance(faults, list) else [faults]
    return [{"pointer": pointer.removesuffix("/_schema"), "detail": str(detail)} for detail in details]


def _escape(name: object) -> str:
    return str(name).replace("~", "~0").replace("/", "~1")
