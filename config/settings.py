"""The settings: typed, frozen, and the only code that reads the environment."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dotenv import dotenv_values
from environs import Env, EnvError

from config.channels_file import ChannelsFileError, read_channels_file
from config.errors import SettingsError as SettingsError
from config.mode import check_development, is_development
from config.redis_url import check_redis_url

ENV_FILE = Path(__file__).resolve().parent.parent / ".env"
_SECRETS_FILE = "secrets.env"
_MADE_BYTES, _MADE_LENGTH = 32, 43  # of a generated secret, and of its text
# Rounds of SHA-256 that a browser's token costs: about a second of a cheap phone (`script/bench proof`).
PROOF_ROUNDS = 400_000
_ROUNDS_LEAST, _ROUNDS_MOST = 8_000, 100_000_000
_SECRET_NAMES = ("SECRET_KEY", "CONTACT_PEPPER", "TWILIO_AUTH_TOKEN", "METRICS_TOKEN")


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of the program, each documented in docs/settings.md."""

    var: Path
    port: int
    public_url: str
    database_url: str | None
    database_replica_url: str | None
    redis_url: str | None
    secret_key: str
    contact_pepper: str
    twilio_account_sid: str | None
    twilio_auth_tokens: tuple[str, ...]
    twilio_api_url: str | None
    is_development: bool
    web_workers: int
    metrics_token: str = ""  # whoever sends it may read the metrics; empty: nobody
    workers: int = 1
    bind: str = "127.0.0.1"
    channels: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # options by channel name
    media_url: str | None = None
    media_max_mb: int = 8
    twilio_shared_keys: Mapping[str, str] = field(default_factory=dict)  # secret by the key's id
    twilio_answers_keywords: bool | None = None
    geocoder_key: str | None = None
    ckan_api_token: str = ""  # of the data portal that releases are registered in
    given_pepper: str | None = None  # CONTACT_PEPPER where it was set and not generated
    backup_passphrase: str | None = None
    backup_key_file: str | None = None
    database_app_url: str | None = None
    database_public_url: str | None = None
    is_public_url_made_up: bool = False  # not set: the local address is used
    is_twilio_token_made_up: bool = False
    is_pepper_made_up: bool = False
    webhook_port: int | None = None  # a second port, for webhooks only, behind a proxy
    channels_file: Path | None = None
    languages_folder: Path | None = None  # with further files of languages
    form_proof_rounds: int = PROOF_ROUNDS  # of work for a browser's token; 0 asks for none and knows no browser
    webhook_private_hosts: frozenset[str] = frozenset()  # `host` or `host:port`, in a private network
    forwarded_hops: int = 0  # number of our own proxies, each of which appends its client's address

    @property
    def is_https(self) -> bool:
        """Tell whether people use TLS; decides the Secure flag of cookies and HSTS."""
        return urlsplit(self.public_url).scheme == "https"

    @property
    def uses_private_servers(self) -> bool:
        """Tell whether a private PostgreSQL or Redis is needed: unless both URLs are configured."""
        return self.database_url is None or self.redis_url is None


def load_settings(*, may_demonstrate: bool = False) -> Settings:
    """Load the settings from the environment, a `.env` file and the secrets stored under `BARAZA_VAR`.

    With `may_demonstrate` the demonstration is chosen where nothing is configured. Raises SettingsError with one line
    that names the setting.
    """
    env = Env()
    written = _read_env_file()
    for_people = not is_development(os.environ, written, may_demonstrate=may_demonstrate)
    for name, value in (written or {}).items():
        os.environ.setdefault(name, value)
    var = Path(os.environ.get("BARAZA_VAR") or Path(__file__).resolve().parent.parent / "var").resolve()
    kept = _read_or_make_secrets(var)
    try:
        port = env.int("PORT", 8000)
        channels_file = env.str("CHANNELS_FILE", "")
        account_sid = env.str("TWILIO_ACCOUNT_SID", "") or None
        given_url, given_token = env.str("PUBLIC_URL", ""), env.str("TWILIO_AUTH_TOKEN", "")
        public_url = (given_url or f"http://127.0.0.1:{port}").rstrip("/")
        if urlsplit(public_url).scheme not in ("http", "https"):
            raise SettingsError("PUBLIC_URL must start with http:// or https://")
        bind = env.str("BIND", "") or "127.0.0.1"
        forwarded_hops = env.int("FORWARDED_HOPS", 0)
        redis_url = env.str("REDIS_URL", "") or None
        if for_people and redis_url:
            check_redis_url(redis_url)
        if not for_people:
            check_development(public_url, bind, forwarded_hops)
        return Settings(
            var=var,
            port=port,
            public_url=public_url,
            database_url=env.str("DATABASE_URL", "") or None,
            database_replica_url=env.str("DATABASE_REPLICA_URL", "") or None,
            redis_url=redis_url,
            secret_key=env.str("SECRET_KEY", "") or kept["SECRET_KEY"],
            contact_pepper=env.str("CONTACT_PEPPER", "") or kept["CONTACT_PEPPER"],
            is_pepper_made_up=not env.str("CONTACT_PEPPER", ""),
            twilio_account_sid=account_sid,
            twilio_auth_tokens=_tokens(given_token or kept["TWILIO_AUTH_TOKEN"]),
            twilio_api_url=env.str("TWILIO_API_URL", "") or None,
            is_development=not for_people,
            web_workers=env.int("WEB_WORKERS", 2),
            metrics_token=env.str("METRICS_TOKEN", "") or kept["METRICS_TOKEN"],
            workers=env.int("WORKERS", 1),
            bind=bind,
            channels=read_channels_file(Path(channels_file), os.environ) if channels_file else {},
            media_url=_check_media_url(env.str("MEDIA_URL", "")),
            media_max_mb=_check_positive("MEDIA_MAX_MB", env.int("MEDIA_MAX_MB", 8)),
            twilio_shared_keys=_keys("TWILIO_SHARED_KEYS", env.str("TWILIO_SHARED_KEYS", "")),
            twilio_answers_keywords=env.bool("TWILIO_ANSWERS_KEYWORDS")
            if env.str("TWILIO_ANSWERS_KEYWORDS", "")
            else None,
            geocoder_key=env.str("GEOCODER_KEY", "") or None,
            ckan_api_token=env.str("CKAN_API_TOKEN", ""),
            given_pepper=env.str("CONTACT_PEPPER", "") or None,
            backup_passphrase=env.str("BACKUP_PASSPHRASE", "") or None,
            backup_key_file=env.str("BACKUP_KEY_FILE", "") or None,
            database_app_url=env.str("DATABASE_APP_URL", "") or None,
            database_public_url=env.str("DATABASE_PUBLIC_URL", "") or None,
            is_public_url_made_up=not given_url,
            is_twilio_token_made_up=not given_token and len(kept["TWILIO_AUTH_TOKEN"]) == _MADE_LENGTH,
            webhook_port=env.int("WEBHOOK_PORT") if env.str("WEBHOOK_PORT", "") else None,
            forwarded_hops=forwarded_hops,
            channels_file=Path(channels_file) if channels_file else None,
            form_proof_rounds=_check_rounds(env.int("FORM_PROOF_ROUNDS", PROOF_ROUNDS)),
            webhook_private_hosts=frozenset(env.list("WEBHOOK_PRIVATE_HOSTS", [])),
            languages_folder=_folder(env.str("LANGUAGES_FOLDER", "")),
        )
    except ChannelsFileError as error:
        raise SettingsError(str(error)) from error
    except EnvError as error:
        raise SettingsError(str(error).splitlines()[0]) from error


def _read_env_file() -> dict[str, str] | None:
    """Read the values of the `.env` file; None where there is none. Raises SettingsError."""
    try:
        if not ENV_FILE.exists():
            return None
        values = dotenv_values(ENV_FILE, encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f".env cannot be read: {getattr(error, 'strerror', None) or 'it is not UTF-8'}") from error
    return {name: value or "" for name, value in values.items()}


def _tokens(value: str) -> tuple[str, ...]:
    """Split tokens at commas; all are accepted, so that one can be rotated without losing a message."""
    return tuple(token.strip() for token in value.split(",") if token.strip())


def _check_positive(name: str, value: int) -> int:
    """Check that a number is at least 1. Raises SettingsError."""
    if value < 1:
        raise SettingsError(f"{name} takes a whole number from 1")
    return value


def _check_rounds(value: int) -> int:
    """Check the work for a browser's token. Raises SettingsError."""
    if value and not _ROUNDS_LEAST <= value <= _ROUNDS_MOST:
        raise SettingsError(f"FORM_PROOF_ROUNDS takes 0, or a whole number from {_ROUNDS_LEAST} to {_ROUNDS_MOST}")
    return value


def _folder(value: str) -> Path | None:
    return Path(value).resolve() if value else None


def _check_media_url(value: str) -> str | None:
    """Check that the media URL is a folder or a bucket; None for an empty one. Raises SettingsError."""
    parts = urlsplit(value)
    if not value or (parts.scheme == "file" and not parts.netloc and parts.path.startswith("/")):
        return value or None
    if parts.scheme == "s3" and parts.netloc:
        return value
    raise SettingsError("MEDIA_URL takes file:///folder or s3://bucket/prefix")


def _keys(name: str, value: str) -> dict[str, str]:
    """Parse keys `id:secret`, separated by commas, so that one can be rotated. Raises SettingsError."""
    keys = {}
    for entry in _tokens(value):
        key, _, secret = entry.partition(":")
        if not key or not secret:
            raise SettingsError(f"{name} takes id:secret, several separated by commas")
        keys[key.strip()] = secret.strip()
    return keys


def _read_or_make_secrets(var: Path) -> dict[str, str]:
    """Read the stored secrets; missing ones that the environment does not set are generated once at random.

    The file is readable by its owner alone. Raises SettingsError where it cannot be written.
    """
    path = var / _SECRETS_FILE
    kept: dict[str, str] = {}
    if path.exists():
        kept = dict(line.split("=", 1) for line in path.read_text().splitlines() if "=" in line)
    missing = [name for name in _SECRET_NAMES if not kept.get(name)]
    if not missing or all(os.environ.get(name) for name in missing):
        return {name: kept.get(name, "") for name in _SECRET_NAMES}
    kept.update({name: secrets.token_urlsafe(_MADE_BYTES) for name in missing})
    try:
        var.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{_SECRETS_FILE}.{os.getpid()}")
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write("".join(f"{name}={value}\n" for name, value in kept.items()))
        try:
            os.link(partial, path)  # fails when another process was first: then its secrets count
        except FileExistsError:
            if missing != list(_SECRET_NAMES):
                partial.replace(path)
                return kept
            return _read_or_make_secrets(var)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise SettingsError(f"secrets cannot be kept in {path}: {error.strerror}; set {', '.join(missing)}") from error
    return kept


def write_secrets(var: Path, values: Mapping[str, str]) -> None:
    """Replace the stored secrets, as when a backup is restored. Raises OSError."""
    partial = var / f".{_SECRETS_FILE}.{os.getpid()}"
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write("".join(f"{name}={values[name]}\n" for name in _SECRET_NAMES if values.get(name)))
    partial.replace(var / _SECRETS_FILE)
