"""Saves a backup of a running installation: `python -m config.backup.save DIR`, run by `script/backup DIR`.

The backup is two folders that belong in different places (docs/backup.md):

- `DIR/data`: the database and the media, encrypted by a key of this one backup, and a list of the content;
- `DIR/secrets`: that key, the keys of phone numbers, and `.env`; encrypted too where a passphrase or key is set.
"""

import hashlib
import io
import json
import os
import secrets
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg.pq import Conninfo

from config.backup.encryption import SealError, sealing
from config.errors import UserError
from config.local.embedded_servers import PrivateServerError, PrivateServers, find_postgres_programs
from config.settings import ENV_FILE, Settings, SettingsError, load_settings

VERSION = 1
DATA, SECRETS = "data", "secrets"
DATABASE, MEDIA, LIST = "database.dump.gpg", "media.tar.gpg", "backup.json"
PLAIN, SEALED = "secrets.tar", "secrets.tar.gpg"
KEY, VALUES, ENV = "data.key", "secrets.env", "env"  # names of the secrets in their archive
_CHUNK = 1 << 20
_STATE = """
    SELECT (SELECT version_num FROM alembic_version), (SELECT count(*) FROM message), (SELECT count(*) FROM report)
"""


class BackupError(UserError):
    """A backup that cannot be saved or restored; the message is one line for the operator."""


def main(arguments: list[str]) -> int:
    """Save a backup to the folder and print what was saved. Returns the exit code; an error is one line."""
    try:
        if len(arguments) != 1 or arguments[0].startswith("-"):
            raise BackupError("usage: script/backup DIR")
        for line in save(load_settings(), Path(arguments[0])):
            print(line)
    except (BackupError, SealError, SettingsError, PrivateServerError) as error:
        print(error, file=sys.stderr)
        return 1
    except (OSError, psycopg.Error) as error:
        print(f"not saved: {str(error).strip().splitlines()[0]}", file=sys.stderr)
        return 1
    return 0


def save(settings: Settings, target: Path) -> Iterator[str]:
    """Save the installation into a new or empty folder; yields lines on what was saved.

    `data/backup.json` is written last: a folder without it is no backup. Raises BackupError, SealError,
    PrivateServerError, OSError or psycopg.Error.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BackupError(f"{target} is not empty; give each backup a folder of its own")
    for folder in (target, target / DATA, target / SECRETS):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = secrets.token_urlsafe(32)
    yield _save_secrets(settings, key, target / SECRETS)
    with open_database_for(settings) as url:
        _dump(url, key, target / DATA / DATABASE, settings)
        revision, messages, reports = _read_state(url)
    # After the database, so that every file it refers to is there. Newer files do no harm.
    media = find_media_folder(settings)
    files = _pack_media(media, key, target / DATA / MEDIA) if media is not None else None
    described = {
        "version": VERSION, "saved_at": datetime.now(UTC).isoformat(timespec="seconds"), "revision": revision,
        "messages": messages, "reports": reports, "media_files": files,
        "sha256": {path.name: hash_file(path) for path in sorted((target / DATA).iterdir())},
    }  # fmt: skip
    (target / DATA / LIST).write_text(json.dumps(described, indent=1) + "\n")
    yield f"{target / DATA}: {messages} messages, {reports} reports" + (f", {files} media files" if files else "")
    if media is None:
        yield "the media are not in it: they lie in a bucket, which has backups of its own"


@contextmanager
def open_database_for(settings: Settings) -> Iterator[str]:
    """Yield the database's URL for libpq. The private server is started if it does not run, and stopped again."""
    if settings.database_url is not None:
        yield settings.database_url.replace("postgresql+psycopg://", "postgresql://", 1)
        return
    servers = PrivateServers(settings.var)
    was_running = servers.is_running()
    servers.start()
    try:
        yield servers.database_url.replace("postgresql+psycopg://", "postgresql://", 1)
    finally:
        if not was_running:
            servers.stop()


def make_environment(url: str) -> dict[str, str]:
    """Return the environment by which PostgreSQL's programs find the database.

    On a command line, other accounts of the machine could read the password.
    """
    options = {option.envvar: option.val for option in Conninfo.parse(url.encode()) if option.envvar and option.val}
    return {**os.environ, **{name.decode(): value.decode() for name, value in options.items()}}


def find_media_folder(settings: Settings) -> Path | None:
    """Find the folder of the media on this machine; None where they are in a bucket."""
    if not settings.media_url:
        return settings.var / "media"
    parts = urlsplit(settings.media_url)
    return Path(unquote(parts.path)) if parts.scheme == "file" else None


def hash_file(path: Path) -> str:
    """Compute the SHA-256 of a file in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _save_secrets(settings: Settings, key: str, folder: Path) -> str:
    values = {
        "SECRET_KEY": settings.secret_key, "CONTACT_PEPPER": settings.contact_pepper,
        "TWILIO_AUTH_TOKEN": ",".join(settings.twilio_auth_tokens),
        "METRICS_TOKEN": settings.metrics_token,
    }  # fmt: skip
    content = {KEY: key, VALUES: "".join(f"{name}={value}\n" for name, value in values.items())}
    if ENV_FILE.is_file():
        content[ENV] = ENV_FILE.read_text()
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, text in content.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(text.encode()), 0o600
            archive.addfile(entry, io.BytesIO(text.encode()))
    if settings.backup_passphrase or settings.backup_key_file:
        key_file = Path(settings.backup_key_file) if settings.backup_key_file else None
        passphrase = None if key_file else settings.backup_passphrase
        with sealing(folder / SEALED, passphrase=passphrase, key_file=key_file) as stream:
            stream.write(packed.getvalue())
        return f"{folder}: sealed"
    path = folder / PLAIN
    path.touch(mode=0o600)
    path.write_bytes(packed.getvalue())
    return f"{folder}: NOT sealed (BACKUP_PASSPHRASE, BACKUP_KEY_FILE): it opens the data, keep it in another place"


def _dump(url: str, key: str, target: Path, settings: Settings) -> None:
    version = None if settings.database_url else _version_of(settings)
    program = str(find_postgres_programs(version) / "pg_dump")
    with (
        sealing(target, passphrase=key) as stream,
        subprocess.Popen(  # noqa: S603
            [program, "--format=custom", "--no-password"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=make_environment(url),
        ) as dump,
    ):
        assert dump.stdout is not None  # noqa: S101  # pipes were asked for
        assert dump.stderr is not None  # noqa: S101
        while chunk := dump.stdout.read(_CHUNK):
            stream.write(chunk)
        said = dump.stderr.read().decode(errors="replace").strip().splitlines()
        if dump.wait() != 0:
            raise BackupError(said[0] if said else "pg_dump failed")


def _version_of(settings: Settings) -> str:
    return (PrivateServers(settings.var).home / "postgres" / "PG_VERSION").read_text().strip()


def _read_state(url: str) -> tuple[str, int, int]:
    with psycopg.connect(url, connect_timeout=10) as link:
        row = link.execute(_STATE).fetchone()
    assert row is not None  # noqa: S101  # a SELECT without FROM has one row
    return row[0], row[1], row[2]


def _pack_media(folder: Path, key: str, target: Path) -> int:
    count = 0
    with sealing(target, passphrase=key) as stream, tarfile.open(fileobj=stream, mode="w|") as archive:
        for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
            if path.is_symlink() or not path.is_file():
                continue
            try:
                archive.add(path, arcname=str(path.relative_to(folder)), recursive=False)
            except FileNotFoundError:
                continue  # deleted in the meantime
            count += 1
    return count


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
