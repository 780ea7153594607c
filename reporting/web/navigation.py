"""The navigation at the top of every page: links that this visitor may open."""

from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, request
from flask_babel import lazy_gettext
from flask_security import current_user

from reporting.accounts.role import MODERATE, SAFEGUARD, SUPERVISE, TRANSLATE


@dataclass(frozen=True, slots=True)
class _Place:
    url: str
    label: Any  # translated when it is shown
    permission: str | None = None
    endpoint: str | None = None  # shown only where the application has it


_PLACES = (
    _Place("/simulator", lazy_gettext("Simulator"), endpoint="simulator.show_phone"),
    _Place("/report", lazy_gettext("Send a report")),
    _Place("/moderate/desk", lazy_gettext("Desk"), MODERATE),
    _Place("/moderate/mine", lazy_gettext("Assigned to me"), MODERATE),
    _Place("/moderate/second", lazy_gettext("Second reading"), MODERATE),
    _Place("/moderate/translate", lazy_gettext("Translate"), TRANSLATE),
    _Place("/moderate/restricted", lazy_gettext("Restricted"), SAFEGUARD),
    _Place("/moderate/dead-letters", lazy_gettext("Failed messages"), SUPERVISE),
    _Place("/moderate/learned-places", lazy_gettext("Learned places"), SUPERVISE),
    _Place("/moderate/releases", lazy_gettext("Releases"), SUPERVISE),
    _Place("/moderate/audit", lazy_gettext("Activity log"), SUPERVISE),
    _Place("/data/", lazy_gettext("Published data")),
)


@dataclass(frozen=True, slots=True)
class NavigationItem:
    """One link of the navigation; `is_current` on the page that it leads to."""

    url: str
    label: Any
    is_current: bool


def configure_navigation(app: Flask) -> None:
    """Give `navigation` to every template."""
    app.context_processor(_describe_navigation)


def list_navigation() -> list[NavigationItem]:
    """List the links for the visitor of this request."""
    return [NavigationItem(place.url, place.label, request.path == place.url) for place in _PLACES if _is_open(place)]


def _describe_navigation() -> dict[str, Any]:
    return {"navigation": list_navigation()}


def _is_open(place: _Place) -> bool:
    if place.endpoint is not None and place.endpoint not in current_app.view_functions:
        return False
    if place.permission is None:
        return True
    return bool(current_user and current_user.is_authenticated and current_user.has_permission(place.permission))
