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
import sys
import tarfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg

from config.backup.database import dump_database, open_database_for
from config.backup.encryption import SealError, sealing
from config.backup.errors import BackupError
from config.backup.moment import hold_backup_lock, hold_moment
from config.local.embedded_servers import PrivateServerError
from config.settings import ENV_FILE, Settings, SettingsError, load_settings

VERSION = 1
DATA, SECRETS = "data", "secrets"
DATABASE, MEDIA, LIST = "database.dump.gpg", "media.tar.gpg", "backup.json"
PLAIN, SEALED = "secrets.tar", "secrets.tar.gpg"
KEY, VALUES, ENV = "data.key", "secrets.env", "env"  # names of the secrets in their archive
_CLOSED = 0o077  # the umask: nobody else reads what is saved


def main(arguments: list[str]) -> int:
    """Save a backup to the folder and print what was saved. Returns the exit code; an error is one line."""
    try:
        if len(arguments) != 1 or arguments[0].startswith("-"):
            raise BackupError("usage: script/backup DIR")
        settings = load_settings()
        with hold_backup_lock(settings.var):
            os.umask(_CLOSED)
            for line in save(settings, Path(arguments[0])):
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
        folder.chmod(0o700)  # it may have been there
    key = secrets.token_urlsafe(32)
    yield _save_secrets(settings, key, target / SECRETS)
    media = find_media_folder(settings)
    with open_database_for(settings) as url, hold_moment(url, media) as moment:
        with sealing(target / DATA / DATABASE, passphrase=key) as stream:
            dump_database(url, moment.snapshot, stream, settings)
        files = _pack_media(moment.links, key, target / DATA / MEDIA) if media is not None else None
    described = {
        "version": VERSION, "saved_at": datetime.now(UTC).isoformat(timespec="seconds"), "revision": moment.revision,
        "messages": moment.messages, "reports": moment.reports, "media_files": files,
        "sha256": {path.name: hash_file(path) for path in sorted((target / DATA).iterdir())},
    }  # fmt: skip
    (target / DATA / LIST).write_text(json.dumps(described, indent=1) + "\n")
    counts = f"{moment.messages} messages, {moment.reports} reports"
    yield f"{target / DATA}: {counts}" + (f", {files} media files" if files else "")
    if media is None:
        yield "the media are not in it: they lie in a bucket, which has backups of its own"


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


def _pack_media(folder: Path | None, key: str, target: Path) -> int:
    files = [] if folder is None else [(path, path.relative_to(folder)) for path in sorted(folder.rglob("*"))]
    count = 0
    with sealing(target, passphrase=key) as stream, tarfile.open(fileobj=stream, mode="w|") as archive:
        for path, name in files:
            if path.is_file():
                archive.add(path, arcname=str(name), recursive=False)
                count += 1
    return count


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
