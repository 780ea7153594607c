"""Pages for supervisors: decisions and accesses, ending a lease, and the replay of dead letters."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from config.queues import INBOX
from reporting.accounts.role import SUPERVISE
from reporting.aggregation.publication import list_all_releases
from reporting.inbox.work_queue import replay
from reporting.moderation.audit import list_access_counts, list_decisions, list_leases, list_partner_calls
from reporting.moderation.dead_letters import list_dead_letters
from reporting.moderation.queue import break_lease
from reporting.web.auth import needs, sees_restricted
from reporting.web.current_campaign import get_scope
from reporting.web.edge.request_transaction import get_connection, wake_after_commit

blueprint = Blueprint("supervise", __name__, url_prefix="/moderate")


@blueprint.get("/audit")
@needs(SUPERVISE)
def show_audit() -> str:
    """Show leases, accesses, releases and decisions."""
    connection = get_connection()
    scope = get_scope(connection)
    may_see = sees_restricted()
    return render_template(
        "moderate/audit.html",
        scope=scope,
        leases=list_leases(connection, scope.id, sees_restricted=may_see),
        looks=list_access_counts(connection, scope.id, sees_restricted=may_see),
        partners=list_partner_calls(connection, scope.id),
        releases=list_all_releases(connection, scope.id),
        decisions=list_decisions(
            connection, scope.id, before_id=request.args.get("before", type=int), sees_restricted=may_see
        ),
    )


@blueprint.post("/leases/<int:report_id>/break")
@needs(SUPERVISE)
def end_lease(report_id: int) -> Response:
    """End the lease of another account: the report goes back to the queue."""
    connection = get_connection()
    if break_lease(connection, get_scope(connection).id, report_id, sees_restricted=sees_restricted()):
        flash(gettext("The report is back in the queue."), "good")
    return redirect(url_for("supervise.show_audit"))


@blueprint.get("/dead-letters")
@needs(SUPERVISE)
def show_dead_letters() -> str:
    """Show the dead letters: messages that failed several times."""
    connection = get_connection()
    scope = get_scope(connection)
    after_id = request.args.get("after", 0, type=int)
    messages = list_dead_letters(connection, scope.id, after_id=after_id)
    return render_template("moderate/dead_letters.html", scope=scope, messages=messages)


@blueprint.post("/dead-letters/replay")
@needs(SUPERVISE)
def replay_messages() -> Response:
    """Replay one dead letter (`message`), or all of the campaign."""
    connection = get_connection()
    message_id = request.form.get("message", type=int)
    ids = None if message_id is None else [message_id]
    count = replay(connection, get_scope(connection).id, ids)
    wake_after_commit(INBOX)
    flash(ngettext("%(num)d message is tried again.", "%(num)d messages are tried again.", count), "good")
    return redirect(url_for("supervise.show_dead_letters"))
