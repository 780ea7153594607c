"""Undo of a decision: first a page with what would change, then the button that does it."""

from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
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
from reporting.web.moderate.report_page import go_back

blueprint = Blueprint("undo", __name__, url_prefix="/moderate/decisions/<int:decision_id>/undo")

_OFFER: Final = "undo_offer"  # in the session: the form that takes the last act back


def offer_undo(url: str, **fields: int) -> None:
    """Offer on the next page to undo an act with one click: a form that leads to `url` with these fields."""
    session[_OFFER] = {"url": url, "fields": fields}


@blueprint.app_context_processor
def _give_offer() -> dict[str, Any]:
    return {"take_undo_offer": lambda: session.pop(_OFFER, None)}


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
    said = gettext("The decision was undone.")
    if "report" in request.form:  # one click in the message after an act: back to where it was done
        return go_back(plan.report_id, message=said)
    flash(said, "good")
    incident_id = get_incident_of(connection, plan.report_id)
    return redirect(url_for("incident.show_incident", incident_id=incident_id, _anchor="decisions"))
