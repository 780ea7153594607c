"""The cache and rate limits of external geocoders, shared by all workers.

Nothing here contains a query: it is identified by a keyed hash, which the caller makes.
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
_CLAIM = text(
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
    """Find cached answers; None when there are none or they have expired."""
    row = connection.execute(_FIND, {"hash": query_hash}).first()
    return None if row is None else [Candidate.from_row(answer) for answer in row.answers]


def keep_answers(connection: Connection, query_hash: bytes, answers: Sequence[Candidate]) -> None:
    """Store answers in the cache, also an empty list."""
    values = {"hash": query_hash, "answers": [answer.to_row() for answer in answers], "days": KEPT_DAYS}
    connection.execute(_KEEP, values)


def drop_expired(connection: Connection) -> int:
    """Delete expired answers; returns how many."""
    return connection.execute(text("DELETE FROM geocoder_cache WHERE expires_at <= now()")).rowcount


def claim_slot(connection: Connection, service: str, per_second: float) -> bool:
    """Claim the rate-limit slot of a geocoder; False while another call has it.

    After True nobody else may call until the rate limit, in calls per second, allows the next call.
    """
    values = {"service": service, "gap_s": 1.0 / per_second}
    return connection.execute(_CLAIM, values).first() is not None


def wait_s(connection: Connection, service: str) -> float:
    """Return the seconds until the geocoder may be called again, 0 or more."""
    return max(0.0, float(connection.execute(_WAIT, {"service": service}).scalar() or 0.0))


def record_failure(connection: Connection, service: str) -> None:
    """Record a failed call: pause the geocoder for a minute, twice as long for each further failure, up to an hour."""
    connection.execute(_FAILED, {"service": service, "first": _BREAK_S, "longest": _BREAK_LONGEST_S})


def record_success(connection: Connection, service: str) -> None:
    """Record a successful call: the backoff starts again from the beginning."""
    connection.execute(_WORKED, {"service": service})
