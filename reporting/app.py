"""Create the Flask app from the parts of the program."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import structlog
from flask import Flask, Request, Response
from flask.sessions import SessionInterface
from flask_talisman import Talisman
from flask_wtf import CSRFProtect

from channels.base.answers import ReceiveResult
from channels.base.items import InboundMessage, Item
from channels.blueprint import make_blueprint
from channels.event_loop import EventLoopWebhooks
from channels.webhook import SinkUnavailable, Webhooks
from config.logging import describe
from reporting.accounts.signin import configure_signin
from reporting.bootstrap import Program
from reporting.cli import register_commands
from reporting.inbox.store import StoreUnavailable
from reporting.web.account.sessions import configure_sessions
from reporting.web.blueprints import configure_pages
from reporting.web.edge.application import PageFlask, QuietFlask
from reporting.web.edge.referrer_policy import configure_referrer
from reporting.web.health import HealthPages, make_health_blueprint

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_log = structlog.get_logger()

# Nothing from other hosts, nothing inline. Map tiles and pictures come from this host.
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
    """Create the web application. No connection is opened before the first request."""
    settings = program.settings
    app = PageFlask("reporting", template_folder="web/templates", static_folder="web/static")
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_SECURE=settings.is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=1024 * 1024,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: a moderator's page may stay open a whole shift
        BABEL_DEFAULT_LOCALE="en",
    )
    app.extensions["baraza"] = program
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    configure_referrer(app)
    Talisman(
        app,
        content_security_policy=CONTENT_SECURITY_POLICY,
        force_https=False,  # the proxy in front redirects to HTTPS; health checks come over plain HTTP
        strict_transport_security=settings.is_https,
        session_cookie_secure=settings.is_https,
        referrer_policy="same-origin",
    )
    CSRFProtect(app)
    configure_sessions(app, configure_signin(app, settings, program.web))
    configure_pages(app, settings)
    mount_webhooks(app, program)
    health = HealthPages(program.webhooks, program.redis_url, settings.var, settings.metrics_token)
    app.register_blueprint(make_health_blueprint(health))
    register_commands(app, program)
    return app


def create_webhooks(program: Program) -> Flask:
    """Create the app for gateways: no session and no sign-in, so that nothing slows a webhook down or breaks it."""
    webhooks = QuietFlask("channels", static_folder=None)
    webhooks.session_interface = _NoSession()
    sink = partial(_receive, program)
    webhooks.register_blueprint(make_blueprint(program.channels, program.settings.public_url, sink))
    return webhooks


def create_event_loop_webhooks(program: Program) -> EventLoopWebhooks:
    """Create the webhooks for a server with an event loop."""
    webhooks = Webhooks(program.channels, program.settings.public_url)
    return EventLoopWebhooks(webhooks, partial(_receive, program), partial(_receive_messages, program))


def mount_webhooks(app: Flask, program: Program) -> None:
    """Serve `/channels/` by its own app in the same process (docs/adr/0004)."""
    webhooks = app.extensions["webhooks"] = create_webhooks(program)
    app.extensions["event_loop_webhooks"] = create_event_loop_webhooks(program)
    pages = app.wsgi_app

    def choose(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ.get("HTTP_TRANSFER_ENCODING") and environ.get("CONTENT_LENGTH"):
            return _refuse_two_lengths(environ, start_response)
        is_webhook = environ.get("PATH_INFO", "").startswith("/channels/")
        return (webhooks.wsgi_app if is_webhook else pages)(environ, start_response)

    app.wsgi_app = choose  # type: ignore[method-assign]


def _refuse_two_lengths(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """Refuse a request that states two lengths of its body (request smuggling).

    A proxy in front may use the other length, and take the rest of the body for a request of its own.
    """
    refused = Response("A body has one length.\n", 400, content_type="text/plain")
    return refused(environ, start_response)


class _NoSession(SessionInterface):
    """The session of webhooks: none."""

    def open_session(self, app: Flask, request: Request) -> None:
        """Return None: no session is read or written."""


def _receive(program: Program, channel: str, items: Sequence[Item]) -> ReceiveResult:
    with _translating_errors(channel):
        return program.receiver.receive(channel, items)


async def _receive_messages(program: Program, channel: str, messages: Sequence[InboundMessage]) -> None:
    with _translating_errors(channel):
        await program.receiver.receive_async(channel, messages)


@contextmanager
def _translating_errors(channel: str) -> Iterator[None]:
    """Log that a message could not be stored. Raises SinkUnavailable in place of StoreUnavailable."""
    try:
        yield
    except StoreUnavailable as error:
        _log.error("message_not_stored", channel=channel, error=describe(error))
        raise SinkUnavailable from None
