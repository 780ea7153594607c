"""What is for this account: the reports that are assigned to it, and the notes in which it is mentioned."""

from flask import Blueprint, render_template
from flask_security import current_user

from reporting.accounts.role import MODERATE
from reporting.moderation.report.assignment import list_assigned
from reporting.moderation.report.notes import list_mentions
from reporting.web.auth import needs, sees_restricted
from reporting.web.current_campaign import get_scope
from reporting.web.edge.request_transaction import get_connection

blueprint = Blueprint("mine", __name__, url_prefix="/moderate/mine")


@blueprint.get("")
@needs(MODERATE)
def show_mine() -> str:
    """Show what is assigned to this account and where it is mentioned."""
    connection = get_connection()
    scope = get_scope(connection)
    reader = {"sees_restricted": sees_restricted()}
    return render_template(
        "moderate/mine.html",
        scope=scope,
        assigned=list_assigned(connection, scope.id, current_user.id, **reader),
        mentions=list_mentions(connection, scope.id, current_user.id, **reader),
    )
