"""All pages for people: set up on the app in one go."""

from flask import Flask

from config.settings import Settings
from reporting.web import (
    account,
    api,
    data,
    front,
    home,
    media,
    moderate_incident,
    moderate_lesson,
    moderate_map,
    moderate_queue,
    moderate_release,
    moderate_report,
    moderate_restricted,
    moderate_supervise,
    moderate_undo,
    openrosa,
    report_form,
    second_factor,
    simulator,
    status,
)
from reporting.web.caching import configure_caching
from reporting.web.explanation import configure_place_wording
from reporting.web.language import configure_language
from reporting.web.likeness_reason import configure_likeness_wording
from reporting.web.limit import configure_limits
from reporting.web.loopback import configure_loopback
from reporting.web.navigation import configure_navigation
from reporting.web.privacy import configure_privacy
from reporting.web.refusal import configure_refusal
from reporting.web.sign_in import configure_sign_in
from reporting.web.transaction import configure_transaction
from reporting.web.wording import configure_wording

_BLUEPRINTS = (
    front.blueprint,
    moderate_queue.blueprint,
    moderate_report.blueprint,
    moderate_incident.blueprint,
    moderate_undo.blueprint,
    media.blueprint,
    moderate_restricted.blueprint,
    moderate_supervise.blueprint,
    moderate_lesson.blueprint,
    moderate_map.blueprint,
    moderate_release.blueprint,
    data.blueprint,
    status.blueprint,
    account.blueprint,
    home.blueprint,
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
    configure_likeness_wording(app)
    configure_refusal(app)
    configure_privacy(app)
    configure_transaction(app)
    configure_limits(app)
    configure_sign_in(app)
    for blueprint in _BLUEPRINTS:
        app.register_blueprint(blueprint)
    api.configure_api(app)
    report_form.configure_report_form(app)
    openrosa.configure_openrosa(app)
    if settings.is_development:
        app.register_blueprint(simulator.blueprint)
