"""Compression of public pages and of our static texts: a quarter of the bytes is a quarter of the wait on a slow line.

A page of somebody who has signed in is never compressed: it holds a token, whose letters an attacker who can add words
to the page could guess from its length (the attack called BREACH). Files of releases are compressed as they are
streamed.
"""

import gzip
from typing import Final

from flask import Flask, Response, current_app, request, session

from reporting.web.edge.caching import SIGNED_IN, is_public

_LEVEL: Final = 6
_SMALLEST: Final = 1_000  # bytes; below that the headers weigh more
_LARGEST: Final = 2_000_000  # more is no page
_TEXTS: Final = ("text/html", "text/css", "text/javascript", "image/svg+xml")


def configure_compression(app: Flask) -> None:
    """Compress what may be compressed, where the client accepts it."""
    app.after_request(_compress)


def _compress(response: Response) -> Response:
    if not _may_be_compressed(response):
        return response
    response.vary.add("Accept-Encoding")
    if request.accept_encodings["gzip"] > 0 and request.method == "GET":
        response.direct_passthrough = False  # of a static file
        data = response.get_data()
        if _SMALLEST <= len(data) <= _LARGEST:
            response.set_data(gzip.compress(data, _LEVEL, mtime=0))
            response.content_encoding = "gzip"
            etag, _ = response.get_etag()
            if etag:
                response.set_etag(etag, weak=True)  # the same content in other bytes
    return response


def _may_be_compressed(response: Response) -> bool:
    if response.status_code != 200 or response.mimetype not in _TEXTS or response.content_encoding:
        return False
    if request.endpoint == "static":
        return True
    return is_public(current_app.view_functions.get(request.endpoint or "")) and SIGNED_IN not in session
