"""Ties the cookie of a browser to its sign-in on the server, for the sign-in library."""

from typing import Any, Final

from flask import Flask, Response, g, request, session
from flask_login import user_logged_in, user_logged_out
from flask_security import current_user

from reporting.accounts.second_factor import is_powerful
from reporting.accounts.session import IDLE, IDLE_OF_POWERFUL, begin_session, end_session, is_session_open
from reporting.models.account import UserAccount

SIGN_IN_KEY: Final = "sign_in"
_SIGN_OUT: Final = "security.logout"
# What a page asks for by itself while nobody is there.
_NO_ACTS: Final = frozenset({"report.keep", "queue.show_figures", "static"})
# Of the last person, and nothing to the next. Who tries the simulator signs in to see what became of their text.
_SIMULATOR: Final = "simulator_number"
_OF_PERSON: Final = (SIGN_IN_KEY, "campaign", "topic", _SIMULATOR)


def configure_sessions(app: Flask, store: Any) -> None:
    """Let a cookie count as long as its sign-in goes on, and nothing but a cookie count as a sign-in."""

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
    """The library would take a token from a header or an address, which ends with no sign-out."""


def _load_first() -> None:
    """Know who it is before a view takes its connection: a request holds one at a time."""
    if "_user_id" in session:
        g.is_signed_in = current_user.is_authenticated


def _clear_cache(response: Response) -> Response:
    """Whoever sits down next at the same computer finds nothing by "back"; reports that wait on it stay."""
    if request.endpoint == _SIGN_OUT:
        response.headers["Clear-Site-Data"] = '"cache"'
    return response
