"""Public pages and files under /data: everything comes from a release, read by a role that can read nothing else.

Files of a release never change, so they carry an ETag and may be cached. They may be cached for a day and not for a
year, so that a withdrawn release is gone from the caches by tomorrow. This server answers 410 at once.
"""

import json
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Final

from flask import Blueprint, abort, render_template, request
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from reporting.db import Database
from reporting.publishing.areas.tiles import DEEPEST_ZOOM, TILE_MEDIA_TYPE, TILE_REVISION, get_tile
from reporting.publishing.cell_queries import list_areas, list_errors
from reporting.publishing.formats import geojson, list_formats
from reporting.publishing.quality_report import QualityLine, list_quality, write_quality
from reporting.publishing.release_comparison import COMPARE, compare_releases, list_comparable
from reporting.publishing.release_info import ReleaseInfo
from reporting.publishing.release_page import read_page
from reporting.publishing.release_queries import (
    get_latest_release,
    get_release,
    list_releases,
)
from reporting.web.auth import for_anybody
from reporting.web.data.citation import cite
from reporting.web.data.embed import list_snippets
from reporting.web.data.file_answer import answer_file, keep
from reporting.web.data.formatting import configure_data_wording
from reporting.web.data.headline import say_headline
from reporting.web.data.release_files import answer_format
from reporting.web.edge.caching import may_be_kept
from reporting.web.edge.problem_json import Problem, show_problem
from reporting.web.edge.request_transaction import get_program
from reporting.web.public_release import absent_is_told, get_open

blueprint = Blueprint("data", __name__, url_prefix="/data")
configure_data_wording(blueprint)

_JSON: Final = "application/json"
_QUALITY_REVISION: Final = 1  # of how the quality report is written: part of the ETag


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
    with _public().begin() as connection, absent_is_told():
        return _render_release(connection, get_latest_release(connection, campaign, cube))


@blueprint.get("/releases/<int:release_id>")
@for_anybody
@may_be_kept
def show_release(release_id: int) -> str:
    """Show one release at its permanent address, which can be cited."""
    with _public().begin() as connection, absent_is_told():
        return _render_release(connection, get_release(connection, release_id))


@blueprint.get("/releases/<int:release_id>.<extension>")
@for_anybody
def download(release_id: int, extension: str) -> Response:
    """Send the first file of a format; all of them stand below `/data/releases/<id>/files/`."""
    return answer_format(get_open(release_id), extension)


@blueprint.get("/releases/<int:release_id>/areas.geojson")
@for_anybody
def send_areas(release_id: int) -> Response:
    """Send the boundaries of a level (`?level=`, else the finest) without figures, for the map of the page."""
    release = get_open(release_id)
    asked = request.args.get("level")
    level = next((each for each in release.levels if str(each) == asked), release.deepest_level)
    tag = f"r{release.id}-areas-{level}-{geojson.BOUNDARIES_REVISION}"
    return answer_file(
        tag, geojson.MEDIA_TYPE, lambda connection: geojson.stream_boundaries(connection, release.id, level)
    )


@blueprint.get("/releases/<int:release_id>/quality")
@for_anybody
@may_be_kept
def show_quality(release_id: int) -> str:
    """Show the quality report of a release on a page of its own, which can be printed."""
    with _public().begin() as connection, absent_is_told():
        release = get_release(connection, release_id)
        lines = _list_quality(connection, release) if release.has_noise and not release.is_withdrawn else []
        names = _name_areas(list_areas(connection, release.id))
    return render_template(
        "data/quality.html",
        release=release,
        lines=lines,
        area_names=names,
        citation=cite(release, _get_public_url()),
    )


@blueprint.get("/releases/<int:release_id>/quality.json")
@for_anybody
def send_quality(release_id: int) -> Response:
    """Send the quality report of a release as JSON."""
    release = get_open(release_id)
    tag = f"r{release.id}-quality-{_QUALITY_REVISION}"
    return answer_file(tag, _JSON, lambda connection: _write_quality(connection, release))


@blueprint.get("/releases/<int:release_id>/tiles/<int:z>/<int:x>/<int:y>.mvt")
@for_anybody
def send_tile(release_id: int, z: int, x: int, y: int) -> Response:
    """Send the areas with their figures as a vector tile (layer `areas`)."""
    if z > DEEPEST_ZOOM or x >= 2**z or y >= 2**z:
        abort(404)
    release = get_open(release_id)
    tag = f"r{release.id}-{z}-{x}-{y}-{TILE_REVISION}"
    if request.if_none_match.contains(tag):
        return keep(Response(status=304), tag)
    with _public().begin() as connection:
        tile = get_tile(connection, release, z, x, y)
    return keep(Response(tile, content_type=TILE_MEDIA_TYPE), tag)


def _render_release(connection: Connection, release: ReleaseInfo) -> str:
    page = None if release.is_withdrawn else read_page(connection, release, request.args)
    others = list_releases(connection, release.campaign_slug, release.cube)
    comparable = list_comparable(release, others) if page and release.has_noise else []
    public_url = _get_public_url()
    return render_template(
        "data/release.html",
        page=page,
        release=release,
        others=others,
        comparable=comparable,
        comparison=page
        and compare_releases(connection, release, page.selection, comparable, request.args.get(COMPARE, "")),
        citation=cite(release, public_url),
        headline=page and say_headline(page),
        snippets=list_snippets(page, public_url) if page else [],
        lines=list_quality(release, {}) if page and release.has_noise else [],
        area_names=_name_areas(page.areas) if page else {},
        public_url=public_url,
        formats=list_formats(release),
    )


def _list_quality(connection: Connection, release: ReleaseInfo) -> list[QualityLine]:
    return list_quality(release, list_errors(connection, release.id))


def _write_quality(connection: Connection, release: ReleaseInfo) -> Iterator[str]:
    yield json.dumps(write_quality(release, list_errors(connection, release.id)), ensure_ascii=False)


def _name_areas(areas: Mapping[int, Mapping[str, str]]) -> dict[str, str]:
    """Name the areas of all levels by code."""
    return {code: name for names in areas.values() for code, name in names.items()}


def _get_public_url() -> str:
    return get_program().settings.public_url  # not the Host header, which the visitor controls


@blueprint.errorhandler(Problem)
def _answer_problem(problem: Problem) -> Response:
    return show_problem(problem)


def _public() -> Database:
    return get_program().public
