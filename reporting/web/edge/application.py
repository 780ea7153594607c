"""The Flask classes of all our web applications: their error log holds nothing that a visitor sent."""

from typing import Any

import structlog
from flask import Flask, has_request_context, request

from config.logging import describe_trace
from reporting.web.edge.clean_input import PageMap, PageRequest, StrictJson

_log = structlog.get_logger()


class QuietFlask(Flask):
    """A Flask app with a safe error log.

    Flask would log address and message of an error, which may hold people's words.
    """

    def log_exception(self, exc_info: Any) -> None:
        """Log the endpoint, the type of the error, and where it arose."""
        endpoint = request.endpoint if has_request_context() else None
        error = exc_info[1]
        _log.error("request_failed", endpoint=endpoint, error=describe_trace(error) if error is not None else "?")


class PageFlask(QuietFlask):
    """The application of pages and API: everything in a request is sanitised before a view reads it."""

    request_class = PageRequest
    url_map_class = PageMap
    json_provider_class = StrictJson
