"""Sessions: tie the cookie of a browser to a sign-in on the server, for the sign-in library."""

from typing import Any, Final

from flask import Flask, Response, g, request, session
from flask_login import user_logged_in, user_logged_out
from flask_security import current_user

from reporting.accounts.second_factor import is_powerful
from reporting.accounts.session import IDLE, IDLE_OF_POWERFUL, begin_session, end_session, is_session_open
from reporting.models.account import UserAccount

SIGN_IN_KEY: Final = "sign_in"
_SIGN_OUT: Final = "security.logout"
# Requests that a page makes by itself; they do not prolong the session.
_NO_ACTS: Final = frozenset({"report.keep", "queue.show_figures", "static"})
# Session keys of the last user, removed at sign-out. The simulator's number stays at sign-in, so that a user can sign
# in to see what became of their message.
_SIMULATOR: Final = "simulator_number"
_OF_PERSON: Final = (SIGN_IN_KEY, "campaign", "topic", _SIMULATOR)


def configure_sessions(app: Flask, store: Any) -> None:
    """Accept a session cookie only while its sign-in on the server lasts, and accept no other kind of token."""
    manager = app.login_manager  # type: ignore[attr-defined]
    find = manager._user_callback

    def load(uniquifier: str) -> UserAccount | None:
        person: UserAccount | None = find(uniquifier)
        return person if person is not None and _is_open(store, person) else None

    manager.user_loader(load)
    manager.request_loader(_refuse_tokens)
    app.before_request(_load_first)
    app.after_request(_clear_cache)

    def begin(_app: Flask, user: UserAccount, **_: Any) -> None:
        for name in _OF_PERSON:
            if name != _SIMULATOR:
                session.pop(name, None)
        session[SIGN_IN_KEY] = begin_session(store.db.session.connection(), user.id)
        store.db.session.commit()

    def end(_app: Flask, **_: Any) -> None:
        token = session.get(SIGN_IN_KEY)
        if token:
            end_session(store.db.session.connection(), str(token))
            store.db.session.commit()
        for name in _OF_PERSON:
            session.pop(name, None)

    user_logged_in.connect(begin, app, weak=False)
    user_logged_out.connect(end, app, weak=False)


def _is_open(store: Any, person: UserAccount) -> bool:
    token = session.get(SIGN_IN_KEY)
    if not token:
        return False
    is_open = is_session_open(
        store.db.session.connection(),
        person.id,
        str(token),
        idle=IDLE_OF_POWERFUL if is_powerful(person) else IDLE,
        is_act=request.endpoint not in _NO_ACTS,
    )
    store.db.session.commit()
    return is_open


def _refuse_tokens(_request: Any) -> None:
    """Refuse tokens in a header or an address.

    The sign-in library would accept such a token, and it would stay valid after a sign-out.
    """


def _load_first() -> None:
    """Load the account before a view opens its connection, so that a request holds one connection at a time."""
    if "_user_id" in session:
        g.is_signed_in = current_user.is_authenticated


def _clear_cache(response: Response) -> Response:
    """Clear the browser's cache at sign-out, so that the next user of the computer finds nothing by "back".

    Reports that wait on the computer to be sent stay.
    """
    if request.endpoint == _SIGN_OUT:
        response.headers["Clear-Site-Data"] = '"cache"'
    return response
