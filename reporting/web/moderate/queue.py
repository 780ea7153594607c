"""Pages of the moderation queue: counts, taking the next report, and lists of decided reports."""

from typing import Final

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext
from flask_security import current_user
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from reporting.accounts.role import MODERATE
from reporting.languages.sms_segments import measure
from reporting.models.states import ReportState
from reporting.moderation.queue import assign_next, give_back
from reporting.moderation.queue_stats import PAGE_SIZE, get_overview, list_reports
from reporting.web.auth import needs
from reporting.web.current_campaign import Scope, find_topic_id, get_scope, list_scopes
from reporting.web.edge.request_transaction import get_connection

blueprint = Blueprint("queue", __name__, url_prefix="/moderate")

_TOPIC_KEY: Final = "topic"  # the filter stays for the session: many moderators work on one topic


@blueprint.get("/")
@needs(MODERATE)
def show_queue() -> str:
    """Show the counts, the oldest waiting report, the account's own lease, and the filter by topic."""
    connection = get_connection()
    scope = get_scope(connection)
    if "topic" in request.args:
        session[_TOPIC_KEY] = request.args["topic"][:63]
    return render_template(
        "moderate/queue.html",
        scope=scope,
        scopes=list_scopes(connection),
        overview=get_overview(connection, scope.id, current_user.id),
        topic_code=session.get(_TOPIC_KEY, ""),
    )


@blueprint.get("/figures")
@needs(MODERATE)
def show_figures() -> str:
    """Show only the counts, for the page that refreshes them."""
    connection = get_connection()
    overview = get_overview(connection, get_scope(connection).id, current_user.id)
    return render_template("moderate/_figures.html", overview=overview)


@blueprint.post("/next")
@needs(MODERATE)
def take() -> Response:
    """Lease the next report and go to it."""
    return pass_over()


@blueprint.get("/reports")
@needs(MODERATE)
def show_reports() -> str:
    """Show the reports in a state, newest first."""
    return render_list()


@blueprint.post("/sms-length")
@needs(MODERATE)
def show_measure() -> str:
    """Show the SMS segments of a reply, as a fragment beside its input box."""
    return render_template("moderate/_measure.html", segments=measure(request.form.get("text", "")))


def render_list(*, is_restricted: bool = False) -> str:
    """Render a page of the ordinary or the restricted reports in the state that the address names, newest first."""
    connection = get_connection()
    scope = get_scope(connection)
    state, before_id = request.args.get("state", ReportState.QUEUED), request.args.get("before", type=int)
    try:
        lines = list_reports(connection, scope.id, state, before_id=before_id, is_restricted=is_restricted)
    except ValueError:
        abort(404)
    has_more = len(lines) == PAGE_SIZE
    return render_template(
        "moderate/reports.html", scope=scope, state=state, lines=lines, has_more=has_more, is_restricted=is_restricted
    )


def pass_over(*, is_restricted: bool = False) -> Response:
    """Lease the next report and go to it. `after` of the form is the report that is passed over and given back."""
    connection = get_connection()
    after_id = request.form.get("after", 0, type=int)
    if after_id:
        give_back(connection, after_id, current_user.id)
    return go_to_next(connection, get_scope(connection), after_id=after_id, is_restricted=is_restricted)


def go_to_next(connection: Connection, scope: Scope, *, after_id: int = 0, is_restricted: bool = False) -> Response:
    """Lease the next report to the account of this request and go to it, or to the queue when it is empty.

    The topic filter is for the ordinary queue only, so that no sensitive report is overlooked because of it.
    """
    topic_code = "" if is_restricted else session.get(_TOPIC_KEY, "")
    topic_id = find_topic_id(connection, scope.id, topic_code) if topic_code else None
    report_id = assign_next(
        connection, scope.id, current_user.id, topic_id=topic_id, after_id=after_id, is_restricted=is_restricted
    )
    if report_id is None:
        flash(gettext("Nothing is left to do here. Thank you."), "good")
        return redirect(url_for("restricted.show_queue" if is_restricted else "queue.show_queue"))
    return redirect(url_for("report.show_report", report_id=report_id))
