"""Privacy notice: who receives people's messages and what becomes of them.

The notice has its own page and stands in the footer of every public page.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from flask import Blueprint, Flask, current_app, render_template, request
from flask_babel import get_locale
from sqlalchemy import Connection, select

from reporting.bootstrap import Program
from reporting.campaigns.definition import pick_text
from reporting.campaigns.readiness import list_missing
from reporting.models.campaign import Campaign
from reporting.web.auth import for_anybody
from reporting.web.edge.request_transaction import get_connection, has_connection
from reporting.web.footer_cache import FooterCache

blueprint = Blueprint("privacy", __name__)

_MODERATORS: Final = "/moderate"
_EXTENSION: Final = "footer"
_LISTENERS: Final = select(
    Campaign.slug, Campaign.name, Campaign.organisation, Campaign.contact, Campaign.privacy_notice,
    Campaign.conversation, Campaign.languages,
).order_by(Campaign.name, Campaign.id)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Listener:
    """The organisation behind a campaign.

    Texts are in the language of the page, or in the campaign's first language.
    """

    slug: str
    name: str
    organisation: str
    contact: str
    notice: str
    emergency_line: str
    hotline: str
    missing: tuple[str, ...]  # texts that are missing before the campaign can be live


@blueprint.get("/privacy")
@for_anybody
def show_notice() -> str:
    """Show the notice of `?campaign=`, or of every campaign."""
    listeners = list_listeners(get_connection())
    asked = [listener for listener in listeners if listener.slug == request.args.get("campaign")]
    return render_template("privacy.html", listeners=asked or listeners)


def configure_privacy(app: Flask) -> None:
    """Register the page, and give `find_listeners` to every template."""
    app.register_blueprint(blueprint)
    app.extensions[_EXTENSION] = FooterCache(partial(_read_rows_apart, app.extensions["baraza"]))
    app.context_processor(lambda: {"find_listeners": find_listeners})


def find_listeners(slug: str | None = None) -> list[Listener]:
    """Find the organisations for the footer of this page: the one behind its campaign, or all where it has none.

    Moderation pages name none, because moderators know their organisation. A page that asks the database for nothing
    else is not stopped by one that does not answer: it shows what was read before.
    """
    if request.path.startswith(_MODERATORS):
        return []
    cache: FooterCache = current_app.extensions[_EXTENSION]
    if has_connection():
        rows = _read_rows(get_connection())
        cache.keep(rows)
    else:
        rows = cache.find()
    listeners = [_read_listener(row) for row in rows]
    return [listener for listener in listeners if listener.slug == slug] or listeners


def show_choice(words: str = "") -> str:
    """Show the page that asks for a campaign. `words` sent to a campaign that is gone are shown again on it."""
    return render_template("choose.html", listeners=list_listeners(get_connection()), address=_stem(), words=words)


def _stem() -> str:
    """Return the first part of the requested path: the form or the simulator."""
    return "/" + request.path.split("/")[1]


def list_listeners(connection: Connection) -> list[Listener]:
    """List the organisation behind each campaign, by the campaign's name."""
    return [_read_listener(row) for row in _read_rows(connection)]


def _read_rows(connection: Connection) -> Sequence[Any]:
    return connection.execute(_LISTENERS).all()


def _read_rows_apart(program: Program) -> Sequence[Any]:
    """Read the rows in a transaction of their own, on which no other query of a request depends."""
    with program.web.begin() as connection:
        return _read_rows(connection)


def _read_listener(row: Any) -> Listener:
    locale = get_locale()
    languages = [locale.language if locale is not None else "en", *row.languages]

    def pick(texts: Mapping[str, str]) -> str:
        return pick_text(texts, languages)

    return Listener(
        slug=row.slug,
        name=row.name,
        organisation=row.organisation or "",
        contact=row.contact or "",
        notice=pick(row.privacy_notice),
        emergency_line=pick(row.conversation.get("emergency_line", {})),
        hotline=pick(row.conversation.get("hotline", {})),
        missing=tuple(list_missing(row.organisation, row.contact, row.privacy_notice, row.conversation)),
    )
