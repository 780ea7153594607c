"""Who may open a page. Every view says so by one of these decorators; a test refuses a route without."""

from collections.abc import Callable
from typing import Any, Final

from flask_security import auth_required, permissions_required

GUARD_ATTRIBUTE: Final = "guarded_by"
ANYBODY: Final = "anybody"

View = Callable[..., Any]


def needs(permission: str) -> Callable[[View], View]:
    """For people who signed in and have the permission. Others are sent to sign in, or get 403."""

    def guard(view: View) -> View:
        guarded: View = auth_required("session")(permissions_required(permission)(view))
        setattr(guarded, GUARD_ATTRIBUTE, permission)
        return guarded

    return guard


def for_anybody(view: View) -> View:
    """For everybody, on purpose: the page shows nothing of anyone."""
    setattr(view, GUARD_ATTRIBUTE, ANYBODY)
    return view
