"""Picture of a release for social media: the headline beside the map, as PNG, since the services take no SVG.

It is an SVG of our own template that resvg draws, with the fonts of the system. There is one of each release and
language, whatever slice the page shows, so that nobody can make the server draw without end.
"""

import textwrap
from functools import lru_cache
from typing import Final

import resvg_py
from flask import Blueprint, abort, render_template, request
from flask_babel import force_locale
from werkzeug.wrappers import Response

from reporting.accounts.limit import PICTURES_BY_NETWORK
from reporting.languages.spoken import PAGES, list_languages
from reporting.publishing.release_info import ReleaseInfo
from reporting.publishing.release_page import Page, read_page
from reporting.web.auth import for_anybody
from reporting.web.data.file_answer import keep
from reporting.web.data.headline import say_headline
from reporting.web.edge.problem_json import Problem, show_problem
from reporting.web.edge.rate_limits import count_by_network
from reporting.web.edge.request_transaction import get_program
from reporting.web.public_release import get_open

blueprint = Blueprint("social_card", __name__, url_prefix="/data")
blueprint.register_error_handler(Problem, show_problem)

_REVISION: Final = 2  # of the drawing: part of the ETag
_LINE: Final = 30  # characters of the headline; as wide as the room beside the map
_MOST_LINES: Final = 7


@blueprint.get("/releases/<int:release_id>/card-<language>.png")
@for_anybody
def show_card(release_id: int, language: str) -> Response:
    """Send the picture of a release in a language of the pages."""
    if language not in {each.code for each in list_languages(PAGES)}:
        abort(404)
    release = get_open(release_id)
    tag = f"r{release.id}-card-{language}-{_REVISION}"
    if request.if_none_match.contains(tag):
        return keep(Response(status=304), tag)
    count_by_network(PICTURES_BY_NETWORK)
    with get_program().public.begin() as connection:
        page = read_page(connection, release, {})
    with force_locale(language):
        drawn = _draw(_write_svg(release, page))
    return keep(Response(drawn, content_type="image/png"), tag)


def _write_svg(release: ReleaseInfo, page: Page) -> str:
    lines = textwrap.wrap(say_headline(page) or "", _LINE, max_lines=_MOST_LINES, placeholder=" …")
    return render_template("data/card.svg", release=release, page=page, lines=lines)


@lru_cache(maxsize=16)  # of some 60 KB; drawing takes a tenth of a second
def _draw(svg: str) -> bytes:
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, sans_serif_family="Noto Sans"))
