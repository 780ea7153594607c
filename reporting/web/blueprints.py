"""Registration of all pages for people on the app."""

from flask import Flask

from config.settings import Settings
from reporting.web import home as front
from reporting.web.account import landing, own_account, second_factor
from reporting.web.account.sign_in import configure_sign_in
from reporting.web.api import v1
from reporting.web.data import releases as published
from reporting.web.edge.caching import configure_caching
from reporting.web.edge.error_pages import configure_refusal
from reporting.web.edge.loopback import configure_loopback
from reporting.web.edge.rate_limits import configure_limits
from reporting.web.edge.request_transaction import configure_transaction
from reporting.web.formatting import configure_wording
from reporting.web.i18n import configure_language
from reporting.web.match_reasons import configure_match_wording
from reporting.web.moderate import incident, lessons, map, media, queue, releases, report, restricted, supervisor, undo
from reporting.web.navigation import configure_navigation
from reporting.web.openrosa import endpoints
from reporting.web.place_reasons import configure_place_wording
from reporting.web.privacy_notice import configure_privacy
from reporting.web.report import form, status_page
from reporting.web.simulator import pages

_BLUEPRINTS = (
    front.blueprint,
    queue.blueprint,
    report.blueprint,
    incident.blueprint,
    undo.blueprint,
    media.blueprint,
    restricted.blueprint,
    supervisor.blueprint,
    lessons.blueprint,
    map.blueprint,
    releases.blueprint,
    published.blueprint,
    status_page.blueprint,
    own_account.blueprint,
    landing.blueprint,
    second_factor.blueprint,
)


def configure_pages(app: Flask, settings: Settings) -> None:
    """Register the pages and what they share. The simulator exists in development only."""
    if settings.is_development and not settings.forwarded_hops:
        configure_loopback(app)
    configure_caching(app)
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
    for blueprint in _BLUEPRINTS:
        app.register_blueprint(blueprint)
    v1.configure_api(app)
    form.configure_report_form(app)
    endpoints.configure_openrosa(app)
    if settings.is_development:
        app.register_blueprint(pages.blueprint)
