"""Server-side sessions: each browser has a token, which ends at sign-out, after idling and after `LONGEST`.

A cookie is valid only while its row is in this table, so ending the row makes every copy of the cookie worthless. There
is no "stay signed in", because moderators share computers.
"""

import hashlib
import secrets
from datetime import timedelta
from typing import Final

from sqlalchemy import Connection, text

IDLE: Final = timedelta(hours=2)
# For accounts that see sensitive reports, releases or other accounts.
IDLE_OF_POWERFUL: Final = timedelta(minutes=30)
LONGEST: Final = timedelta(hours=12)
_TOKEN_BYTES: Final = 32

# Activity is stored at most once a minute, because one page makes several requests.
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
    """Store a new session and return the token for the browser; delete sessions that are over."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    connection.execute(_SWEEP, {"longest": LONGEST})
    connection.execute(_BEGIN, {"account_id": account_id, "token_hash": _hash(token)})
    return token


def is_session_open(connection: Connection, account_id: int, token: str, *, idle: timedelta, is_act: bool) -> bool:
    """Return whether the token belongs to an open session of this account; `is_act` restarts the idle time."""
    values = {"account_id": account_id, "token_hash": _hash(token), "idle": idle, "longest": LONGEST}
    row = connection.execute(_LOOK, values).first()
    if row is not None and row.is_old and is_act:
        connection.execute(_NOTE, values)
    return row is not None


def end_session(connection: Connection, token: str) -> None:
    """Sign out the browser with this token."""
    connection.execute(_END, {"token_hash": _hash(token)})


def end_all_sessions(connection: Connection, account_id: int) -> None:
    """Sign an account out in all browsers."""
    connection.execute(_END_ALL, {"account_id": account_id})


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
