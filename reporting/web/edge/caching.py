"""What browsers may keep: nothing, unless a view says so. A page that is written tomorrow is private until it does."""

from collections.abc import Callable
from typing import Any, Final

from flask import Flask, Response, current_app, request, session

_ATTRIBUTE: Final = "may_be_kept"
_SIGNED_IN: Final = "_user_id"

View = Callable[..., Any]


def may_be_kept(view: View) -> View:
    """For a page that is public: a browser may keep it, and asks each time whether it is still so.

    Not that of somebody who signed in: it has their name on it.
    """
    setattr(view, _ATTRIBUTE, True)
    return view


def configure_caching(app: Flask) -> None:
    """Mark every answer that does not say itself what may be kept."""
    app.after_request(_mark)


def _mark(response: Response) -> Response:
    if "Cache-Control" not in response.headers:
        view = current_app.view_functions.get(request.endpoint or "")
        is_public = getattr(view, _ATTRIBUTE, False) and response.status_code == 200 and _SIGNED_IN not in session
        response.headers["Cache-Control"] = "private, no-cache" if is_public else "no-store"
    return response
