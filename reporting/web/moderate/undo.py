"""Undo of a decision: first a page with what would change, then the button that does it."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext
from flask_security import current_user
from werkzeug.wrappers import Response

from reporting.accounts.role import MODERATE
from reporting.moderation.incident.membership import get_incident_of
from reporting.moderation.undo import undo
from reporting.moderation.undo_plan import plan_undo
from reporting.web.auth import needs, sees_restricted
from reporting.web.current_campaign import get_scope
from reporting.web.edge.request_transaction import get_connection

blueprint = Blueprint("undo", __name__, url_prefix="/moderate/decisions/<int:decision_id>/undo")


@blueprint.get("")
@needs(MODERATE)
def show_plan(decision_id: int) -> str:
    """Show what the undo would restore, and whether it is possible."""
    connection = get_connection()
    scope = get_scope(connection)
    plan = plan_undo(connection, scope.id, decision_id, sees_restricted=sees_restricted())
    incident_id = get_incident_of(connection, plan.report_id)
    return render_template("moderate/undo.html", scope=scope, plan=plan, incident_id=incident_id)


@blueprint.post("")
@needs(MODERATE)
def take_back(decision_id: int) -> Response:
    """Undo the decision, and go to the incident that the report belongs to afterwards."""
    connection = get_connection()
    scope = get_scope(connection)
    plan = plan_undo(connection, scope.id, decision_id, sees_restricted=sees_restricted())
    undo(connection, plan.report_id, current_user.id, decision_id=decision_id)
    flash(gettext("The decision was undone."), "good")
    incident_id = get_incident_of(connection, plan.report_id)
    return redirect(url_for("incident.show_incident", incident_id=incident_id, _anchor="decisions"))
