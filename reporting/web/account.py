"""The page behind a one-time link: its owner sets a password. Who has no link gets none here."""

from flask import Blueprint, Response, current_app, make_response, render_template, request
from flask_babel import gettext

from reporting.accounts.account import PASSWORD_SHORTEST, find_by_link, is_too_long, is_too_short, set_password
from reporting.web.guard import for_anybody
from reporting.web.referrer import keep_address_secret

blueprint = Blueprint("account", __name__, url_prefix="/account")


@blueprint.get("/password/<token>")
@for_anybody
def ask_password(token: str) -> Response:
    """Two fields. Looking at the page does not use the link up: programs that preview links do that too."""
    return _show(200 if find_by_link(token) is not None else 410, token=token)


@blueprint.post("/password/<token>")
@for_anybody
def take_password(token: str) -> Response:
    """Set it; the link is used up."""
    person = find_by_link(token)
    if person is None:
        return _show(410)
    typed, again = request.form.get("password", ""), request.form.get("again", "")
    fault = _find_fault(typed, again)
    if fault:
        return _show(422, token=token, fault=fault)
    set_password(current_app.extensions["security"].datastore, person, typed)
    return _show(200, email=person.email)


def _find_fault(typed: str, again: str) -> str:
    """What is wrong with it in words; empty where nothing is."""
    fault = ""
    if is_too_short(typed):
        fault = gettext("Please choose a longer one: at least %(count)s characters.", count=PASSWORD_SHORTEST)
    elif typed != again:
        fault = gettext("The two are not the same.")
    elif is_too_long(typed):
        fault = gettext("Please choose another password.")
    return fault


def _show(status: int, **values: object) -> Response:
    """The address is a key to the account: it goes to no other site, and stays in no cache."""
    response = make_response(render_template("security/password.html", status=status, **values), status)
    response.cache_control.no_store = True
    keep_address_secret()
    return response
