"""One key on a report's page: all of its incident that wait are approved with it, and taken back with one click."""

from typing import Final

from flask import Blueprint, request, url_for
from flask_babel import gettext, ngettext
from flask_security import current_user
from werkzeug.wrappers import Response

from reporting.accounts.role import MODERATE
from reporting.moderation.errors import ConfirmationMissing, InputRefused
from reporting.moderation.incident.together import (
    TOGETHER_MOST,
    ApprovedTogether,
    LeftOut,
    Reopened,
    approve_together,
    reopen_together,
)
from reporting.web.auth import needs
from reporting.web.edge.clean_input import read_whole
from reporting.web.moderate.report import open_in_scope
from reporting.web.moderate.report_page import ask_again, go_back, go_on
from reporting.web.moderate.undo import offer_undo

blueprint = Blueprint("together", __name__, url_prefix="/moderate/reports/<int:report_id>/together")

_UNDO_FIELDS: Final = ("incident", "first", "last")


@blueprint.post("")
@needs(MODERATE)
def approve(report_id: int) -> Response:
    """Approve the report with the others that its page named, and go to the next."""
    connection, scope = open_in_scope(report_id)
    report_ids, seen = _read_reports(), request.form.get("seen", 0, type=int)
    try:
        done = approve_together(
            connection, scope.id, report_id, current_user.id, report_ids=report_ids, seen=seen,
            is_confirmed="confirmed" in request.form,
        )  # fmt: skip
    except ConfirmationMissing:
        said = gettext("Not approved yet: some of these reports would count as unknown in figures. Look below.")
        return ask_again(report_id, said, "decide", confirm_all="1")
    fields = dict(zip(_UNDO_FIELDS, (done.incident_id, done.first, done.last), strict=True))
    offer_undo(url_for("together.take_back", report_id=report_id), **fields)
    return go_on(connection, scope, report_id, _word_approved(done), is_list_changed=True)


@blueprint.post("/undo")
@needs(MODERATE)
def take_back(report_id: int) -> Response:
    """Put the reports that were approved together back into the queue, and go back to the one that was read."""
    connection, scope = open_in_scope(report_id)
    incident_id, first, last = (request.form.get(name, 0, type=int) for name in _UNDO_FIELDS)
    done = reopen_together(connection, scope.id, incident_id, current_user.id, first=first, last=last)
    return go_back(report_id, message=_word_reopened(done), is_list_changed=True)


def _read_reports() -> set[int]:
    """Read the reports that the page named. Raises InputRefused."""
    try:
        report_ids = {read_whole(part) for part in request.form.get("reports", "").split(",")}
    except ValueError:
        raise InputRefused("reports") from None
    if len(report_ids) > TOGETHER_MOST:
        raise InputRefused("reports")
    return report_ids


def _word_approved(done: ApprovedTogether) -> str:
    """Word how many were approved, and how many were left alone for which reason."""
    said = [ngettext("%(num)d report approved.", "%(num)d reports approved.", done.reports)]
    said += [_word_left_out(LeftOut(why), count) for why, count in sorted(done.left_out.items())]
    return " ".join(said)


def _word_left_out(why: LeftOut, count: int) -> str:
    match why:
        case LeftOut.READ:
            said = ngettext(
                "%(num)d is being reviewed by somebody else and was left alone.",
                "%(num)d are being reviewed by somebody else and were left alone.",
                count,
            )
        case LeftOut.ASSIGNED:
            said = ngettext(
                "%(num)d is assigned to somebody else and was left alone.",
                "%(num)d are assigned to somebody else and were left alone.",
                count,
            )
        case LeftOut.PUT_OFF:
            said = ngettext("%(num)d is put off and was left alone.", "%(num)d are put off and were left alone.", count)
    return str(said)


def _word_reopened(done: Reopened) -> str:
    said = [ngettext("%(num)d report waits again.", "%(num)d reports wait again.", done.reports)]
    if done.changed:
        said.append(
            ngettext(
                "%(num)d was decided on since and stays as it is.",
                "%(num)d were decided on since and stay as they are.",
                done.changed,
            )
        )
    return " ".join(said)
