"""The blueprint that all parts of the API share: strict JSON, problem+json for every error, and who may read an answer.

Calls carry a key in the header or nothing at all. There is neither session nor cookie, so a strange page cannot make a
browser send a call with rights (CSRF). Therefore these blueprints are exempt from the CSRF check of forms.
"""

from typing import Any, Final

from flask import Response, abort, current_app, g, request
from flask_smorest import Blueprint
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException

from reporting.accounts.api_key import KeyHolder
from reporting.web.edge.database_unavailable import RETRY_AFTER_S, check_outage
from reporting.web.edge.problem_json import Problem, show_http_error, show_problem

PREFIX: Final = "/api/v1"
KEY_SCHEME: Final[list[dict[str, list[str]]]] = [{"key": []}]


class _Parser(Blueprint.ARGUMENTS_PARSER.__class__):  # type: ignore[misc]
    """The library's parser of arguments, with our strict reading of JSON: limited depth, limited numbers."""

    def _raw_load_json(self, _request: Any) -> Any:
        try:
            return current_app.json.loads(request.get_data())
        except ValueError:
            raise Problem(400, "The body is no JSON that can be read: see RFC 8259.") from None


class ApiBlueprint(Blueprint):  # type: ignore[misc]
    """A blueprint of the API: `name` is that of its endpoints; all stand below `/api/v1`."""

    ARGUMENTS_PARSER = _Parser()

    def __init__(self, name: str, import_name: str, description: str) -> None:
        super().__init__(name, import_name, url_prefix=PREFIX, description=description)
        self.register_error_handler(Problem, show_problem)
        self.register_error_handler(DBAPIError, _answer_outage)
        self.register_error_handler(HTTPException, show_http_error)


def get_holder() -> KeyHolder:
    """Return the partner whose key this request carries."""
    holder: KeyHolder | None = g.get("key_holder")
    if holder is None:
        abort(401)
    return holder


def _answer_outage(error: DBAPIError) -> Response:
    check_outage(error)
    return show_problem(Problem(503, "The database is away. Try again.", headers={"Retry-After": RETRY_AFTER_S}))
