"""The acts of a moderator on one report. Each act is one form, so that it works without JavaScript."""

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext
from flask_security import current_user
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from config.queues import OUTBOX
from reporting.accounts.role import MODERATE
from reporting.moderation import decisions
from reporting.moderation.decision_log import is_in_campaign
from reporting.moderation.errors import (
    ConfirmationMissing,
    InputRefused,
    LeaseHeldByOther,
    PlaceFarOutside,
    ReportUnknown,
)
from reporting.moderation.incident import links
from reporting.moderation.queue import renew
from reporting.moderation.report import move_answer as moving
from reporting.moderation.report import place_choices, split
from reporting.moderation.second_reading.read import find_own_reading
from reporting.moderation.stale_decisions import get_last_decision
from reporting.web.auth import needs, sees_restricted
from reporting.web.current_campaign import Scope, get_scope
from reporting.web.edge.request_transaction import get_connection, wake_after_commit
from reporting.web.moderate.map import describe_hit, list_hits
from reporting.web.moderate.report_page import ask_again, go_back, go_on, render_report
from reporting.web.moderate.seen import on_what_was_seen
from reporting.web.moderate.undo import offer_undo

blueprint = Blueprint("report", __name__, url_prefix="/moderate/reports/<int:report_id>")


@blueprint.get("")
@needs(MODERATE)
def show_report(report_id: int) -> str | Response:
    """Show one report; to its second reader without what the first one decided."""
    connection = get_connection()
    reading_id = find_own_reading(connection, report_id, current_user.id)
    if reading_id is not None:
        return redirect(url_for("second_reading.show", reading_id=reading_id))
    return render_report(connection, get_scope(connection), report_id)


@blueprint.post("/take")
@needs(MODERATE)
def take(report_id: int) -> Response:
    """Take or renew the lease of this report."""
    _lease(report_id)
    return go_back(report_id)


@blueprint.post("/renew")
@needs(MODERATE)
def keep(report_id: int) -> tuple[str, int]:
    """Renew the lease while the page is open."""
    _lease(report_id)
    return "", 204


@blueprint.post("/approve")
@needs(MODERATE)
@on_what_was_seen
def approve(report_id: int) -> Response:
    """Approve the report, and go to the next. A report that would count as unknown must be confirmed first."""
    connection, scope = open_in_scope(report_id)
    try:
        counts = decisions.approve(connection, report_id, current_user.id, is_confirmed="confirmed" in request.form)
        _offer_reopening(connection, report_id, counts=counts)
    except ConfirmationMissing:
        said = gettext("Not approved yet: this report would count as unknown in figures. Look below.")
        return ask_again(report_id, said, "decide", confirm="1")
    return go_on(connection, scope, report_id, gettext("Approved.") if counts else _say_held())


@blueprint.post("/reject")
@needs(MODERATE)
@on_what_was_seen
def reject(report_id: int) -> Response:
    """Reject the report with a reason, and go to the next."""
    connection, scope = open_in_scope(report_id)
    reason, note = request.form.get("reason", ""), request.form.get("note", "")
    counts = decisions.reject(connection, report_id, current_user.id, reason=reason, note=note)
    _offer_reopening(connection, report_id, counts=counts)
    return go_on(connection, scope, report_id, gettext("Rejected.") if counts else _say_held())


@blueprint.post("/reopen")
@needs(MODERATE)
@on_what_was_seen
def reopen(report_id: int) -> Response:
    """Put a decided report back into the queue."""
    connection, _scope = open_in_scope(report_id)
    decisions.reopen(connection, report_id, current_user.id)
    return _done(connection, report_id, gettext("Reopened."))


@blueprint.post("/pin")
@needs(MODERATE)
@on_what_was_seen
def move_pin(report_id: int) -> Response:
    """Set the pin at the point of the form."""
    connection, _scope = open_in_scope(report_id)
    lat, lon, radius_m = (_number(field) for field in ("lat", "lon", "radius_m"))
    try:
        is_confirmed = "confirmed" in request.form
        decisions.move_pin(
            connection, report_id, current_user.id, lat=lat, lon=lon, radius_m=radius_m, is_confirmed=is_confirmed
        )
    except PlaceFarOutside:
        return _ask_about_pin(report_id, lat=lat, lon=lon, radius_m=radius_m)
    return _done(connection, report_id, gettext("The pin was moved."), "place", can_undo=True)


@blueprint.post("/place")
@needs(MODERATE)
@on_what_was_seen
def choose_place(report_id: int) -> Response:
    """Confirm the suggested place, or choose another possible place of the text."""
    connection, _scope = open_in_scope(report_id)
    at, number = (_number("lat"), _number("lon")), _read_whole("number")
    may_be_far = "confirmed" in request.form
    try:
        is_suggestion = place_choices.choose_place(
            connection, report_id, current_user.id, number=number, at=at, is_confirmed=may_be_far
        )
    except PlaceFarOutside:
        return _ask_about_pin(report_id, lat=at[0], lon=at[1], number=number)
    said = gettext("The place was confirmed.") if is_suggestion else gettext("The pin was moved.")
    return _done(connection, report_id, said, "place", can_undo=True)


@blueprint.post("/find")
@needs(MODERATE)
def find_place(report_id: int) -> str:
    """Search places by name without JavaScript: each hit has a button that sets the pin there."""
    connection, scope = open_in_scope(report_id)
    hits = [describe_hit(hit) for hit in list_hits(connection, scope.id)]
    return render_report(connection, scope, report_id, hits=hits, sought=request.form.get("place", ""))


@blueprint.post("/topic")
@needs(MODERATE)
@on_what_was_seen
def set_topic(report_id: int) -> Response:
    """Set the topic of the report."""
    connection, _scope = open_in_scope(report_id)
    decisions.set_topic(connection, report_id, current_user.id, topic_code=request.form.get("topic", ""))
    return _done(connection, report_id, gettext("The topic was set."), "message", can_undo=True)


@blueprint.post("/divide")
@needs(MODERATE)
@on_what_was_seen
def divide(report_id: int) -> Response:
    """Add a second report for another incident in the same text."""
    connection, _scope = open_in_scope(report_id)
    topic_code, number = request.form.get("topic", ""), _read_whole("place")
    second_id = split.divide(connection, report_id, current_user.id, topic_code=topic_code, place=number)
    reference = split.get_reference(connection, second_id)
    said = gettext("A second report was made: %(reference)s. Both wait for a decision.", reference=reference)
    return _done(connection, report_id, said, "message", can_undo=True)


@blueprint.post("/link")
@needs(MODERATE)
@on_what_was_seen
def link(report_id: int) -> Response:
    """Link the report with another report of the same incident."""
    connection, _scope = open_in_scope(report_id)
    links.link(connection, report_id, current_user.id, candidate_id=_read_whole("candidate"))
    return _done(connection, report_id, gettext("Linked."), "similar", can_undo=True)


@blueprint.post("/unlink")
@needs(MODERATE)
@on_what_was_seen
def unlink(report_id: int) -> Response:
    """Unlink the report from another report."""
    connection, _scope = open_in_scope(report_id)
    links.unlink(connection, report_id, current_user.id, candidate_id=_read_whole("candidate"))
    return _done(connection, report_id, gettext("Unlinked."), "similar", can_undo=True)


@blueprint.post("/reply")
@needs(MODERATE)
@on_what_was_seen
def reply(report_id: int) -> Response:
    """Send a reply to the sender."""
    connection, _scope = open_in_scope(report_id)
    said = request.form.get("text", "").replace("\r\n", "\n")
    decisions.reply(
        connection, report_id, current_user.id, text=said, respects_quiet_hours="respects_quiet_hours" in request.form
    )
    wake_after_commit(OUTBOX)
    return _done(connection, report_id, gettext("Your reply is on its way."), "thread")


@blueprint.post("/answer")
@needs(MODERATE)
def move_answer(report_id: int) -> Response:
    """Move the message to the earlier report that it answers, and go there."""
    connection, _scope = open_in_scope(report_id)
    answered_id = moving.move_answer(connection, report_id, current_user.id)
    return _done(connection, answered_id, gettext("The answer was moved here."), "thread")


def open_in_scope(report_id: int) -> tuple[Connection, Scope]:
    """Return the request's connection and campaign. Raises ReportUnknown for a report that this account may not see."""
    connection = get_connection()
    scope = get_scope(connection)
    if not is_in_campaign(connection, report_id, scope.id, sees_restricted=sees_restricted()):
        raise ReportUnknown
    return connection, scope


def _say_held() -> str:
    return str(gettext("Your decision is kept. It counts once a second person, who does not see it, decides the same."))


def _lease(report_id: int) -> None:
    """Take or renew the lease. Raises LeaseHeldByOther."""
    connection, _scope = open_in_scope(report_id)
    if not renew(connection, report_id, current_user.id):
        raise LeaseHeldByOther


def _offer_reopening(connection: Connection, report_id: int, *, counts: bool) -> None:
    """Offer to take a decision back with one click, where it counts already and nobody decides in between."""
    if counts:
        offer_undo(url_for("report.reopen", report_id=report_id), seen=get_last_decision(connection, report_id))


def _done(
    connection: Connection, report_id: int, message: str, part: str | None = None, *, can_undo: bool = False
) -> Response:
    """Renew the lease after an act, and go back to the page with a message; `can_undo` offers to undo it there."""
    renew(connection, report_id, current_user.id)
    if can_undo:
        decision_id = get_last_decision(connection, report_id)
        offer_undo(url_for("undo.take_back", decision_id=decision_id), report=report_id)
    return go_back(report_id, part, message)


def _ask_about_pin(report_id: int, **asked: float) -> Response:
    """Go to the page again, to ask whether a pin far outside of the campaign is meant."""
    said = gettext("Not moved yet: this point is far outside the areas of the campaign. Look below.")
    return ask_again(report_id, said, "place", far="1", **{name: str(value) for name, value in asked.items()})


def _number(field: str) -> float:
    return float(_read(field, float))


def _read_whole(field: str) -> int:
    return int(_read(field, int))


def _read(field: str, kind: type[float]) -> float:
    """Read a number of the form. Raises InputRefused where it is missing or of another kind."""
    number: float | None = request.form.get(field, type=kind)
    if number is None:
        raise InputRefused(field)
    return number
