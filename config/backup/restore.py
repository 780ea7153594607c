"""Restores a backup: `python -m config.backup.restore DIR [--replace]`, run by `script/restore DIR`.

The installation must be empty, or `--replace` replaces its data. Everything is checked before anything is changed.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

from config.backup.database import fill_database, has_tables, list_others, open_database_for
from config.backup.encryption import SealError, opening
from config.backup.errors import BackupError
from config.backup.moment import hold_backup_lock
from config.backup.save import (  # fmt: skip
    DATA,
    DATABASE,
    ENV,
    KEY,
    LIST,
    MEDIA,
    PLAIN,
    SEALED,
    SECRETS,
    VALUES,
    VERSION,
    find_media_folder,
    hash_file,
)
from config.local.embedded_servers import PrivateServerError
from config.local.launcher import LaunchError, hold_alone
from config.settings import ENV_FILE, Settings, SettingsError, load_settings, write_secrets


def main(arguments: list[str]) -> int:
    """Restore a backup and print what was restored. Returns the exit code; an error is one line."""
    parser = argparse.ArgumentParser(prog="script/restore", description="Brings a backup of script/backup back.")
    parser.add_argument("folder", metavar="DIR", type=Path, help="the folder of the backup, with data and secrets")
    parser.add_argument("--secrets", metavar="DIR", type=Path, help="where its secrets lie, if elsewhere")
    parser.add_argument("--replace", action="store_true", help="remove what this installation has")
    given = parser.parse_args(arguments)
    try:
        settings = load_settings()
        with hold_alone(settings.var), hold_backup_lock(settings.var):
            for line in bring_back(settings, given.folder, given.secrets or given.folder / SECRETS, given.replace):
                print(line)
    except (BackupError, SealError, SettingsError, PrivateServerError, LaunchError) as error:
        print(error, file=sys.stderr)
        return 1
    except (OSError, tarfile.TarError, psycopg.Error) as error:
        print(f"not brought back: {str(error).strip().splitlines()[0]}", file=sys.stderr)
        return 1
    return 0


def bring_back(settings: Settings, source: Path, kept: Path, may_replace: bool) -> Iterator[str]:
    """Check the backup, then restore it; yields lines on what was done. Raises the errors that `main` catches."""
    described = _check(source / DATA)
    opened = _open_secrets(settings, kept)
    values = dict(line.split("=", 1) for line in opened[VALUES].splitlines() if "=" in line)
    _check_pepper(settings, values)
    media = find_media_folder(settings)
    with open_database_for(settings) as url, tempfile.TemporaryDirectory(prefix="restore-", dir=settings.var) as folder:
        _check_empty(url, media, may_replace)
        dump = Path(folder) / "database.dump"
        _unseal(source / DATA / DATABASE, opened[KEY], dump)
        if media is not None and described["media_files"] is not None:
            _unpack(source / DATA / MEDIA, opened[KEY], Path(folder) / "media")
        fill_database(url, dump)
        dump.unlink()
        write_secrets(settings.var, values)
        if media is not None and described["media_files"] is not None:
            _put_media(Path(folder) / "media", media)
        yield from _put_env_file(opened)
        _upgrade()
    yield f"brought back: {described['messages']} messages, {described['reports']} reports of {described['saved_at']}"
    if described["media_files"] is not None and media is None:
        yield f"{described['media_files']} media files were not brought back: MEDIA_URL is a bucket"


def _check(data: Path) -> dict[str, Any]:
    try:
        described: dict[str, Any] = json.loads((data / LIST).read_text())
        whole = described["version"] == VERSION and all(
            hash_file(data / Path(name).name) == digest for name, digest in described["sha256"].items()
        )
    except FileNotFoundError as error:
        raise BackupError(f"{data} is no whole backup: {Path(error.filename).name} is missing") from None
    except (ValueError, KeyError, TypeError):
        raise BackupError(f"{data / LIST} cannot be read") from None
    if not whole:
        raise BackupError(f"{data} is not as it was saved: a file was changed or cut off")
    return described


def _open_secrets(settings: Settings, folder: Path) -> dict[str, str]:
    if (folder / SEALED).exists():
        with opening(folder / SEALED, settings.backup_passphrase) as stream:
            content = stream.read()
    else:
        content = (folder / PLAIN).read_bytes()
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.seek(0)
        with tarfile.open(fileobj=file) as archive:
            members = {entry.name: archive.extractfile(entry) for entry in archive if entry.isfile()}
            return {name: stream.read().decode() for name, stream in members.items() if stream is not None}


def _check_pepper(settings: Settings, values: dict[str, str]) -> None:
    given = settings.given_pepper
    if given and given != values["CONTACT_PEPPER"]:
        raise BackupError("CONTACT_PEPPER is set to another value than the backup's: no number could be read; unset it")


def _check_empty(url: str, media: Path | None, may_replace: bool) -> None:
    has_media = media is not None and media.is_dir() and any(media.iterdir())
    if not may_replace and (has_tables(url) or has_media):
        raise BackupError(
            "there is an installation here already; --replace removes it, or set BARAZA_VAR to a new folder"
        )
    if others := list_others(url):
        raise BackupError(
            f"the schema public has the table {others[0]}, which is not Baraza's; move it to a schema of its own"
        )


def _unseal(sealed: Path, key: str, target: Path) -> None:
    target.touch(mode=0o600)
    with opening(sealed, key) as stream, target.open("wb") as file:
        shutil.copyfileobj(stream, file)


def _unpack(sealed: Path, key: str, target: Path) -> None:
    target.mkdir(mode=0o700)
    with opening(sealed, key) as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
        archive.extractall(target, filter="data")


def _put_media(source: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    for entry in target.iterdir():
        shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
    for entry in source.iterdir():
        shutil.move(entry, target / entry.name)


def _put_env_file(opened: dict[str, str]) -> Iterator[str]:
    if ENV not in opened:
        return
    if ENV_FILE.exists():
        yield f"{ENV_FILE} is left as it is"
        return
    with os.fdopen(os.open(ENV_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(opened[ENV])
    yield f"{ENV_FILE} was brought back"


def _upgrade() -> None:
    """Upgrade the schema of an older backup, and set the database roles, their passwords and rights.

    Raises BackupError.
    """
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ENV_FILE.parent)  # noqa: S603
    if done.returncode != 0:
        raise BackupError((done.stderr.strip().splitlines() or ["the schema cannot be brought to head"])[-1])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
