"""The page of one incident: its reports, why they are linked, and the acts of a moderator.

Each act is one form, so that the page works without JavaScript. Every decision can be undone from the page.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from flask_security import current_user
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from config.queues import OUTBOX
from geo.spatial_sql import find_extent
from reporting.accounts.role import MODERATE
from reporting.languages.sms_texts import Phrase, say, spoken_languages
from reporting.models.states import ReportState, UpdateKind
from reporting.moderation import bulk, decisions
from reporting.moderation.errors import ConfirmationMissing, InputRefused
from reporting.moderation.incident import links, membership, referral
from reporting.moderation.incident.listing import list_incidents
from reporting.moderation.incident.view import IncidentView, get_incident_view
from reporting.moderation.stale_decisions import get_last_of_incident
from reporting.web.auth import needs, sees_restricted
from reporting.web.current_campaign import Scope, get_scope, has_quiet_hours
from reporting.web.edge.clean_input import read_whole
from reporting.web.edge.request_transaction import get_connection, wake_after_commit
from reporting.web.moderate.seen import on_incident_as_seen

blueprint = Blueprint("incident", __name__, url_prefix="/moderate/incidents")

_LANGUAGES_MOST: Final = 8  # input boxes, one for each language
_DOTS_MOST: Final = 60  # reports on the map


@blueprint.get("")
@needs(MODERATE)
def show_incidents() -> str:
    """Show incidents with waiting reports, those with the most independent sources first."""
    connection = get_connection()
    scope = get_scope(connection)
    return render_template("moderate/incidents.html", scope=scope, lines=list_incidents(connection, scope.id))


@blueprint.get("/<int:incident_id>")
@needs(MODERATE)
def show_incident(incident_id: int) -> str:
    """Show one incident with a page of its reports."""
    connection = get_connection()
    scope = get_scope(connection)
    seen = get_last_of_incident(connection, incident_id)  # read first: a decision made during the queries is not shown
    view = get_incident_view(
        connection, scope.id, incident_id, current_user.id, after=_read_after(), sees_restricted=sees_restricted()
    )
    return render_template(
        "moderate/incident.html",
        scope=scope,
        view=view,
        incident=view.row,
        seen=seen,
        extent=find_extent(connection, scope.id),
        dots=_list_dots(view),
        text_languages=list(view.languages)[:_LANGUAGES_MOST],
        solved=_preview_solved(view),
        offices=referral.list_offices(connection, scope.id),
        has_quiet_hours=has_quiet_hours(connection, scope.id),
        reply_longest=decisions.REPLY_LONGEST,
        note_longest=decisions.NOTE_LONGEST,
        split_most=links.SPLIT_MOST,
    )


@blueprint.post("/<int:incident_id>/link")
@needs(MODERATE)
@on_incident_as_seen
def link(incident_id: int) -> Response:
    """Link another report to this incident: a suggested one, or one by its typed reference."""
    _relate(incident_id, links.link)
    return _done(incident_id, gettext("Linked."), "reports")


@blueprint.post("/<int:incident_id>/merge")
@needs(MODERATE)
@on_incident_as_seen
def merge(incident_id: int) -> Response:
    """Merge the incident of another report into this one."""
    _relate(incident_id, links.merge)
    return _done(incident_id, gettext("The two incidents are one now."), "reports")


@blueprint.post("/<int:incident_id>/dismiss-suggestion")
@needs(MODERATE)
@on_incident_as_seen
def dismiss_suggestion(incident_id: int) -> Response:
    """Dismiss a suggestion: the suggested report is of another incident."""
    _relate(incident_id, links.unlink)
    return _done(incident_id, gettext("It will not be suggested again."), "suggested")


@blueprint.post("/<int:incident_id>/unlink")
@needs(MODERATE)
@on_incident_as_seen
def unlink(incident_id: int) -> Response:
    """Unlink a report from this incident."""
    connection, scope = _open()
    report_id = _read_id("unlink")
    membership.check_members(connection, scope.id, incident_id, [report_id])
    partner_id = membership.get_partner(connection, incident_id, report_id)
    links.unlink(connection, report_id, current_user.id, candidate_id=partner_id)
    return _done(incident_id, gettext("Unlinked."), "reports")


@blueprint.post("/<int:incident_id>/split")
@needs(MODERATE)
@on_incident_as_seen
def split(incident_id: int) -> Response:
    """Split the chosen reports off into an incident of their own."""
    connection, scope = _open()
    chosen = request.form.getlist("chosen", type=int)
    if not chosen:
        raise InputRefused("chosen")
    membership.check_members(connection, scope.id, incident_id, chosen)
    links.split(connection, chosen[0], current_user.id, member_ids=chosen[1:])
    said = ngettext(
        "%(num)d report is an incident of its own now.",
        "%(num)d reports are an incident of their own now.",
        len(chosen),
    )
    return _done(incident_id, said, "reports")


@blueprint.post("/<int:incident_id>/decide")
@needs(MODERATE)
@on_incident_as_seen
def decide(incident_id: int) -> Response:
    """Approve or reject all waiting reports: the independent ones, or the duplicates."""
    connection, scope = _open()
    try:
        decided = bulk.decide_all(
            connection,
            scope.id,
            incident_id,
            current_user.id,
            state=request.form.get("state", ""),
            reason=request.form.get("reason"),
            note=request.form.get("note", ""),
            are_copies="copies" in request.form,
            is_confirmed="confirmed" in request.form,
            newest=request.form.get("newest", type=int),
        )
    except ConfirmationMissing:
        said = gettext("Not approved yet: some of these reports would count as unknown in figures. Look below.")
        flash(said, "bad")
        return redirect(url_for("incident.show_incident", incident_id=incident_id, confirm=1, _anchor="together"), 303)
    is_good = request.form.get("state") == ReportState.APPROVED
    said = (
        ngettext("%(num)d report approved.", "%(num)d reports approved.", decided.reports)
        if is_good
        else ngettext("%(num)d report rejected.", "%(num)d reports rejected.", decided.reports)
    )
    if decided.held:
        held = ngettext(
            "%(num)d is being reviewed by somebody else and was left alone.",
            "%(num)d are being reviewed by somebody else and were left alone.",
            decided.held,
        )
        said = f"{said} {held}"
    return _done(incident_id, said, "together")


@blueprint.post("/<int:incident_id>/notify")
@needs(MODERATE)
@on_incident_as_seen
def notify(incident_id: int) -> Response:
    """Send an incident update to every reporter, once and in their language."""
    connection, scope = _open()
    texts = {
        field.removeprefix("text-"): said.replace("\r\n", "\n")
        for field, said in request.form.items()
        if field.startswith("text-") and field.removeprefix("text-").isalpha()
    }
    told = bulk.notify_all(
        connection,
        scope.id,
        incident_id,
        current_user.id,
        texts=texts,
        kind=request.form.get("kind", UpdateKind.OWN_WORDS),
        reaches_copies="copies" in request.form,
        is_urgent="urgent" in request.form,
    )
    wake_after_commit(OUTBOX)
    if not told:
        return _done(incident_id, gettext("Everyone who can be reached has been informed."), "tell")
    said = ngettext("%(num)d person is told.", "%(num)d people are told.", told)
    return _done(incident_id, said, "tell")


@blueprint.post("/<int:incident_id>/refer")
@needs(MODERATE)
@on_incident_as_seen
def refer(incident_id: int) -> Response:
    """Pass the incident on to an office of the campaign."""
    connection, scope = _open()
    office = request.form.get("office", "")
    is_new = referral.refer(connection, scope.id, incident_id, current_user.id, office=office)
    said = gettext("It is passed on.") if is_new else gettext("It is there already.")
    return _done(incident_id, said, "office")


@blueprint.post("/<int:incident_id>/coordinated-duplicates")
@needs(MODERATE)
@on_incident_as_seen
def count_duplicates(incident_id: int) -> Response:
    """Count the duplicates of one text as independent sources."""
    connection, scope = _open()
    bulk.count_duplicates(connection, scope.id, incident_id, current_user.id, burst_id=_read_id("wave"))
    return _done(incident_id, gettext("They count as independent sources."), "voices")


def _open() -> tuple[Connection, Scope]:
    connection = get_connection()
    return connection, get_scope(connection)


def _read_id(field: str) -> int:
    return request.form.get(field, 0, type=int)


def _relate(incident_id: int, act: Callable[..., None]) -> None:
    """Link, merge or unlink the report that the form names and a report of this incident, where possible its member."""
    connection, scope = _open()
    report_id = _read_other(connection, scope)
    member_id = membership.get_anchor(connection, scope.id, incident_id, prefer=_read_id("member"))
    act(connection, report_id, current_user.id, candidate_id=member_id)


def _read_other(connection: Connection, scope: Scope) -> int:
    """Read the other report: by its id where it was suggested, else by its typed reference."""
    reference = request.form.get("reference", "")
    return membership.get_other(
        connection, scope.id, report_id=_read_id("other"), reference=reference, sees_restricted=sees_restricted()
    )


def _read_after() -> tuple[datetime, int] | None:
    """Read the last report of the page before, as `<time in ISO 8601>,<id>`.

    Returns None (the first page) for any other value.
    """
    moment, _, report_id = request.args.get("after", "").partition(",")
    try:
        return datetime.fromisoformat(moment), read_whole(report_id)
    except ValueError:
        return None


def _done(incident_id: int, message: str, part: str) -> Response:
    flash(message, "good")
    return redirect(url_for("incident.show_incident", incident_id=incident_id, _anchor=part))


def _list_dots(view: IncidentView) -> list[dict[str, Any]]:
    """List the reports for the map: those of the incident, and the suggested ones."""
    every = [(each.row, True) for each in view.members] + [(each, False) for each in view.suggestions]
    dots = [
        {"lat": row.lat, "lon": row.lon, "name": row.reference, "is_same": is_same}
        for row, is_same in every
        if row.lat is not None
    ]
    return dots[:_DOTS_MOST]


def _preview_solved(view: IncidentView) -> dict[str, str]:
    """Preview the text that says and asks that it is solved, by language, with the reference of one of the reports."""
    reference = view.members[0].row.reference if view.members else ""
    spoken = [language for language in view.languages if language in spoken_languages()] or ["en"]
    return {language: say(Phrase.ASK_SOLVED, language, reference=reference) for language in spoken}
