"""The Flask class of all our web applications: what it logs of an error holds nothing that anybody sent."""

from typing import Any

import structlog
from flask import Flask, has_request_context, request

from config.logging import describe_trace
from reporting.web.edge.clean_input import PageMap, PageRequest, StrictJson

_log = structlog.get_logger()


class QuietFlask(Flask):
    """Flask, which would log the address and the message of an error: both may hold somebody's words."""

    def log_exception(self, exc_info: Any) -> None:
        """The endpoint, the type of the error, and where it arose."""
        endpoint = request.endpoint if has_request_context() else None
        error = exc_info[1]
        _log.error("request_failed", endpoint=endpoint, error=describe_trace(error) if error is not None else "?")


class PageFlask(QuietFlask):
    """The application of the pages and of the API: everything in a request is cleaned before a view sees it."""

    request_class = PageRequest
    url_map_class = PageMap
    json_provider_class = StrictJson
