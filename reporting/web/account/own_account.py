"""Pages of one's own account: overview, and a new password by the old one, a one-time link or an email message."""

import threading
from typing import Any, Final

from flask import Blueprint, current_app, make_response, render_template, request
from flask_babel import gettext
from flask_security import current_user, login_user
from werkzeug.wrappers import Response

from config.log_ids import with_ids
from reporting.accounts.account import (
    PASSWORD_SHORTEST,
    AccountError,
    find_by_link,
    get_account,
    is_too_long,
    is_too_short,
    make_password_path,
    set_password,
)
from reporting.accounts.limit import RESET_BY_ACCOUNT, RESET_BY_NETWORK
from reporting.accounts.second_factor import is_set_up
from reporting.accounts.signin import find_by_password
from reporting.models.account import UserAccount
from reporting.web.account.emails import find_mailer
from reporting.web.auth import for_anybody, for_signed_in
from reporting.web.edge.rate_limits import get_limiter, try_by_network, try_of_account, try_password
from reporting.web.edge.referrer_policy import keep_address_secret
from reporting.web.edge.request_transaction import get_program

blueprint = Blueprint("account", __name__, url_prefix="/account")

# Name of the thread; without a thread the response time would tell whether the account exists.
_SENDING: Final = "letter"


@blueprint.get("/")
@for_signed_in
def show() -> str:
    """Show the account and what can be changed."""
    return render_template("account/own_account.html", is_set_up=is_set_up(current_user))


@blueprint.get("/password")
@for_signed_in
def ask_change() -> Response:
    """Show the form to change the password: old, new, and new again."""
    return _show(200, is_change=True)


@blueprint.post("/password")
@for_signed_in
def take_change() -> Response:
    """Change the password for a visitor who knows the old one. All other browsers are signed out."""
    person, tries = current_user._get_current_object(), try_password(current_user.email)
    get_limiter().check(*tries)
    if find_by_password(person.email, request.form.get("old", "")) is None:
        get_limiter().count(*tries)
        return _show(422, is_change=True, fault=gettext("The old password is wrong."))
    typed = request.form.get("password", "")
    fault = _find_fault(typed, request.form.get("again", ""))
    if fault:
        return _show(422, is_change=True, fault=fault)
    set_password(_get_store(), person, typed)
    login_user(person, remember=False, authn_via=["password"])
    return _show(200, email=person.email)


@blueprint.get("/forgotten")
@for_anybody
def ask_email() -> str:
    """Show the form to ask for a reset link. Without a mail server the page says whom to ask instead."""
    return render_template("account/forgotten.html", can_send=find_mailer(get_program()) is not None)


@blueprint.post("/forgotten")
@for_anybody
def send_email() -> str:
    """Send a reset link where the account exists. Answer and response time are the same in both cases."""
    address = request.form.get("email", "")
    tries = [try_of_account(RESET_BY_ACCOUNT, address), *try_by_network(RESET_BY_NETWORK)]
    get_limiter().check(*tries)
    get_limiter().count(*tries)
    mailer, person = find_mailer(get_program()), _find_open(address)
    if mailer is not None and person is not None:
        sending = (person.email, _write_email(person))
        threading.Thread(target=with_ids(mailer.send), args=sending, name=_SENDING, daemon=True).start()
    return render_template("account/forgotten.html", can_send=mailer is not None, is_sent=True)


@blueprint.get("/password/<token>")
@for_anybody
def ask_password(token: str) -> Response:
    """Show the form for a new password.

    To open the page does not use the link up, because programs preview links too.
    """
    return _show(200 if find_by_link(token) is not None else 410, token=token)


@blueprint.post("/password/<token>")
@for_anybody
def take_password(token: str) -> Response:
    """Set the new password. The link is used up."""
    person = find_by_link(token)
    if person is None:
        return _show(410)
    typed, again = request.form.get("password", ""), request.form.get("again", "")
    fault = _find_fault(typed, again)
    if fault:
        return _show(422, token=token, fault=fault)
    set_password(_get_store(), person, typed)
    return _show(200, email=person.email)


def _find_open(address: str) -> UserAccount | None:
    try:
        person = get_account(_get_store(), address)
    except AccountError:
        return None
    return person if person.active and person.roles else None


def _write_email(person: UserAccount) -> str:
    """Write the email message in the language of the page on which it was requested."""
    url = get_program().settings.public_url.rstrip("/") + make_password_path(person)
    asked = gettext("Somebody asked for a new password for your account. With this link you set one:")
    ignored = gettext("It is good once, and for a day. If it was not you, do nothing.")
    return f"{asked}\n\n{url}\n\n{ignored}\n"


def _get_store() -> Any:
    return current_app.extensions["security"].datastore


def _find_fault(typed: str, again: str) -> str:
    """Find what is wrong with a new password, as a sentence; empty where nothing is."""
    fault = ""
    if is_too_short(typed):
        fault = gettext("Use at least %(count)s characters.", count=PASSWORD_SHORTEST)
    elif typed != again:
        fault = gettext("The two are not the same.")
    elif is_too_long(typed):
        fault = gettext("Please choose another password.")
    return fault


def _show(status: int, **values: object) -> Response:
    """Render the password page without cache and referrer, because its address is a key to the account."""
    response = make_response(render_template("account/password.html", status=status, **values), status)
    response.cache_control.no_store = True
    keep_address_secret()
    return response
