"""Authorisation of pages: every view states by one of these decorators who may open it.

A test refuses a route without such a decorator.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from flask import Response, current_app, g, redirect, request, url_for
from flask_security import auth_required, current_user, permissions_required

from reporting.accounts.api_key import find_holder
from reporting.accounts.limit import KEY_BY_NETWORK
from reporting.accounts.role import SAFEGUARD
from reporting.accounts.second_factor import SecondFactor
from reporting.accounts.signin import find_by_password
from reporting.models.account import UserAccount
from reporting.web.edge.problem_json import Problem
from reporting.web.edge.rate_limits import get_limiter, try_by_network, try_password
from reporting.web.edge.request_transaction import get_connection, tried_again, wait_for_database

GUARD_ATTRIBUTE: Final = "guarded_by"
ANYBODY: Final = "anybody"
PARTNER: Final = "partner"
ACCOUNT: Final = "account"
SIGNED_IN: Final = "signed_in"
SECOND_FACTOR: Final = "baraza_second_factor"

_SCHEME: Final = "bearer"
_BASIC: Final = {"WWW-Authenticate": 'Basic realm="Baraza", charset="UTF-8"'}

View = Callable[..., Any]


def needs(permission: str) -> Callable[[View], View]:
    """Require an account with the permission.

    Visitors who are not signed in are sent to sign in, other accounts get 403.
    """

    def guard(view: View) -> View:
        protected = _with_second_factor(tried_again(view))
        guarded: View = auth_required("session")(permissions_required(permission)(protected))
        setattr(guarded, GUARD_ATTRIBUTE, permission)
        return guarded

    return guard


def for_signed_in(view: View) -> View:
    """Require any account; for pages about one's own account."""
    guarded: View = auth_required("session")(view)
    setattr(guarded, GUARD_ATTRIBUTE, SIGNED_IN)
    return guarded


def get_second_factor() -> SecondFactor:
    """Return the second factor service of this application."""
    found: SecondFactor = current_app.extensions[SECOND_FACTOR]
    return found


def _with_second_factor(view: View) -> View:
    """Require the second factor where the account needs one. Accounts without it are led to the set-up."""

    @wraps(view)
    def checked(*arguments: Any, **options: Any) -> Any:
        if get_second_factor().must_set_up(current_user):
            return redirect(url_for("second_factor.show"))
        return view(*arguments, **options)

    return checked


def needs_key(view: View) -> View:
    """Require a partner's key in the header `Authorization: Bearer`. Calls without one get 401 before all else."""
    return _with_key(view, _read_bearer)


def needs_form_key(view: View) -> View:
    """Require a partner's key in the field `api_key` of a form, as Open311 sends it, or in the header.

    Never in the address, which servers and proxies write into their logs.
    """
    return _with_key(view, lambda: request.form.get("api_key", "") or _read_bearer())


def _read_bearer() -> str:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    return key if scheme.lower() == _SCHEME else ""


def _with_key(view: View, read_key: Callable[[], str]) -> View:
    @wraps(view)
    def guarded(*arguments: Any, **options: Any) -> Any:
        tries = try_by_network(KEY_BY_NETWORK)
        get_limiter().check(*tries)
        key = read_key().strip()
        holder = find_holder(get_connection(), key) if key else None
        if holder is None:
            get_limiter().count(*tries)
            raise Problem(401, "The call must carry a valid key.", headers={"WWW-Authenticate": "Bearer"})
        g.key_holder = holder
        return view(*arguments, **options)

    setattr(guarded, GUARD_ATTRIBUTE, PARTNER)
    return guarded


def needs_account(view: View) -> View:
    """Require an account's address and password with every call (HTTP Basic), for programs such as ODK Collect.

    The call opens no session and no other page. Every role is accepted. Calls without an account get 401 before all
    else.
    """

    @wraps(view)
    def guarded(*arguments: Any, **options: Any) -> Any:
        proof = request.authorization
        wait_for_database()
        is_basic = proof is not None and proof.type == "basic"
        person = _find_person(proof.username or "", proof.password or "") if proof and is_basic else None
        if person is None:
            return Response("Sign in with the address and the password of an account.\n", 401, _BASIC)
        g.account_id = person.id
        return view(*arguments, **options)

    setattr(guarded, GUARD_ATTRIBUTE, ACCOUNT)
    return guarded


def _find_person(address: str, password: str) -> UserAccount | None:
    """Find the account by address and password. Raises TooManyTries."""
    tries = try_password(address)
    get_limiter().check(*tries)
    person = find_by_password(address, password)
    if person is None:
        get_limiter().count(*tries)
    return person


def sees_restricted() -> bool:
    """Return whether the account of this request may see sensitive reports."""
    return bool(current_user.has_permission(SAFEGUARD))


def for_anybody(view: View) -> View:
    """Mark a view as open to everybody: its page shows no data of people."""
    setattr(view, GUARD_ATTRIBUTE, ANYBODY)
    return view
