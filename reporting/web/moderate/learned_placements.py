"""Learned placements: a supervisor reads what the geocoder learned, and deletes what is wrong.

A search word is often a word of somebody's report. So it is sent by POST and stands in no address.
"""

from flask import Blueprint, flash, render_template, request
from flask_babel import gettext
from flask_security import current_user

from reporting.accounts.role import SUPERVISE
from reporting.moderation.learned_placements import delete_placement, show_placements
from reporting.web.auth import needs
from reporting.web.current_campaign import get_scope
from reporting.web.edge.request_transaction import get_connection

blueprint = Blueprint("learned_placement", __name__, url_prefix="/moderate")

WORDS_LONGEST = 200


@blueprint.get("/learned-places")
@needs(SUPERVISE)
def list_all() -> str:
    """Show the newest learned placements."""
    return _show("", None)


@blueprint.post("/learned-places")
@needs(SUPERVISE)
def find() -> str:
    """Show the learned placements that contain some words; `forget` deletes one of them first."""
    placement_id = request.form.get("forget", type=int)
    if placement_id is not None:
        connection = get_connection()
        if delete_placement(connection, get_scope(connection).id, current_user.id, placement_id):
            flash(gettext("The entry is deleted."), "good")
        else:
            flash(gettext("That entry was already deleted."), "good")
    return _show(request.form.get("words", "")[:WORDS_LONGEST].strip(), request.form.get("before", type=int))


def _show(words: str, before_id: int | None) -> str:
    connection = get_connection()
    scope = get_scope(connection)
    page = show_placements(connection, scope.id, current_user.id, words=words, before_id=before_id)
    return render_template(
        "moderate/learned_placements.html",
        scope=scope,
        page=page,
        words=words,
        before_id=before_id,
        words_longest=WORDS_LONGEST,
    )
