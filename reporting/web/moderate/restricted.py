"""The queue of sensitive reports, and the acts that restrict a report or lift its restriction."""

from flask import Blueprint, flash, render_template, request
from flask_babel import gettext
from flask_security import current_user
from werkzeug.wrappers import Response

from config.queues import OUTBOX
from reporting.accounts.role import MODERATE, SAFEGUARD
from reporting.moderation import restricted
from reporting.moderation.queue_stats import get_overview
from reporting.web.auth import needs
from reporting.web.current_campaign import get_scope
from reporting.web.desk.address import find_form_address
from reporting.web.edge.request_transaction import get_connection, wake_after_commit
from reporting.web.moderate.queue import go_to_next, pass_over, render_list
from reporting.web.moderate.report import open_in_scope
from reporting.web.moderate.report_page import go_back, go_on
from reporting.web.moderate.seen import on_what_was_seen

blueprint = Blueprint("restricted", __name__, url_prefix="/moderate")


@blueprint.get("/restricted")
@needs(SAFEGUARD)
def show_queue() -> str:
    """Show how many sensitive reports wait, and the account's own lease."""
    connection = get_connection()
    scope = get_scope(connection)
    overview = get_overview(connection, scope.id, current_user.id, is_restricted=True)
    return render_template("moderate/restricted.html", scope=scope, overview=overview)


@blueprint.post("/restricted/next")
@needs(SAFEGUARD)
def take() -> Response:
    """Lease the next sensitive report and go to it."""
    return pass_over(is_restricted=True)


@blueprint.get("/restricted/reports")
@needs(SAFEGUARD)
def show_reports() -> str:
    """Show sensitive reports in a state, newest first."""
    return render_list(is_restricted=True)


@blueprint.post("/reports/<int:report_id>/restrict")
@needs(MODERATE)
@on_what_was_seen
def restrict(report_id: int) -> Response:
    """Restrict the report, and go to the next report of the ordinary queue.

    The account may have no right to see the restricted report.
    """
    connection, scope = open_in_scope(report_id)
    restricted.restrict(connection, report_id, current_user.id, reason=request.form.get("reason", ""))
    said = gettext("The report is in the restricted queue.")
    if find_form_address(connection, scope.id) is not None:
        return go_on(connection, scope, report_id, said)
    flash(said, "good")
    return go_to_next(connection, scope)


@blueprint.post("/reports/<int:report_id>/release")
@needs(SAFEGUARD)
@on_what_was_seen
def release(report_id: int) -> Response:
    """Lift the restriction of the report."""
    connection, _scope = open_in_scope(report_id)
    restricted.release(connection, report_id, current_user.id)
    return go_back(report_id, message=gettext("The report is back in the ordinary queue."))


@blueprint.post("/reports/<int:report_id>/hotline")
@needs(SAFEGUARD)
@on_what_was_seen
def send_hotline(report_id: int) -> Response:
    """Send the fixed text that says where to find help."""
    connection, _scope = open_in_scope(report_id)
    restricted.send_hotline(connection, report_id, current_user.id)
    wake_after_commit(OUTBOX)
    return go_back(report_id, "thread", gettext("The help text is on its way."))
