"""Registration of all pages for people on the app."""

from functools import cache
from importlib import import_module
from operator import attrgetter
from pkgutil import iter_modules

from flask import Blueprint, Flask

from config.settings import Settings
from reporting.web import account, data, desk, home, moderate, report
from reporting.web.account.sign_in import configure_sign_in
from reporting.web.api import v1
from reporting.web.edge.caching import configure_caching
from reporting.web.edge.compression import configure_compression
from reporting.web.edge.error_pages import configure_refusal
from reporting.web.edge.loopback import configure_loopback
from reporting.web.edge.rate_limits import configure_limits
from reporting.web.edge.request_transaction import configure_transaction
from reporting.web.formatting import configure_wording
from reporting.web.i18n import configure_language
from reporting.web.match_reasons import configure_match_wording
from reporting.web.navigation import configure_navigation
from reporting.web.open311.endpoints import configure_open311
from reporting.web.openrosa import endpoints
from reporting.web.place_reasons import configure_place_wording
from reporting.web.privacy_notice import configure_privacy
from reporting.web.report import form
from reporting.web.simulator import pages

_ROOMS = (account, data, desk, moderate, report)


def configure_pages(app: Flask, settings: Settings) -> None:
    """Register the pages and what they share. The simulator exists in development only."""
    if settings.is_development and not settings.forwarded_hops:
        configure_loopback(app)
    configure_caching(app)
    configure_compression(app)
    configure_language(app)
    configure_navigation(app)
    configure_wording(app)
    configure_place_wording(app)
    configure_match_wording(app)
    configure_refusal(app)
    configure_privacy(app)
    configure_transaction(app)
    configure_limits(app)
    configure_sign_in(app)
    v1.configure_api(app)
    form.configure_report_form(app)
    endpoints.configure_openrosa(app)
    configure_open311(app)
    app.register_blueprint(home.blueprint)
    for blueprint in find_blueprints():
        if blueprint.name not in app.blueprints:  # those with more to configure are registered above
            app.register_blueprint(blueprint)
    if settings.is_development:
        app.register_blueprint(pages.blueprint)


@cache
def find_blueprints() -> tuple[Blueprint, ...]:
    """Find the blueprint of every module in the rooms of the pages, so that a new page needs no line elsewhere."""
    modules = (
        import_module(module.name)
        for room in _ROOMS
        for module in sorted(iter_modules(room.__path__, f"{room.__name__}."), key=attrgetter("name"))
    )
    return tuple(module.blueprint for module in modules if getattr(module, "blueprint", None) is not None)
