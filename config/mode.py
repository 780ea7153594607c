"""Production or development mode: chosen only here, and production in case of doubt (docs/adr/0007).

Development has a simulator that writes in anybody's name, and accounts whose passwords are printed. So it is for one
machine and its user: leaving something out of a file never leads to it, and none of its addresses is public.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from config.address import is_loopback
from config.errors import SettingsError

SETTING = "BARAZA_ENV"
PRODUCTION = "production"
DEVELOPMENT = "development"

# Setting one of these means a real installation and not the demonstration.
_REAL = (
    "DATABASE_URL", "DATABASE_APP_URL", "DATABASE_PUBLIC_URL", "DATABASE_REPLICA_URL", "REDIS_URL", "SECRET_KEY",
    "CONTACT_PEPPER", "CHANNELS_FILE", "MEDIA_URL", "GEOCODER_KEY", "TWILIO_SHARED_KEYS", "FORWARDED_HOPS",
)  # fmt: skip


def is_development(
    environment: Mapping[str, str], written: Mapping[str, str] | None, *, may_demonstrate: bool = False
) -> bool:
    """Tell whether development was chosen, in the environment or in the `.env` file (`written`, None without one).

    Production wins wherever it is set. Without a choice it is production; but commands for a fresh machine
    (`may_demonstrate`) run the demonstration as long as nothing at all is configured. Raises SettingsError.
    """
    words = {_read_word(values) for values in (environment, written or {})}
    if PRODUCTION in words:
        return False
    return DEVELOPMENT in words or (may_demonstrate and written is None and not is_configured(environment))


def is_configured(environment: Mapping[str, str]) -> bool:
    """Tell whether a setting is present that only a real installation needs.

    A Twilio token alone does not count, since without a public address no Twilio signature would be valid. Nor does the
    account of a simulated Twilio on this machine.
    """
    if any(environment.get(name, "").strip() for name in _REAL):
        return True
    if environment.get("TWILIO_ACCOUNT_SID", "").strip():
        return not is_loopback(_host(environment.get("TWILIO_API_URL", "")))
    public_url, bind = environment.get("PUBLIC_URL", ""), environment.get("BIND", "")
    return bool(public_url and not is_loopback(_host(public_url))) or bool(bind and not is_loopback(bind))


def check_development(public_url: str, bind: str, forwarded_hops: int) -> None:
    """Check that a development installation cannot be reached from other machines. Raises SettingsError."""
    rest = f"would be open to everybody who can reach it; write {SETTING}={PRODUCTION} into .env"
    if not is_loopback(_host(public_url)):
        raise SettingsError(f"{SETTING}={DEVELOPMENT} with PUBLIC_URL={public_url} {rest}")
    if not is_loopback(bind):
        raise SettingsError(f"{SETTING}={DEVELOPMENT} with BIND={bind} {rest}")
    if forwarded_hops:
        raise SettingsError(f"{SETTING}={DEVELOPMENT} with FORWARDED_HOPS, behind a proxy, {rest}")


def _read_word(values: Mapping[str, str]) -> str:
    word = values.get(SETTING, "").strip().lower()
    if word not in ("", PRODUCTION, DEVELOPMENT):
        raise SettingsError(f"{SETTING} takes {PRODUCTION} or {DEVELOPMENT}")
    return word


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None
