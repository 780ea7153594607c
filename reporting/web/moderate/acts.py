"""Acts beside a decision: assign a report, put it off, write a private note, translate its words. Each is one form."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from flask import Blueprint, request
from flask_babel import gettext
from flask_security import current_user
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from reporting.accounts.role import MODERATE
from reporting.moderation.errors import InputRefused
from reporting.moderation.report import assignment, notes, translation
from reporting.web.auth import needs
from reporting.web.edge.request_transaction import get_program
from reporting.web.moderate.report import open_in_scope
from reporting.web.moderate.report_page import go_back, show_details
from reporting.web.moderate.seen import on_what_was_seen

blueprint = Blueprint("acts", __name__, url_prefix="/moderate/reports/<int:report_id>")


@blueprint.post("/assign")
@needs(MODERATE)
@on_what_was_seen
def assign(report_id: int) -> Response:
    """Assign the report to somebody, or to nobody."""
    connection, _scope = open_in_scope(report_id)
    chosen = request.form.get("assigned_to", "")
    if chosen and not (chosen.isascii() and chosen.isdecimal() and len(chosen) < 19):
        raise InputRefused("assigned_to")
    assignment.assign(connection, report_id, current_user.id, to_account_id=int(chosen) if chosen else None)
    return go_back(report_id, "whose", gettext("Assigned.") if chosen else gettext("It is nobody's now."))


@blueprint.post("/snooze")
@needs(MODERATE)
@on_what_was_seen
def snooze(report_id: int) -> Response:
    """Put the report off until the beginning of a day in the campaign's time zone, or no more where none is given."""
    connection, scope = open_in_scope(report_id)
    until = _read_day(request.form.get("until", ""), ZoneInfo(scope.timezone))
    assignment.snooze(connection, report_id, current_user.id, until=until)
    return go_back(report_id, "whose", gettext("Put off.") if until else gettext("It is handed out again."))


@blueprint.post("/notes")
@needs(MODERATE)
def add_note(report_id: int) -> Response:
    """Add a private note, also while somebody else has the report open."""
    connection, _scope = open_in_scope(report_id)
    words = request.form.get("note", "").replace("\r\n", "\n")
    notes.add_note(connection, report_id, current_user.id, words=words, seals=get_program().pseudonyms)
    return go_back(report_id, "notes", gettext("The note was added."))


@blueprint.post("/translation")
@needs(MODERATE)
def translate(report_id: int) -> Response:
    """Write or correct the translation of its words, also while somebody else has the report open."""
    connection, _scope = open_in_scope(report_id)
    save_translation(connection, report_id)
    return go_back(report_id, "message", gettext("The translation was saved."))


@blueprint.post("/details")
@needs(MODERATE)
def look_at_details(report_id: int) -> Response:
    """Show the numbers, addresses and names in the words to somebody who is not working on the report."""
    open_in_scope(report_id)
    return show_details(report_id)


def save_translation(connection: Connection, report_id: int) -> None:
    """Save the translation that the form of this request holds."""
    translation.write_translation(
        connection,
        report_id,
        current_user.id,
        words=request.form.get("translation", "").replace("\r\n", "\n"),
        replaces=request.form.get("replaces", type=int),
        seals=get_program().pseudonyms,
    )


def _read_day(written: str, zone: ZoneInfo) -> datetime | None:
    """Read a day of the form. Raises InputRefused for what is none."""
    if not written:
        return None
    try:
        return datetime.combine(date.fromisoformat(written), time(), zone)
    except ValueError:
        raise InputRefused("until") from None
