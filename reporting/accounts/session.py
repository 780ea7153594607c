"""Sign-ins as the server knows them: each browser has a token, which ends when it signs out or is left alone.

A cookie alone proves nothing: a copy of it is worth as much as the row here, and no more once that is gone. There is no
"stay signed in": moderators share computers.
"""

import hashlib
import secrets
from datetime import timedelta
from typing import Final

from sqlalchemy import Connection, text

IDLE: Final = timedelta(hours=2)
# Whoever sees restricted reports, releases and accounts.
IDLE_OF_POWERFUL: Final = timedelta(minutes=30)
LONGEST: Final = timedelta(hours=12)
_TOKEN_BYTES: Final = 32

# Noted once a minute: a page asks for several things at once.
_LOOK = text(
    """
    SELECT acted_at < now() - interval '1 minute' AS is_old FROM sign_in
     WHERE token_hash = :token_hash AND account_id = :account_id
       AND acted_at > now() - CAST(:idle AS interval) AND begun_at > now() - CAST(:longest AS interval)
    """
)
_NOTE = text("UPDATE sign_in SET acted_at = now() WHERE token_hash = :token_hash")
_BEGIN = text("INSERT INTO sign_in (account_id, token_hash) VALUES (:account_id, :token_hash)")
_SWEEP = text("DELETE FROM sign_in WHERE begun_at <= now() - CAST(:longest AS interval)")
_END = text("DELETE FROM sign_in WHERE token_hash = :token_hash")
_END_ALL = text("DELETE FROM sign_in WHERE account_id = :account_id")


def begin_session(connection: Connection, account_id: int) -> str:
    """Note that somebody signed in; the token for their browser. What is long over is swept away."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    connection.execute(_SWEEP, {"longest": LONGEST})
    connection.execute(_BEGIN, {"account_id": account_id, "token_hash": _hash(token)})
    return token


def is_session_open(connection: Connection, account_id: int, token: str, *, idle: timedelta, is_act: bool) -> bool:
    """Whether the token is of a sign-in of this person that goes on. With `is_act` the time of idling starts anew."""
    values = {"account_id": account_id, "token_hash": _hash(token), "idle": idle, "longest": LONGEST}
    row = connection.execute(_LOOK, values).first()
    if row is not None and row.is_old and is_act:
        connection.execute(_NOTE, values)
    return row is not None


def end_session(connection: Connection, token: str) -> None:
    """Sign the browser with this token out."""
    connection.execute(_END, {"token_hash": _hash(token)})


def end_all_sessions(connection: Connection, account_id: int) -> None:
    """Sign a person out everywhere."""
    connection.execute(_END_ALL, {"account_id": account_id})


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
