"""The second factor: codes of an authenticator app (TOTP, RFC 6238) and recovery codes for when the phone is lost.

The app's secret is sealed by the sign-in library with a key that is not in the database; of recovery codes keyed hashes
are kept. Each code opens once.
"""

import hmac
from typing import Any, Final

from flask_security import Totp

from config.settings import Settings
from reporting.accounts.role import ADMINISTER, SAFEGUARD, SUPERVISE
from reporting.accounts.session import end_all_sessions
from reporting.models.account import UserAccount

POWERFUL: Final = (SUPERVISE, SAFEGUARD, ADMINISTER)  # permissions that ask for it
RECOVERY_CODES: Final = 10
_ISSUER: Final = "Baraza"
_WINDOW_S: Final = 30  # a phone's clock may be wrong by so much
_HASH_BYTES: Final = 32


def is_powerful(person: UserAccount) -> bool:
    """Whether the person may see more than the ordinary queue, or change what is published or who sees it."""
    return any(person.has_permission(permission) for permission in POWERFUL)


class SecondFactor(Totp):
    """Sets up, checks and takes away the second factors of accounts."""

    def __init__(self, settings: Settings) -> None:
        # Of the pepper, which is kept as long as the data, and not of SECRET_KEY, which may be renewed any day.
        key = hmac.digest(settings.contact_pepper.encode(), b"baraza second factor", "sha256")
        super().__init__({1: key.hex()}, _ISSUER)
        self._key = key
        self._is_asked = not settings.is_development

    def must_set_up(self, person: UserAccount) -> bool:
        """Whether this account needs a second factor and has none: demonstrations need none."""
        return self._is_asked and is_powerful(person) and not is_set_up(person)

    def set_up(self, store: Any, person: UserAccount, secret: str, code: str) -> list[str] | None:
        """Take the app's secret where the code proves that the app has it; the recovery codes, to be shown once."""
        step, person.second_factor_step = person.second_factor_step, None  # it is of the app before
        if not self._is_code(person, secret, code):
            person.second_factor_step = step
            return None
        person.tf_totp_secret, person.tf_primary_method = secret, "authenticator"
        return self.renew_recovery(store, person)

    def renew_recovery(self, store: Any, person: UserAccount) -> list[str]:
        """New recovery codes instead of all earlier ones."""
        codes: list[str] = self.generate_recovery_codes(RECOVERY_CODES)
        person.recovery_hashes = [self._hash(code) for code in codes]
        store.put(person)
        store.commit()
        return codes

    def check(self, store: Any, person: UserAccount, code: str) -> bool:
        """Whether it is a code of the person's app, or one of the recovery codes; it is used up then."""
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
        """Take the second factor away and sign the person out: they set up a new one when they come again."""
        person.tf_totp_secret = person.tf_primary_method = person.second_factor_step = None
        person.recovery_hashes = []
        end_all_sessions(store.db.session.connection(), person.id)
        store.put(person)
        store.commit()

    def get_last_counter(self, user: Any) -> int | None:
        """The step of the last code that was used: neither it nor an earlier one is taken again."""
        step: int | None = user.second_factor_step
        return step

    def set_last_counter(self, user: Any, tmatch: Any) -> None:
        """Note the step."""
        user.second_factor_step = tmatch.counter

    def _is_code(self, person: UserAccount, secret: str, code: str) -> bool:
        digits = "".join(code.split())
        return digits.isascii() and digits.isdigit() and bool(self.verify_totp(digits, secret, person, _WINDOW_S))

    def _hash(self, code: str) -> bytes:
        said = "".join(character for character in code.casefold() if character.isalnum())
        return hmac.digest(self._key, said.encode("utf-8", "replace"), "sha256")[:_HASH_BYTES]


def is_set_up(person: UserAccount) -> bool:
    """Whether the account has a second factor."""
    return bool(person.tf_totp_secret)
