"""The home page: what this site is, in three sentences, and where to go."""

from flask import Blueprint, current_app, render_template

from reporting.web.auth import for_anybody
from reporting.web.edge.caching import may_be_kept

blueprint = Blueprint("front", __name__)


@blueprint.get("/")
@for_anybody
@may_be_kept
def show_front() -> str:
    """Show the home page."""
    return render_template("home.html", has_simulator="simulator.show_phone" in current_app.view_functions)
