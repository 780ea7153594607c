"""Sign-in: address and password, then the second factor where the account has one.

These pages replace those of the sign-in library, so that every wrong input gets the same answer at the same cost.
"""

import time
from typing import Any, Final

from flask import Blueprint, Flask, abort, current_app, redirect, render_template, request, session, url_for
from flask_babel import gettext
from flask_security import current_user, login_user
from werkzeug.wrappers import Response

from reporting.accounts.limit import CODE_BY_ACCOUNT, PASSWORD_BY_ACCOUNT, PASSWORD_BY_ACCOUNT_HERE
from reporting.accounts.role import MODERATE
from reporting.accounts.second_factor import SecondFactor, is_set_up
from reporting.accounts.signin import find_by_password
from reporting.models.account import UserAccount
from reporting.web.auth import SECOND_FACTOR, for_anybody, get_second_factor
from reporting.web.edge.rate_limits import get_limiter, try_of_account, try_password

blueprint = Blueprint("sign_in", __name__, url_prefix="/account")

_HALF_KEY: Final = "half_signed_in"
_HALF_S: Final = 5 * 60

Answer = str | Response | tuple[str, int]


def configure_sign_in(app: Flask) -> None:
    """Replace the pages of the sign-in library by ours. No other page of the library is needed."""
    app.extensions[SECOND_FACTOR] = SecondFactor(app.extensions["baraza"].settings)
    app.register_blueprint(blueprint)
    app.view_functions["security.login"] = sign_in
    app.view_functions["security.verify"] = _show_nothing


def sign_in() -> Answer:
    """Ask for address and password, and go on to the second factor or to the pages."""
    if current_user.is_authenticated:
        return redirect(find_next(current_user))
    if request.method != "POST":
        return render_template("account/sign_in.html")
    address, typed = request.form.get("email", ""), request.form.get("password", "")
    tries = try_password(address)
    get_limiter().check(*tries)
    person = find_by_password(address, typed)
    if person is None:
        get_limiter().count(*tries)
        fault = gettext("The address or the password is wrong.")
        return render_template("account/sign_in.html", fault=fault, address=address), 422
    get_limiter().forget(*(each for each in tries if each.kind in (PASSWORD_BY_ACCOUNT, PASSWORD_BY_ACCOUNT_HERE)))
    if not is_set_up(person):
        login_user(person, remember=False, authn_via=["password"])
        return redirect(find_next(person))
    session[_HALF_KEY] = [person.fs_uniquifier, int(time.time())]
    return redirect(url_for("sign_in.ask_code", next=request.args.get("next")))


@blueprint.get("/sign-in/code")
@for_anybody
def ask_code() -> Answer:
    """Ask for the code of the app, or a recovery code."""
    return redirect(url_for("security.login")) if _find_half() is None else render_template("account/code.html")


@blueprint.post("/sign-in/code")
@for_anybody
def take_code() -> Answer:
    """Sign in a visitor who has entered the right code."""
    person = _find_half()
    if person is None:
        return redirect(url_for("security.login"))
    tried = try_of_account(CODE_BY_ACCOUNT, person.email)
    get_limiter().check(tried)
    get_limiter().count(tried)  # counted before the check, so that many requests at once are all counted
    if not get_second_factor().check(get_store(), person, request.form.get("code", "")):
        return render_template("account/code.html", fault=gettext("This code is wrong, or it was used already.")), 422
    get_limiter().forget(tried)
    session.pop(_HALF_KEY, None)
    login_user(person, remember=False, authn_via=["password", "authenticator"])
    return redirect(find_next(person))


def find_next(person: UserAccount) -> str:
    """Find the page after sign-in.

    This is the page of this site that sent the visitor to sign in, else the account's own page.
    """
    asked = request.args.get("next", "")
    if asked.startswith("/") and not asked.startswith(("//", "/\\", "/account/")) and asked.isprintable():
        return asked
    return url_for("desk.show_desk" if person.has_permission(MODERATE) else "home.show_home")


def get_store() -> Any:
    """Return the store of accounts."""
    return current_app.extensions["security"].datastore


def _find_half() -> UserAccount | None:
    """Find the account that has passed the password a moment ago, but not the code yet."""
    uniquifier, at = session.get(_HALF_KEY) or ("", 0)
    if not uniquifier or time.time() - at > _HALF_S:
        session.pop(_HALF_KEY, None)
        return None
    person: UserAccount | None = get_store().find_user(fs_uniquifier=uniquifier)
    return person if person is not None and person.active and person.roles else None


def _show_nothing() -> Answer:
    abort(404)
