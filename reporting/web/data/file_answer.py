"""Answers with files of a release: streamed, compressed, and kept by caches for a day under their ETag."""

import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from flask import request
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from reporting.db import Database
from reporting.web.edge.request_transaction import get_program

_KEEP_S: Final = 24 * 60 * 60
_CHUNK: Final = 32 * 1024  # characters
_GZIP: Final = 31  # zlib's value for a gzip header and the largest window


def answer_file(tag: str, media_type: str, pieces: Callable[[Connection], Iterator[str]]) -> Response:
    """Answer with the file, compressed where the client accepts it.

    A third of the bytes is a third of the wait on a phone.
    """
    is_gzip = request.accept_encodings["gzip"] > 0
    if is_gzip:
        tag += "-gzip"  # other bytes, another tag
    if request.if_none_match.contains(tag):
        response = Response(status=304)
    else:
        chunks = (chunk.encode() for chunk in _stream(get_program().public, pieces))
        response = Response(_compress(chunks) if is_gzip else chunks, content_type=media_type)
        if is_gzip:
            response.content_encoding = "gzip"
    response.vary.add("Accept-Encoding")
    return keep(response, tag)


def keep(response: Response, tag: str) -> Response:
    """Let an answer be kept for a day, under an ETag."""
    response.set_etag(tag)
    response.cache_control.public = True
    response.cache_control.max_age = _KEEP_S
    response.cache_control.immutable = True
    return response


def _stream(database: Database, pieces: Callable[[Connection], Iterator[str]]) -> Iterator[str]:
    """Join the pieces to chunks worth sending. The connection is held while they are read."""
    chunk, size = [], 0
    with database.begin() as connection:
        for piece in pieces(connection):
            chunk.append(piece)
            size += len(piece)
            if size >= _CHUNK:
                yield "".join(chunk)
                chunk, size = [], 0
    if chunk:
        yield "".join(chunk)


def _compress(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Compress the chunks as one gzip stream."""
    machine = zlib.compressobj(wbits=_GZIP)
    for chunk in chunks:
        if packed := machine.compress(chunk):  # an empty piece could end the answer early
            yield packed
    yield machine.flush()
