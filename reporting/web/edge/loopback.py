"""Loopback only in development: pages are served to this machine alone, under no other name and behind no proxy."""

from urllib.parse import urlsplit

from flask import Flask, Response, request

from config.address import is_loopback

_LEFT_BY_PROXIES = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via")
_REFUSAL = "This is a demonstration, for the machine it runs on alone. For people: docs/install.md.\n"


def configure_loopback(app: Flask) -> None:
    """Refuse every request under another host name or through a proxy (421)."""

    @app.before_request
    def refuse_others() -> Response | None:
        is_passed_on = any(name in request.headers for name in _LEFT_BY_PROXIES)
        if is_passed_on or not is_loopback(_read_host(request.host)):
            return Response(_REFUSAL, 421, mimetype="text/plain")
        return None


def _read_host(value: str) -> str | None:
    try:
        return urlsplit(f"//{value}").hostname
    except ValueError:
        return None
