"""One moment of a running installation: a snapshot of the database, and links to the media files of that moment.

Messages come in meanwhile and media are deleted. So the snapshot is exported for pg_dump, and while it is taken nobody
deletes a file: every file that the snapshot refers to gets a second name, which a later deletion does not touch.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from config.backup.errors import BackupError
from config.folder_lock import lock_folder

_LINKS = ".backup-"
_LOCK = "backup.lock"
_NO_TIME_LIMIT = "SET LOCAL idle_in_transaction_session_timeout = 0"
_EXPORT = "SELECT pg_export_snapshot()"
_STATE = """
    SELECT (SELECT version_num FROM alembic_version), (SELECT count(*) FROM message), (SELECT count(*) FROM report)
"""


@dataclass(frozen=True, slots=True)
class Moment:
    """The name of the snapshot, what it holds, and the folder of links to the media; None where there is none."""

    snapshot: str
    revision: str
    messages: int
    reports: int
    links: Path | None


@contextmanager
def hold_backup_lock(var: Path) -> Iterator[None]:
    """Lock `var` for one backup or restore at a time. Raises BackupError when it is locked."""
    var.mkdir(parents=True, exist_ok=True)
    with (var / _LOCK).open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupError(f"a backup or a restore of {var} runs already; wait until it has ended") from None
        yield


@contextmanager
def hold_moment(url: str, media: Path | None) -> Iterator[Moment]:
    """Hold one moment until the block ends. Raises OSError or psycopg.Error."""
    with psycopg.connect(url, connect_timeout=10) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        connection.execute(_NO_TIME_LIMIT)
        if media is None or not media.is_dir():
            yield _read_moment(connection, None)
            return
        _remove_old_links(media)
        with tempfile.TemporaryDirectory(prefix=_LINKS, dir=media) as folder:
            with lock_folder(media, alone=True):
                moment = _read_moment(connection, Path(folder))
                _link_files(media, Path(folder))
            yield moment


def _read_moment(connection: psycopg.Connection, links: Path | None) -> Moment:
    state, exported = connection.execute(_STATE).fetchone(), connection.execute(_EXPORT).fetchone()
    assert state is not None  # noqa: S101  # a SELECT without FROM has one row
    assert exported is not None  # noqa: S101  # likewise
    revision, messages, reports = state
    return Moment(exported[0], revision, messages, reports, links)


def _link_files(source: Path, target: Path) -> None:
    """Give each file a second name; copy it where the file system knows no links. Unfinished files are left out."""
    for folder, subfolders, files in os.walk(source):
        subfolders[:] = [name for name in subfolders if not name.startswith(".")]
        here = target / Path(folder).relative_to(source)
        here.mkdir(exist_ok=True)
        for name in files:
            path = Path(folder) / name
            if name.startswith(".") or path.is_symlink():
                continue
            try:
                os.link(path, here / name)
            except OSError:
                shutil.copy2(path, here / name)


def _remove_old_links(media: Path) -> None:
    """Remove what a backup that was killed left behind."""
    for folder in media.glob(f"{_LINKS}*"):
        shutil.rmtree(folder)
