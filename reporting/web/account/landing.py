"""The landing page after sign-in: that of the work for moderators and translators, one of their own for volunteers."""

from flask import Blueprint, redirect, render_template, url_for
from flask_security import current_user, url_for_security
from werkzeug.wrappers import Response

from reporting.accounts.role import MODERATE, TRANSLATE
from reporting.web.auth import for_anybody
from reporting.web.edge.request_transaction import get_program

blueprint = Blueprint("home", __name__, url_prefix="/account")


@blueprint.get("/home")
@for_anybody
def show_home() -> Response | str:
    """Show what this account can do. A visitor who is not signed in is sent to the sign-in page."""
    if not current_user.is_authenticated:
        return redirect(url_for_security("login"))
    if current_user.has_permission(MODERATE):
        return redirect(url_for("desk.show_desk"))
    if current_user.has_permission(TRANSLATE):
        return redirect(url_for("translate.show_waiting"))
    server = f"{get_program().settings.public_url}/openrosa"
    return render_template("account/landing.html", server=server)
