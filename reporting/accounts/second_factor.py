"""The second factor: codes of an authenticator app (TOTP, RFC 6238), and recovery codes for a lost phone.

The sign-in library encrypts the app's secret with a key that is not in the database. Recovery codes are stored as keyed
hashes. Each code is accepted once.
"""

import hmac
from typing import Any, Final

from flask_security import Totp

from config.settings import Settings
from reporting.accounts.role import ADMINISTER, SAFEGUARD, SUPERVISE
from reporting.accounts.session import end_all_sessions
from reporting.models.account import UserAccount

POWERFUL: Final = (SUPERVISE, SAFEGUARD, ADMINISTER)  # permissions that require a second factor
RECOVERY_CODES: Final = 10
_ISSUER: Final = "Baraza"
_WINDOW_S: Final = 30  # accepted clock difference of a phone
_HASH_BYTES: Final = 32


def is_powerful(person: UserAccount) -> bool:
    """Return whether the account needs a second factor: it supervises, safeguards or administers."""
    return any(person.has_permission(permission) for permission in POWERFUL)


class SecondFactor(Totp):
    """Second factors of accounts: set up, check, reset."""

    def __init__(self, settings: Settings) -> None:
        # Derived from the pepper, which is kept as long as the data; SECRET_KEY may be renewed any day.
        key = hmac.digest(settings.contact_pepper.encode(), b"baraza second factor", "sha256")
        super().__init__({1: key.hex()}, _ISSUER)
        self._key = key
        self._is_asked = not settings.is_development

    def must_set_up(self, person: UserAccount) -> bool:
        """Return whether this account needs a second factor and has none. Demonstrations need none."""
        return self._is_asked and is_powerful(person) and not is_set_up(person)

    def set_up(self, store: Any, person: UserAccount, secret: str, code: str) -> list[str] | None:
        """Store the app's secret and return recovery codes, to be shown once; None if the code is not of this secret.

        The code proves that the authenticator app has the secret.
        """
        step, person.second_factor_step = person.second_factor_step, None  # the old step belongs to the earlier app
        if not self._is_code(person, secret, code):
            person.second_factor_step = step
            return None
        person.tf_totp_secret, person.tf_primary_method = secret, "authenticator"
        return self.renew_recovery(store, person)

    def renew_recovery(self, store: Any, person: UserAccount) -> list[str]:
        """Create new recovery codes and return them; all earlier ones become invalid."""
        codes: list[str] = self.generate_recovery_codes(RECOVERY_CODES)
        person.recovery_hashes = [self._hash(code) for code in codes]
        store.put(person)
        store.commit()
        return codes

    def check(self, store: Any, person: UserAccount, code: str) -> bool:
        """Verify a code of the authenticator app or a recovery code, and use it up; return whether it is right."""
        is_right = bool(person.tf_totp_secret) and self._is_code(person, str(person.tf_totp_secret), code)
        if not is_right:
            given = self._hash(code)
            rest = [kept for kept in person.recovery_hashes if not hmac.compare_digest(bytes(kept), given)]
            is_right = len(rest) < len(person.recovery_hashes)
            person.recovery_hashes = rest
        store.put(person)
        store.commit()
        return is_right

    def reset(self, store: Any, person: UserAccount) -> None:
        """Remove the second factor and end all sessions; the account sets up a new one at the next sign-in."""
        person.tf_totp_secret = person.tf_primary_method = person.second_factor_step = None
        person.recovery_hashes = []
        end_all_sessions(store.db.session.connection(), person.id)
        store.put(person)
        store.commit()

    def get_last_counter(self, user: Any) -> int | None:
        """Return the TOTP time step of the last accepted code, so that it and earlier ones are never accepted again."""
        step: int | None = user.second_factor_step
        return step

    def set_last_counter(self, user: Any, tmatch: Any) -> None:
        """Store the TOTP time step of the accepted code."""
        user.second_factor_step = tmatch.counter

    def _is_code(self, person: UserAccount, secret: str, code: str) -> bool:
        digits = "".join(code.split())
        return digits.isascii() and digits.isdigit() and bool(self.verify_totp(digits, secret, person, _WINDOW_S))

    def _hash(self, code: str) -> bytes:
        said = "".join(character for character in code.casefold() if character.isalnum())
        return hmac.digest(self._key, said.encode("utf-8", "replace"), "sha256")[:_HASH_BYTES]


def is_set_up(person: UserAccount) -> bool:
    """Return whether the account has a second factor."""
    return bool(person.tf_totp_secret)
