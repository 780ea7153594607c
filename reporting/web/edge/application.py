"""The Flask classes of all our web applications: their error log holds nothing that a visitor sent."""

from collections.abc import Callable
from typing import Any, NoReturn
from urllib.parse import urlsplit

import structlog
from flask import Flask, Request, has_request_context, request
from werkzeug.routing import RequestRedirect, Rule

from config.logging import describe_trace
from reporting.web.edge.clean_input import PageMap, PageRequest, StrictJson

_log = structlog.get_logger()


class LazyRule(Rule):
    """A rule of the URL map that compiles its builder of addresses at its first use.

    Half of the time to create the app went into builders, of which a process needs one in five.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        """Return what compiles the builder and calls it, in place of the builder itself."""
        compiled: list[Callable[..., tuple[str, str]]] = []

        def build(rule: Rule, **values: Any) -> tuple[str, str]:
            if not compiled:
                compiled.append(Rule._compile_builder(rule, append_unknown))
            return compiled[0](rule, **values)

        return build


class QuietFlask(Flask):
    """A Flask app with a safe error log, and redirects that stay where the visitor is.

    Flask would log address and message of an error, which may hold people's words.
    """

    url_rule_class = LazyRule

    def raise_routing_exception(self, request: Request) -> NoReturn:
        """Raise the exception of an address that does not match; a redirect to the right spelling leads to a path.

        Werkzeug makes it of scheme and `Host` header as they arrive here: behind a proxy with TLS that is `http://`,
        and the header is the visitor's to choose.
        """
        if isinstance(request.routing_exception, RequestRedirect):
            request.routing_exception.new_url = _make_relative(request.routing_exception.new_url)
        super().raise_routing_exception(request)

    def log_exception(self, exc_info: Any) -> None:
        """Log the endpoint, the type of the error, and where it arose."""
        endpoint = request.endpoint if has_request_context() else None
        error = exc_info[1]
        _log.error("request_failed", endpoint=endpoint, error=describe_trace(error) if error is not None else "?")


def _make_relative(url: str) -> str:
    """Return path and query of an address. Two slashes at the beginning would name another host."""
    parts = urlsplit(url)
    path = f"/{parts.path.lstrip('/')}"
    return f"{path}?{parts.query}" if parts.query else path


class PageFlask(QuietFlask):
    """The application of pages and API: everything in a request is sanitised before a view reads it."""

    request_class = PageRequest
    url_map_class = PageMap
    json_provider_class = StrictJson
