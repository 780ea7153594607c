"""The page while the database is unavailable: it needs nothing from the database, and keeps what was just written."""

from dataclasses import dataclass
from typing import Final

import structlog
from flask import Response, make_response, render_template, request
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException

from config.logging import describe
from reporting.db import is_outage

_log = structlog.get_logger()

RETRY_AFTER_S: Final = "10"
_WORDS: Final = frozenset({"text", "place"})
_ACCOUNT: Final = "/account/"  # passwords and codes must be typed again


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    value: str
    is_words: bool  # shown, so that it can be copied; other fields are hidden


def check_outage(error: DBAPIError) -> None:
    """Raise the error again unless it says that the database is unavailable."""
    if not is_outage(error):
        raise error
    _log.error("database_unavailable", error=describe(error))


def show_unavailable() -> Response:
    """Show the page, with a form that sends the fields of this request again."""
    fields, has_files = _read_fields() if request.method == "POST" else ([], False)
    return make_response(render_template("away.html", fields=fields, has_files=has_files))


def _read_fields() -> tuple[list[_Field], bool]:
    if request.path.startswith(_ACCOUNT):
        return [], False
    try:
        given = list(request.form.items(multi=True))
        has_files = any(file.filename for file in request.files.values())
    except HTTPException:
        return [], False
    fields = [_Field(name, value, name in _WORDS or len(value.split()) > 1) for name, value in given]
    return fields, has_files
