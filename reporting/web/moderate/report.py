"""The page of one report and the acts of a moderator. Each act is one form, so that it works without JavaScript."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_security import current_user
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from config.queues import OUTBOX
from geo.reasons import read_reasons
from geo.spatial_sql import find_extent
from reporting.accounts.role import MODERATE
from reporting.languages.sms_segments import measure
from reporting.models.states import ReportState
from reporting.moderation import decisions
from reporting.moderation.countable import list_lacks
from reporting.moderation.decision_log import is_in_campaign, is_restricted
from reporting.moderation.errors import (
    ConfirmationMissing,
    InputRefused,
    LeaseHeldByOther,
    PlaceFarOutside,
    ReportUnknown,
)
from reporting.moderation.incident import links
from reporting.moderation.queue import LEASE_S, renew
from reporting.moderation.queue_stats import list_topics
from reporting.moderation.report import move_answer as moving
from reporting.moderation.report import place_choices, split
from reporting.moderation.report.assignment import find_assignment, list_colleagues
from reporting.moderation.report.canned_replies import list_canned_replies
from reporting.moderation.report.media import list_media
from reporting.moderation.report.notes import PRIVATE_NOTE_LONGEST, list_notes, mark_mentions_seen
from reporting.moderation.report.place_choices import PlaceChoice
from reporting.moderation.report.place_mentions import cut
from reporting.moderation.report.view import ReportView, get_report_view
from reporting.moderation.second_reading.hold import is_held
from reporting.moderation.second_reading.read import find_own_reading
from reporting.moderation.stale_decisions import get_last_decision
from reporting.web.auth import needs, sees_restricted
from reporting.web.current_campaign import Scope, get_scope, has_quiet_hours
from reporting.web.edge.request_transaction import get_connection, get_program, wake_after_commit
from reporting.web.moderate.map import describe_hit, list_hits
from reporting.web.moderate.queue import go_to_next
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
    return _render(connection, get_scope(connection), report_id)


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
        flash(gettext("Not approved yet: this report would count as unknown in figures. Look below."), "bad")
        return redirect(url_for("report.show_report", report_id=report_id, confirm=1, _anchor="decide"), 303)
    flash(gettext("Approved.") if counts else _say_held(), "good")
    return go_to_next(connection, scope, is_restricted=is_restricted(connection, report_id))


@blueprint.post("/reject")
@needs(MODERATE)
@on_what_was_seen
def reject(report_id: int) -> Response:
    """Reject the report with a reason, and go to the next."""
    connection, scope = open_in_scope(report_id)
    reason, note = request.form.get("reason", ""), request.form.get("note", "")
    counts = decisions.reject(connection, report_id, current_user.id, reason=reason, note=note)
    _offer_reopening(connection, report_id, counts=counts)
    flash(gettext("Rejected.") if counts else _say_held(), "good")
    return go_to_next(connection, scope, is_restricted=is_restricted(connection, report_id))


@blueprint.post("/reopen")
@needs(MODERATE)
@on_what_was_seen
def reopen(report_id: int) -> Response:
    """Put a decided report back into the queue."""
    connection, _scope = open_in_scope(report_id)
    decisions.reopen(connection, report_id, current_user.id)
    renew(connection, report_id, current_user.id)
    return go_back(report_id)


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
    return _render(connection, scope, report_id, hits=hits, sought=request.form.get("place", ""))


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


def _render(connection: Connection, scope: Scope, report_id: int, **found: Any) -> str:
    """Render the page, with the hits of a place search where there was one."""
    seen = get_last_decision(connection, report_id)  # read first: a decision made during the queries is not shown
    view = get_report_view(connection, scope.id, report_id, current_user.id, sees_restricted=sees_restricted())
    places = place_choices.list_places(connection, view.row)
    mark_mentions_seen(connection, report_id, current_user.id)
    canned = list_canned_replies(connection, report_id)
    reply_text = next((reply.text for reply in canned if reply.code == request.args.get("canned")), "")
    return render_template(
        "moderate/report.html",
        scope=scope,
        seen=seen,
        view=view,
        report=view.row,
        is_locked=view.is_held_by_other(current_user.id),
        is_mine=view.row.is_leased and view.row.leased_by == current_user.id,
        lease_s=LEASE_S,
        is_held=is_held(connection, report_id),
        nearby=_list_nearby(view),
        location_reasons=read_reasons(view.row.location_reasons),
        choices=places.choices,
        pieces=cut(view.row.text, places.named),
        media=list_media(connection, report_id),
        extent=find_extent(connection, scope.id),
        far=_read_far(),
        second=_suggest_second(view, places.choices),
        related=moving.list_related(connection, report_id, sees_restricted=sees_restricted()),
        lacks=list_lacks(connection, [report_id]).get(report_id, ()),
        topics=list_topics(connection, scope.id),
        canned=canned,
        reply_text=reply_text,
        segments=measure(reply_text),
        assignment=find_assignment(connection, report_id),
        colleagues=list_colleagues(connection, scope.id, sees_restricted=view.row.is_sensitive),
        notes=list_notes(connection, report_id, get_program().pseudonyms),
        private_note_longest=PRIVATE_NOTE_LONGEST,
        has_quiet_hours=has_quiet_hours(connection, scope.id),
        reply_longest=decisions.REPLY_LONGEST,
        note_longest=decisions.NOTE_LONGEST,
        queued=ReportState.QUEUED,
        **found,
    )


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


def _done(connection: Connection, report_id: int, message: str, part: str, *, can_undo: bool = False) -> Response:
    """Renew the lease after an act, and go back to the page with a message; `can_undo` offers to undo it there."""
    renew(connection, report_id, current_user.id)
    if can_undo:
        decision_id = get_last_decision(connection, report_id)
        offer_undo(url_for("undo.take_back", decision_id=decision_id), report=report_id)
    flash(message, "good")
    return go_back(report_id, part)


def _suggest_second(view: ReportView, choices: list[PlaceChoice]) -> dict[str, Any]:
    """Suggest topic and place for the form of a second report, from what else the text names."""
    row = view.row
    elsewhere = [choice for choice in choices if not (choice.is_suggestion or choice.is_pinned)]
    names = [name.casefold() for name in row.other_places]
    named = [choice for choice in elsewhere if choice.name.casefold() in names]
    named += [choice for choice in elsewhere if choice.is_named]
    return {
        "is_told": bool(row.other_topics or row.other_places),
        "topic": row.other_topics[0] if row.other_topics else row.topic_code,
        "place": named[0].number if row.other_places and named else split.AS_IT_IS,
        "elsewhere": elsewhere,
    }


def _ask_about_pin(report_id: int, **asked: float) -> Response:
    """Go to the page again, to ask whether a pin far outside of the campaign is meant."""
    flash(gettext("Not moved yet: this point is far outside the areas of the campaign. Look below."), "bad")
    values: dict[str, Any] = {"report_id": report_id, "far": "1", **asked, "_anchor": "place"}
    return redirect(url_for("report.show_report", **values), 303)


def _read_far() -> dict[str, str] | None:
    """Read the pin far outside that is asked about, from the address; None where there is none or it is no point."""
    if "far" not in request.args:
        return None
    asked = {name: request.args[name] for name in ("lat", "lon", "radius_m", "number") if name in request.args}
    try:
        is_point = -90 <= float(asked["lat"]) <= 90 and -180 <= float(asked["lon"]) <= 180
    except (KeyError, ValueError):
        return None
    return asked if is_point else None


def go_back(report_id: int, part: str | None = None) -> Response:
    """Go to the page of the report, at the section `part`."""
    return redirect(url_for("report.show_report", report_id=report_id, _anchor=part))


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


def _list_nearby(view: ReportView) -> list[dict[str, float | str | bool]]:
    """List the other reports for the map."""
    return [
        {"lat": found.lat, "lon": found.lon, "name": found.reference, "is_same": found.is_same}
        for found in view.candidates
        if found.lat is not None and found.lon is not None
    ]
