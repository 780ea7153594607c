"""Set-up of the second factor (TOTP): a QR code for the app, one code as proof, then recovery codes, shown once."""

from typing import Final

import segno
from flask import Blueprint, render_template, request, session
from flask_babel import gettext
from flask_security import current_user

from reporting.accounts.limit import CODE_BY_ACCOUNT
from reporting.accounts.second_factor import is_set_up
from reporting.web.account.sign_in import get_store
from reporting.web.auth import for_signed_in, get_second_factor
from reporting.web.edge.rate_limits import get_limiter, try_of_account

blueprint = Blueprint("second_factor", __name__, url_prefix="/account/second-factor")

_SECRET_KEY: Final = "new_second_factor"  # noqa: S105  # the library encrypts the value

Answer = str | tuple[str, int]


@blueprint.get("")
@for_signed_in
def show() -> Answer:
    """Show the QR code and key for a new app, or that the second factor is set up already."""
    return _show()


@blueprint.post("")
@for_signed_in
def set_up() -> Answer:
    """Set up a new app. An account that has one must first enter a code of the old app."""
    secret = session.get(_SECRET_KEY)
    tried = try_of_account(CODE_BY_ACCOUNT, current_user.email)
    get_limiter().check(tried)
    if secret is None:
        return _show()
    factor, person = get_second_factor(), current_user._get_current_object()
    is_allowed = not is_set_up(person) or factor.check(get_store(), person, request.form.get("old", ""))
    codes = factor.set_up(get_store(), person, secret, request.form.get("code", "")) if is_allowed else None
    if codes is None:
        get_limiter().count(tried)
        return _show(gettext("This code is wrong, or it was used already.")), 422
    session.pop(_SECRET_KEY, None)
    return render_template("account/recovery_codes.html", codes=codes)


@blueprint.post("/recovery-codes")
@for_signed_in
def renew_recovery() -> Answer:
    """Renew the recovery codes for a visitor who enters a code of the app."""
    tried = try_of_account(CODE_BY_ACCOUNT, current_user.email)
    get_limiter().check(tried)
    person = current_user._get_current_object()
    if not is_set_up(person) or not get_second_factor().check(get_store(), person, request.form.get("code", "")):
        get_limiter().count(tried)
        return _show(gettext("This code is wrong, or it was used already.")), 422
    return render_template("account/recovery_codes.html", codes=get_second_factor().renew_recovery(get_store(), person))


def _show(fault: str = "") -> str:
    factor = get_second_factor()
    secret = session.setdefault(_SECRET_KEY, factor.generate_totp_secret())
    picture = segno.make(factor.get_totp_uri(current_user.email, secret)).svg_data_uri(scale=5, border=4, light="white")
    return render_template(
        "account/second_factor.html",
        fault=fault,
        picture=picture,
        key=factor.get_totp_pretty_key(secret),
        is_set_up=is_set_up(current_user),
        must=factor.must_set_up(current_user),
    )
