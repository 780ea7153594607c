"""Addresses that are keys (a reference, a one-time link) are told to no page that a link leads to."""

from flask import Flask, Response, g


def keep_address_secret() -> None:
    """Let the answer of this request say so in a header, which holds for what is fetched by the page too."""
    g.address_is_secret = True


def configure_referrer(app: Flask) -> None:
    """Register it. What sets the header for all pages comes later and would win if it were registered before."""
    app.after_request(_mark)


def _mark(response: Response) -> Response:
    if g.get("address_is_secret"):
        response.headers["Referrer-Policy"] = "no-referrer"
    return response
