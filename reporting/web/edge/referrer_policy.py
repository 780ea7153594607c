"""Referrer policy: an address that is a key (a reference, a one-time link) is not sent to linked pages."""

from flask import Flask, Response, g


def keep_address_secret() -> None:
    """Set `Referrer-Policy: no-referrer` on the answer of this request; it also holds for files that the page loads."""
    g.address_is_secret = True


def configure_referrer(app: Flask) -> None:
    """Register the header.

    Must be called before Talisman, which sets the header for all pages and would win otherwise.
    """
    app.after_request(_mark)


def _mark(response: Response) -> Response:
    if g.get("address_is_secret"):
        response.headers["Referrer-Policy"] = "no-referrer"
    return response
