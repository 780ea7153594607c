"""Creates the Flask app from the program's parts."""

from collections.abc import Sequence

import structlog
from flask import Flask
from flask_talisman import Talisman
from flask_wtf import CSRFProtect
from sqlalchemy.exc import DBAPIError

from channels.base import DeliveryReport, InboundMessage
from channels.blueprint import SinkUnavailable, make_blueprint
from config.log import describe
from reporting.accounts.signin import configure_signin
from reporting.bootstrap import Program
from reporting.cli import register_commands
from reporting.web.health import Health, make_health_blueprint
from reporting.web.language import configure_language
from reporting.web.navigation import configure_navigation

_log = structlog.get_logger()

# Nothing from elsewhere, nothing inline. Map tiles and pictures are our own.
CONTENT_SECURITY_POLICY = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": ["'self'", "data:", "blob:"],
    "connect-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}


def create_app(program: Program) -> Flask:
    """Build the web application. Nothing is connected before the first request."""
    settings = program.settings
    app = Flask("reporting", template_folder="web/templates", static_folder="web/static")
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_SECURE=settings.is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        REMEMBER_COOKIE_SECURE=settings.is_https,
        REMEMBER_COOKIE_HTTPONLY=True,
        REMEMBER_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=1024 * 1024,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: a moderator's page may stay open a whole shift
        BABEL_DEFAULT_LOCALE="en",
    )
    app.extensions["baraza"] = program
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    Talisman(
        app,
        content_security_policy=CONTENT_SECURITY_POLICY,
        force_https=False,  # the proxy in front does; health checks come over plain HTTP
        strict_transport_security=settings.is_https,
        session_cookie_secure=settings.is_https,
        referrer_policy="same-origin",
    )
    csrf = CSRFProtect(app)
    configure_language(app)
    configure_navigation(app)
    configure_signin(app, settings, program.app)
    webhooks = make_blueprint(program.channels, settings.public_url, lambda name, items: _take_in(program, name, items))
    csrf.exempt(webhooks)  # a gateway proves itself by its signature
    app.register_blueprint(webhooks)
    app.register_blueprint(make_health_blueprint(Health(program.app, program.redis_url)))
    register_commands(app, program)
    return app


def _take_in(program: Program, channel: str, items: Sequence[InboundMessage | DeliveryReport]) -> None:
    try:
        program.take_in(channel, items)
    except DBAPIError as error:
        _log.error("message_not_stored", channel=channel, error=describe(error))
        raise SinkUnavailable from None
