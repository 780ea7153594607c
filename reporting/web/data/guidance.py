"""Guidance for organisations that never ran a campaign, shown from the documents of `docs/guidance/`.

The documents are written for a reader of the repository too, so a page has the name of its file: links between the
documents lead the same way in both.
"""

from functools import cache
from pathlib import Path
from typing import Final

from flask import Blueprint, abort, render_template
from flask_babel import get_locale
from markdown_it import MarkdownIt
from markupsafe import Markup
from werkzeug.wrappers import Response

from reporting.languages.spoken import SOURCE_LANGUAGE
from reporting.web.auth import for_anybody
from reporting.web.edge.caching import may_be_kept

blueprint = Blueprint("guidance", __name__, url_prefix="/data/guidance")

_FOLDER: Final = Path(__file__).resolve().parents[3] / "docs" / "guidance"
_INDEX: Final = "index"
_EXTENSION: Final = ".md"


@blueprint.get("/<name>")
@for_anybody
@may_be_kept
def show_guidance(name: str) -> Response | str:
    """Show a document in the language of the page, in English where it is not written in that."""
    documents = list_documents()
    locale = get_locale()
    asked = locale.language if locale is not None else SOURCE_LANGUAGE
    language = asked if asked in documents else SOURCE_LANGUAGE
    stem = name.removesuffix(_EXTENSION)
    if not name.endswith(_EXTENSION) or stem not in documents[language]:
        abort(404)
    title, body = _render(language, stem)
    return render_template(
        "data/guidance.html", title=title, body=body, language=language, is_other=language != asked,
        is_index=stem == _INDEX,
    )  # fmt: skip


@cache
def list_documents() -> dict[str, frozenset[str]]:
    """List the names of the documents by language."""
    return {
        folder.name: frozenset(path.stem for path in folder.glob(f"*{_EXTENSION}"))
        for folder in _FOLDER.iterdir()
        if folder.is_dir()
    }


@cache  # of the few documents that there are
def _render(language: str, stem: str) -> tuple[str, Markup]:
    """Render a document as HTML: its title and the rest of it."""
    title, _, text = (_FOLDER / language / f"{stem}{_EXTENSION}").read_text(encoding="utf-8").partition("\n")
    written = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    wide = written.replace("<table>", '<div class="scroll" tabindex="0" role="group"><table>')
    return title.removeprefix("# "), Markup(wide.replace("</table>", "</table></div>"))  # noqa: S704  # files of ours
