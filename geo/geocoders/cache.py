"""What all workers share about other geocoders: answers that are kept for a while, and whose turn it is to ask.

Nothing here says what was asked: a question is known by a keyed hash, which the caller makes.
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from geo.types import Candidate

KEPT_DAYS: Final = 30
_BREAK_S, _BREAK_LONGEST_S = 60.0, 3_600.0

_FIND = text("SELECT answers FROM geocoder_cache WHERE query_hash = :hash AND expires_at > now()")
_KEEP = text(
    """
    INSERT INTO geocoder_cache (query_hash, answers, expires_at)
    VALUES (:hash, :answers, now() + make_interval(days => :days))
    ON CONFLICT (query_hash) DO UPDATE SET answers = excluded.answers, expires_at = excluded.expires_at
    """
).bindparams(bindparam("answers", type_=JSONB))
_TURN = text(
    """
    INSERT INTO geocoder_rate_limit AS own (service, next_at) VALUES (:service, now() + make_interval(secs => :gap_s))
    ON CONFLICT (service) DO UPDATE SET next_at = excluded.next_at WHERE own.next_at <= now()
    RETURNING service
    """
)
_WAIT = text("SELECT extract(epoch FROM next_at - now())::float8 FROM geocoder_rate_limit WHERE service = :service")
_FAILED = text(
    """
    UPDATE geocoder_rate_limit SET failures = failures + 1,
           next_at = now() + make_interval(secs => least(:longest, :first * power(2, least(failures, 20))))
     WHERE service = :service
    """
)
_WORKED = text("UPDATE geocoder_rate_limit SET failures = 0 WHERE service = :service AND failures > 0")


def find_answers(connection: Connection, query_hash: bytes) -> list[Candidate] | None:
    """What was answered before; None when nobody asked, or too long ago."""
    row = connection.execute(_FIND, {"hash": query_hash}).first()
    return None if row is None else [Candidate.from_row(answer) for answer in row.answers]


def keep_answers(connection: Connection, query_hash: bytes, answers: Sequence[Candidate]) -> None:
    """Remember an answer for a while, also that there was none."""
    values = {"hash": query_hash, "answers": [answer.to_row() for answer in answers], "days": KEPT_DAYS}
    connection.execute(_KEEP, values)


def drop_expired(connection: Connection) -> int:
    """Forget what is too old; returns how many."""
    return connection.execute(text("DELETE FROM geocoder_cache WHERE expires_at <= now()")).rowcount


def take_turn(connection: Connection, service: str, per_second: float) -> bool:
    """Whether it may be asked now; then nobody else may until its pace allows the next call."""
    values = {"service": service, "gap_s": 1.0 / per_second}
    return connection.execute(_TURN, values).first() is not None


def wait_s(connection: Connection, service: str) -> float:
    """Seconds until it may be asked again, 0 or more."""
    return max(0.0, float(connection.execute(_WAIT, {"service": service}).scalar() or 0.0))


def record_failure(connection: Connection, service: str) -> None:
    """Leave it alone for a minute, after each further failure in a row for twice as long, up to an hour."""
    connection.execute(_FAILED, {"service": service, "first": _BREAK_S, "longest": _BREAK_LONGEST_S})


def record_success(connection: Connection, service: str) -> None:
    """It works."""
    connection.execute(_WORKED, {"service": service})
