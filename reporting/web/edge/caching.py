"""Caching by browsers: nothing may be cached unless a view says so, so that a new page is private by default."""

from collections.abc import Callable
from typing import Any, Final

from flask import Flask, Response, current_app, request, session

_ATTRIBUTE: Final = "may_be_kept"
SIGNED_IN: Final = "_user_id"

View = Callable[..., Any]


def may_be_kept(view: View) -> View:
    """Mark a public page as cacheable: a browser may cache it, and asks each time whether it has changed.

    The page of a signed-in account is not cached, because it shows their name.
    """
    setattr(view, _ATTRIBUTE, True)
    return view


def is_public(view: View | None) -> bool:
    """Return whether a view is marked as a public page."""
    return bool(getattr(view, _ATTRIBUTE, False))


def configure_caching(app: Flask) -> None:
    """Set Cache-Control on every answer that has none."""
    app.after_request(_mark)


def _mark(response: Response) -> Response:
    if "Cache-Control" not in response.headers:
        view = current_app.view_functions.get(request.endpoint or "")
        may_be_cached = is_public(view) and response.status_code == 200 and SIGNED_IN not in session
        response.headers["Cache-Control"] = "private, no-cache" if may_be_cached else "no-store"
    return response
