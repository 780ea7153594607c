"""The status page of a report, for everybody who has its reference: a state and a date, nothing of its content."""

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from reporting.accounts.limit import REFERENCE_BY_NETWORK
from reporting.conversation.status import find_outcome
from reporting.languages.references import find_reference
from reporting.web.auth import for_anybody
from reporting.web.edge.rate_limits import get_limiter, try_by_network
from reporting.web.edge.referrer_policy import keep_address_secret
from reporting.web.edge.request_transaction import get_connection

blueprint = Blueprint("status", __name__, url_prefix="/status")


@blueprint.get("")
@for_anybody
def ask() -> AnyResponse:
    """Show the field for the reference. A typed reference leads to its own address."""
    typed = request.args.get("reference", "")[:40]
    keep_address_secret()
    if typed.strip():
        return redirect(url_for("status.show_status", reference=find_reference(typed.split()) or typed.strip()), 303)
    return _show(200)


@blueprint.get("/<reference>")
@for_anybody
def show_status(reference: str) -> Response:
    """Show the state of one report. Known and unknown references cost the same one index lookup.

    An unknown reference counts as a try, because a search for other people's references mostly finds nothing.
    """
    tries = try_by_network(REFERENCE_BY_NETWORK)
    get_limiter().check(*tries)
    found = find_reference(reference[:40].replace("-", " ").split())
    outcome = find_outcome(get_connection(), found or "")
    if outcome is None:
        get_limiter().count(*tries)
        return _show(404, reference=found or reference[:40])
    g.timezone = outcome.timezone
    return _show(200, outcome=outcome, reference=outcome.reference)


def _show(status: int, **values: object) -> Response:
    response = make_response(render_template("report/status.html", **values), status)
    response.cache_control.no_store = True
    keep_address_secret()
    return response
