"""Framing by pages of other sites: refused for every page but those that are made to be embedded.

A page that may be framed shows published figures alone, has no form and no button, and loads nothing but its own style
sheet and script, so that a page around it cannot make anybody do something here.
"""

from collections.abc import Callable
from typing import Any, Final

View = Callable[..., Any]

EMBED_POLICY: Final = {
    "default-src": "'none'",
    "style-src": "'self'",
    "script-src": "'self'",
    "img-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "*",
}


def may_be_framed(view: View) -> View:
    """Mark a view as a page that any site may show in a frame: it gets a content security policy of its own."""
    options = {"content_security_policy": EMBED_POLICY, "frame_options": None}
    view.talisman_view_options = options  # type: ignore[attr-defined]  # read by Flask-Talisman
    return view
