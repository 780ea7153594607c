"""Rate limits on attempts: how often a password, a code, a key or a reference may be guessed.

Attempts are counted in Redis, so that all processes count together; while Redis is unavailable, each process counts in
its own memory. The counted address or network is stored as a keyed hash.
"""

import hmac
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import structlog
from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import FixedWindowRateLimiter

from config.errors import RequestRefused
from config.logging import describe

_log = structlog.get_logger()

_TIMEOUT_S: Final = 0.5
_REDIS_REST_S: Final = 10.0  # pause before an unavailable Redis is tried again
_KEYS_IN_MEMORY: Final = 50_000  # some megabytes; beyond that all counts in memory are dropped
_KEY_BYTES: Final = 16

PASSWORD_BY_ACCOUNT_HERE: Final = "password_by_account_here"  # noqa: S105
PASSWORD_BY_ACCOUNT: Final = "password_by_account"  # noqa: S105
PASSWORD_BY_NETWORK: Final = "password_by_network"  # noqa: S105
CODE_BY_ACCOUNT: Final = "code_by_account"
KEY_BY_NETWORK: Final = "key_by_network"
READS_BY_NETWORK: Final = "reads_by_network"
PICTURES_BY_NETWORK: Final = "pictures_by_network"
INCIDENTS_BY_KEY: Final = "incidents_by_key"
CHALLENGES_BY_NETWORK: Final = "challenges_by_network"
REFERENCE_BY_NETWORK: Final = "reference_by_network"
RESET_BY_ACCOUNT: Final = "reset_by_account"
RESET_BY_NETWORK: Final = "reset_by_network"
PHOTO_BYTES: Final = "photo_bytes"
PHOTO_BYTES_BY_NETWORK: Final = "photo_bytes_by_network"
PHOTO_BYTES_BY_ACCOUNT: Final = "photo_bytes_by_account"

# A whole village or all customers of an operator may share an address, so limits by network only stop floods. The limit
# by account is wide, or a stranger could lock its owner out. The limit by account and network is the narrow one.
LIMITS: Final[Mapping[str, str]] = {
    PASSWORD_BY_ACCOUNT_HERE: "10 per 15 minutes",
    PASSWORD_BY_ACCOUNT: "100 per 1 hour",
    PASSWORD_BY_NETWORK: "200 per 15 minutes",
    CODE_BY_ACCOUNT: "10 per 15 minutes",
    KEY_BY_NETWORK: "100 per 15 minutes",
    READS_BY_NETWORK: "3000 per 5 minutes",  # of published figures through the API; files and tiles have no limit
    PICTURES_BY_NETWORK: "120 per 5 minutes",  # of releases, for social media: each is drawn anew
    INCIDENTS_BY_KEY: "300 per 10 minutes",  # of a partner; a call reads up to 200
    CHALLENGES_BY_NETWORK: "1000 per 10 minutes",  # a browser needs one an hour
    REFERENCE_BY_NETWORK: "60 per 10 minutes",
    RESET_BY_ACCOUNT: "3 per 1 hour",
    RESET_BY_NETWORK: "30 per 1 hour",
    PHOTO_BYTES: "3000000000 per 1 hour",
    PHOTO_BYTES_BY_NETWORK: "200000000 per 1 hour",
    PHOTO_BYTES_BY_ACCOUNT: "1000000000 per 1 hour",  # forms of some days that found no signal
}


class TooManyTries(RequestRefused):
    """Rate limit exceeded. `retry_after_s`: seconds until the next attempt is allowed."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(retry_after_s)
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt: its kind (a key of LIMITS), and which account or network made it; `who` is stored as a hash only."""

    kind: str
    who: str


class Limiter:
    """Rate limiter. `place` separates installations that share a Redis; `secret` is the key of the hashes."""

    def __init__(self, redis_url: str, secret: str, place: str, limits: Mapping[str, str] = LIMITS) -> None:
        self._limits: dict[str, RateLimitItem] = {kind: parse(limit) for kind, limit in limits.items()}
        self._secret = secret.encode()
        self._place = place
        self._memory: MemoryStorage | None = None
        self._redis_url = f"redis+{redis_url}" if redis_url.startswith("unix://") else redis_url
        self._in_redis: FixedWindowRateLimiter | None = None
        self._lock = threading.Lock()
        self._away_until = 0.0

    def check(self, *tries: Try) -> None:
        """Check rate limits without counting. Raises TooManyTries if one of these attempts is over its limit."""
        for each in tries:
            if not self._ask("test", each):
                raise TooManyTries(self._find_wait(each))

    def count(self, *tries: Try, cost: int = 1) -> bool:
        """Count one attempt of each, with weight `cost`; return whether all were within their rate limits."""
        results = [self._ask("hit", each, cost=cost) for each in tries]  # each is counted, whatever the first says
        return all(results)

    def forget(self, *tries: Try) -> None:
        """Reset the counts of these attempts: somebody who knows the password may have mistyped it before."""
        for each in tries:
            self._ask("clear", each)

    def _find_wait(self, tried: Try) -> int:
        return max(1, int(self._ask("get_window_stats", tried).reset_time - time.time()) + 1)

    def _name(self, tried: Try) -> str:
        said = f"{self._place}\x1f{tried.kind}\x1f{tried.who}".encode("utf-8", "replace")
        return hmac.digest(self._secret, said, "sha256")[:_KEY_BYTES].hex()

    def _ask(self, method: str, tried: Try, **options: Any) -> Any:
        """Call one method of the rate limit strategy: in Redis, or in memory while Redis is unavailable."""
        item, name = self._limits[tried.kind], self._name(tried)
        if time.monotonic() >= self._away_until:
            try:
                return getattr(self._open_redis(), method)(item, name, **options)
            except StorageError as error:
                self._away_until = time.monotonic() + _REDIS_REST_S
                _log.warning("rate_limits_in_memory", error=describe(error.__cause__ or error))
        return getattr(self._open_memory(), method)(item, name, **options)

    def _open_memory(self) -> FixedWindowRateLimiter:
        """Open the in-memory storage on first use: it starts a thread, and web processes are forked before that."""
        with self._lock:
            if self._memory is None:
                self._memory = MemoryStorage()
            if len(self._memory.storage) > _KEYS_IN_MEMORY:
                self._memory.reset()
            return FixedWindowRateLimiter(self._memory)

    def _open_redis(self) -> FixedWindowRateLimiter:
        """Open the Redis storage on first use, so that nothing connects before the first request."""
        with self._lock:
            if self._in_redis is None:
                storage = RedisStorage(
                    self._redis_url,
                    wrap_exceptions=True,
                    socket_connect_timeout=_TIMEOUT_S,
                    socket_timeout=_TIMEOUT_S,
                    key_prefix="baraza:limit",
                )
                self._in_redis = FixedWindowRateLimiter(storage)
            return self._in_redis
