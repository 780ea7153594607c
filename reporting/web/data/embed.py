"""Pieces of a release's page for the pages of others: a figure in words, the trend, the map or the table in a frame.

A piece links to the page it is from, is of one release for good, and tells the page around it how high it is, if that
page loads our script; without it the frame has the height that the snippet gives.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from flask import Blueprint, abort, render_template, request, url_for
from flask_babel import get_locale

from reporting.languages.spoken import SOURCE_LANGUAGE
from reporting.publishing.release_page import Page, read_page
from reporting.publishing.release_queries import get_release
from reporting.web.auth import for_anybody
from reporting.web.data.formatting import link_slice
from reporting.web.data.headline import say_headline
from reporting.web.edge.caching import may_be_kept
from reporting.web.edge.framing import may_be_framed
from reporting.web.edge.request_transaction import get_program
from reporting.web.public_release import absent_is_told

blueprint = Blueprint("embed", __name__, url_prefix="/data")


class Piece(StrEnum):
    """What can be embedded."""

    MAP = "map"
    TREND = "trend"
    TABLE = "table"


_HEIGHTS: Final = {Piece.MAP: 620, Piece.TREND: 460, Piece.TABLE: 700}  # pixels, before the piece tells its own


@dataclass(frozen=True, slots=True)
class Snippet:
    """The HTML that shows a piece in another page, and the address of the piece alone."""

    piece: Piece
    html: str
    address: str


@blueprint.get("/releases/<int:release_id>/embed/<piece>")
@for_anybody
@may_be_kept
@may_be_framed
def show_piece(release_id: int, piece: str) -> str:
    """Show a piece of a release for the slice of the query, the same as on the page; `?lang=` is its language."""
    if piece not in set(Piece):
        abort(404)
    with get_program().public.begin() as connection, absent_is_told():
        release = get_release(connection, release_id)
        page = None if release.is_withdrawn else read_page(connection, release, request.args)
    return render_template(
        "data/embed.html", piece=piece, release=release, page=page, headline=page and say_headline(page),
        public_url=get_program().settings.public_url,
    )  # fmt: skip


def list_snippets(page: Page, public_url: str) -> list[Snippet]:
    """List the snippets for the chosen slice, in the language of the page."""
    return [_write_snippet(page, piece, public_url) for piece in Piece if _has(page, piece)]


def _has(page: Page, piece: Piece) -> bool:
    return bool(page.by_month) if piece is Piece.TREND else bool(page.by_area and page.selection.level)


def _write_snippet(page: Page, piece: Piece, public_url: str) -> Snippet:
    locale = get_locale()
    language = locale.language if locale is not None else SOURCE_LANGUAGE
    path = url_for("embed.show_piece", release_id=page.release.id, piece=piece)
    query = link_slice(page.selection, page.release, lang=language)
    script = public_url + url_for("static", filename="data/embed.js")
    address = public_url + path + query
    html = (
        f'<iframe class="baraza-embed" src="{address.replace("&", "&amp;")}" title="Baraza" loading="lazy" width="100%"'
        f' height="{_HEIGHTS[piece]}" style="border:0"></iframe>\n<script src="{script}" async></script>'
    )
    return Snippet(piece, html, address)
