"""Public pages and files under /data: everything comes from a release, read by a role that can read nothing else.

Files of a release never change, so they carry an ETag and may be cached. They may be cached for a day and not for a
year, so that a withdrawn release is gone from the caches by tomorrow. This server answers 410 at once.
"""

import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import Final

from flask import Blueprint, abort, render_template, request
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from reporting.aggregation.errors import NoSuchRelease, ReleaseWithdrawn
from reporting.db import Database
from reporting.publishing.export import (
    MEDIA_TYPES,
    REVISION,
    Format,
    FormatUnavailable,
    name_file,
    read_format,
    stream_release,
    stream_shapes,
)
from reporting.publishing.release_page import read_page
from reporting.publishing.release_queries import (
    ReleaseInfo,
    get_latest_release,
    get_open_release,
    get_release,
    list_releases,
)
from reporting.publishing.tiles import TILE_MEDIA_TYPE, get_tile
from reporting.web.auth import for_anybody
from reporting.web.data.formatting import configure_data_wording
from reporting.web.edge.caching import may_be_kept
from reporting.web.edge.problem_json import Problem, show_problem
from reporting.web.edge.request_transaction import get_program

blueprint = Blueprint("data", __name__, url_prefix="/data")
configure_data_wording(blueprint)

_KEEP_S: Final = 24 * 60 * 60
_CHUNK: Final = 32 * 1024  # characters
_GEOJSON: Final = MEDIA_TYPES[Format.GEOJSON]
_DEEPEST_ZOOM: Final = 18
_GZIP: Final = 31  # zlib's value for a gzip header and the largest window


@blueprint.get("/")
@for_anybody
@may_be_kept
def show_releases() -> str:
    """Show every release, by campaign and cube, newest first."""
    with _public().begin() as connection:
        releases = list_releases(connection)
    by_cube = sorted(releases, key=lambda release: (release.campaign_name, release.campaign_slug, release.cube))
    groups = [list(group) for _, group in groupby(by_cube, key=lambda found: (found.campaign_slug, found.cube))]
    return render_template("data/list.html", groups=groups)


@blueprint.get("/<campaign>/<cube>/")
@for_anybody
@may_be_kept
def show_latest(campaign: str, cube: str) -> str:
    """Show the newest release of a campaign's cube. The address stays the same for newer releases."""
    with _public().begin() as connection:
        return _render_release(connection, _or_404(lambda: get_latest_release(connection, campaign, cube)))


@blueprint.get("/releases/<int:release_id>")
@for_anybody
@may_be_kept
def show_release(release_id: int) -> str:
    """Show one release at its permanent address, which can be cited."""
    with _public().begin() as connection:
        return _render_release(connection, _or_404(lambda: get_release(connection, release_id)))


@blueprint.get("/releases/<int:release_id>.<extension>")
@for_anybody
def download(release_id: int, extension: str) -> Response:
    """Send a release as a file."""
    try:
        wanted = read_format(extension)
    except FormatUnavailable:
        abort(404)
    release = _get(release_id)
    response = _answer_file(
        f"r{release.id}-{wanted}-{REVISION}",
        MEDIA_TYPES[wanted],
        lambda connection: stream_release(connection, release, wanted),
    )
    response.headers["Content-Disposition"] = f'attachment; filename="{name_file(release, wanted)}"'
    return response


@blueprint.get("/releases/<int:release_id>/areas.geojson")
@for_anybody
def send_areas(release_id: int) -> Response:
    """Send the boundaries without figures, for the map of the page."""
    release = _get(release_id)
    tag = f"r{release.id}-areas-{REVISION}"
    return _answer_file(tag, _GEOJSON, lambda connection: stream_shapes(connection, release.id))


@blueprint.get("/releases/<int:release_id>/tiles/<int:z>/<int:x>/<int:y>.mvt")
@for_anybody
def send_tile(release_id: int, z: int, x: int, y: int) -> Response:
    """Send the areas with their figures as a vector tile (layer `areas`)."""
    if z > _DEEPEST_ZOOM or x >= 2**z or y >= 2**z:
        abort(404)
    release = _get(release_id)
    tag = f"r{release.id}-{z}-{x}-{y}-{REVISION}"
    if request.if_none_match.contains(tag):
        return _keep(Response(status=304), tag)
    with _public().begin() as connection:
        tile = get_tile(connection, release.id, z, x, y)
    return _keep(Response(tile, content_type=TILE_MEDIA_TYPE), tag)


def _render_release(connection: Connection, release: ReleaseInfo) -> str:
    page = None if release.is_withdrawn else read_page(connection, release, request.args)
    others = list_releases(connection, release.campaign_slug, release.cube)
    public_url = get_program().settings.public_url  # not the Host header, which the visitor controls
    return render_template("data/release.html", page=page, release=release, others=others, public_url=public_url)


def _answer_file(tag: str, media_type: str, pieces: Callable[[Connection], Iterator[str]]) -> Response:
    """Answer with the file, compressed where the client accepts it.

    A third of the bytes is a third of the wait on a phone.
    """
    is_gzip = request.accept_encodings["gzip"] > 0
    if is_gzip:
        tag += "-gzip"  # other bytes, another tag
    if request.if_none_match.contains(tag):
        response = Response(status=304)
    else:
        chunks = (chunk.encode() for chunk in _stream(_public(), pieces))
        response = Response(compress(chunks) if is_gzip else chunks, content_type=media_type)
        if is_gzip:
            response.content_encoding = "gzip"
    response.vary.add("Accept-Encoding")
    return _keep(response, tag)


def _keep(response: Response, tag: str) -> Response:
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


def compress(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Compress the chunks as one gzip stream."""
    machine = zlib.compressobj(wbits=_GZIP)
    for chunk in chunks:
        if packed := machine.compress(chunk):  # an empty piece could end the answer early
            yield packed
    yield machine.flush()


def _get(release_id: int) -> ReleaseInfo:
    """Get the release if its figures may be read. Raises Problem (410) for a withdrawn one."""
    with _public().begin() as connection:
        try:
            return _or_404(lambda: get_open_release(connection, release_id))
        except ReleaseWithdrawn as error:
            raise Problem(410, str(error), headers={"Cache-Control": "no-store"}) from None


@blueprint.errorhandler(Problem)
def _answer_problem(problem: Problem) -> Response:
    return show_problem(problem)


def _or_404(find: Callable[[], ReleaseInfo]) -> ReleaseInfo:
    try:
        return find()
    except NoSuchRelease:
        abort(404)


def _public() -> Database:
    return get_program().public
