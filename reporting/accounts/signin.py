"""Sign-in by Flask-Security: sessions, password hashes, second factor; configured with our tables and settings."""

import secrets
from functools import cache
from typing import Any

from flask import Flask, current_app
from flask_security import (
    Security,
    SQLAlchemySessionUserDatastore,
    UserMixin,
    hash_password,
    lookup_identity,
    verify_password,
)
from sqlalchemy.orm import scoped_session, sessionmaker

from config.settings import Settings
from reporting.accounts.hashing import bound_hashing
from reporting.db import Database
from reporting.models.account import PASSWORD_LONGEST, Role, UserAccount


class AccountStore(SQLAlchemySessionUserDatastore):
    """The library's account store; reading an account returns its database connection at once.

    Otherwise a request would keep that connection and need a second one for its work. With as many requests as the pool
    has connections, all of them would wait for each other (deadlock).
    """

    def find_user(self, *arguments: Any, **keywords: Any) -> UserMixin | None:
        """Find an account, or None; end the transaction unless something was changed."""
        person = super().find_user(*arguments, **keywords)
        session = self.db.session
        if not (session.new or session.dirty or session.deleted):
            session.commit()
        return person


def configure_signin(app: Flask, settings: Settings, database: Database) -> AccountStore:
    """Configure Flask-Security on `app` and return the account store; its session is closed after every request."""
    app.config.update(
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        SECURITY_PASSWORD_SINGLE_HASH=True,
        SECURITY_DEPRECATED_PASSWORD_SCHEMES=[],
        SECURITY_PASSWORD_SALT=settings.secret_key,
        SECURITY_URL_PREFIX="/account",
        SECURITY_LOGIN_URL="/sign-in",
        SECURITY_LOGOUT_URL="/sign-out",
        SECURITY_LOGOUT_METHODS=["POST"],
        SECURITY_POST_LOGIN_VIEW="/account/home",
        SECURITY_POST_LOGOUT_VIEW="/",
        SECURITY_UNAUTHORIZED_VIEW=None,
        SECURITY_REGISTERABLE=False,
        SECURITY_RECOVERABLE=False,
        SECURITY_CHANGEABLE=False,
        SECURITY_SEND_REGISTER_EMAIL=False,
        SECURITY_EMAIL_VALIDATOR_ARGS={"check_deliverability": False, "test_environment": True},
        SECURITY_RETURN_GENERIC_RESPONSES=True,
        SECURITY_FLASH_MESSAGES=False,  # the pages say it, in every language that we speak
        SECURITY_CLI_USERS_NAME=False,  # `flask users` is ours: no password is an argument
        SECURITY_CLI_ROLES_NAME=False,
    )
    session = scoped_session(sessionmaker(database.engine, expire_on_commit=False))
    store = AccountStore(session, UserAccount, Role)
    Security(app, store)
    bound_hashing(app)

    @app.teardown_appcontext
    def close_session(_error: BaseException | None) -> None:
        session.remove()

    return store


def add_person(store: Any, *, email: str, name: str, password_hash: str, role: str) -> UserAccount:
    """Add an account, or give the existing one of that address the new password, name and role."""
    person = store.find_user(email=email)
    if person is None:
        person = store.create_user(email=email, name=name, password=password_hash, active=True)
    person.password, person.name = password_hash, name
    person.roles = [store.find_role(role)]
    store.commit()
    return person  # type: ignore[no-any-return]


def find_by_password(email: str, password: str) -> UserAccount | None:
    """Find the active account with a role that has this e-mail address and password; None otherwise.

    Every call costs one password hash, also for an unknown or invalid address, so that response times do not reveal
    which addresses have accounts. Of a password that is too long, only the beginning is hashed, and it is always wrong.
    """
    security = current_app.extensions["security"]
    typed = security.password_util.normalize(password.replace("\x00", "\ufffd"))[: PASSWORD_LONGEST + 1]
    person = lookup_identity(email.strip())
    if not isinstance(person, UserAccount) or not person.password or len(typed) > PASSWORD_LONGEST:
        verify_password(typed, _get_nobodys_hash())
        return None
    is_right = person.verify_and_update_password(typed)
    security.datastore.commit()  # a hash made with older parameters was made anew
    return person if is_right and person.active and person.roles else None


@cache
def _get_nobodys_hash() -> str:
    """Make a hash of a random password, with the same parameters as all others, to spend the same time."""
    return str(hash_password(secrets.token_urlsafe()))
