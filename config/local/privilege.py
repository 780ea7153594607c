"""Drops root privileges: input of strangers is never processed by root.

The launcher keeps its account, since it starts and watches processes and opens the ports. Web, workers, scheduler and
keeper run as the account of the private servers, in a demonstration too. Where that account may not enter the folder of
the checkout or of its Python, as in root's home, they get a view in which it may (`private_view`; docs/adr/0012).
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

from config.errors import UserError
from config.local.embedded_servers import PrivateServerError, SystemAccount, find_service_account
from config.local.private_view import enter_view, find_closed
from config.local.process import end_with_parent
from config.local.supervisord import PYTHON
from config.settings import ENV_FILE, Settings

_ROOMS: Final = ("channels", "config", "geo", "reporting")
# What the account must be able to do; prints the first file that it cannot read.
_TRIAL: Final = f"""
import os, sys
for room in {_ROOMS!r}:
    for folder, _, names in os.walk(room, onerror=lambda error: sys.exit(error.filename)):
        for name in names:
            os.access(os.path.join(folder, name), os.R_OK) or sys.exit(os.path.join(folder, name))
import flask, sqlalchemy, supervisor
from config.errors import UserError
from config.settings import load_settings
try:
    load_settings()
except UserError as error:
    sys.exit(str(error))
"""


class PrivilegeError(UserError):
    """Everything would run as root; the message says in one line why, and what to do."""


@dataclass(frozen=True, slots=True)
class Runner:
    """The account that runs everything, and what it must reach; or none, and the reason, which follows a colon."""

    account: SystemAccount | None = None
    needed: tuple[Path, ...] = ()
    reason: str = ""

    def become(self) -> None:
        """Become the account, in a view of its own where it needs one; for a process that has just begun."""
        if self.account is not None:
            enter_view(self.needed, self.account.uid, self.account.gid)
            os.setgroups([])
            os.setgid(self.account.gid)
            os.setuid(self.account.uid)


def find_runner(settings: Settings) -> Runner:
    """Choose the account for web and workers: where root starts them, the one of the private servers.

    Raises PrivilegeError in development, where that account cannot run them. With people on it an installation goes on
    as root: one that does not come back after an update loses messages.
    """
    if os.geteuid() != 0:
        return Runner()
    try:
        account = find_service_account(settings.var / "servers")
        runner = Runner(account, tuple(_list_needed(settings)))
        _lend_env_file(account)
        hand_over(settings, runner)
        reason = _try(runner)
    except PrivateServerError as error:
        reason = str(error)
    if not reason:
        return runner
    if settings.is_development:
        raise PrivilegeError(f"nothing runs as root here: {reason}")
    return Runner(reason=reason)


def hand_over(settings: Settings, runner: Runner) -> None:
    """Change the owner of what root created in `var`; files of others, and targets of links, keep theirs."""
    if runner.account is None:
        return
    for folder, _, names in os.walk(settings.var):
        for path in (folder, *(os.path.join(folder, name) for name in names)):
            if os.lstat(path).st_uid == 0:
                os.chown(path, runner.account.uid, runner.account.gid, follow_symlinks=False)


def begin_as(runner: Runner, signal_number: int) -> Callable[[], None]:
    """Return what a child does first: become the account, and ask to get the signal when we end."""

    def begin() -> None:
        runner.become()
        end_with_parent(signal_number)  # a change of account makes the kernel forget it

    return begin


def _list_needed(settings: Settings) -> Iterator[Path]:
    """List what the processes read and write: the checkout, Python, `var/`, and what the settings name."""
    yield from (ENV_FILE.parent, settings.var, Path(sys.prefix), Path(sys.base_prefix))
    yield from (Path(entry) for entry in sys.path if os.path.exists(entry))
    urls = (settings.media_url, settings.database_url, settings.database_replica_url, settings.redis_url)
    named = (settings.channels_file, settings.backup_key_file, settings.languages_folder, *map(_find_folder, urls))
    yield from (Path(name) for name in named if name and os.path.exists(name))


def _find_folder(url: str | None) -> str | None:
    """Find the path in a URL of files, or of a server that listens at a unix socket."""
    parts = urlsplit(url or "")
    if parts.scheme in ("file", "unix"):
        return parts.path
    return next((host for host in parse_qs(parts.query).get("host", ()) if host.startswith("/")), None)


def _lend_env_file(account: SystemAccount) -> None:
    """Let the account's group read a `.env` that root keeps for itself: its settings are those of the processes."""
    try:
        status = ENV_FILE.stat()
    except FileNotFoundError:
        return
    if status.st_uid == 0 and not status.st_mode & 0o004:
        os.chown(ENV_FILE, -1, account.gid)
        ENV_FILE.chmod(status.st_mode & 0o777 | 0o040)


def _try(runner: Runner) -> str:
    """Let the account try to read the program; returns why it cannot and what to do, or an empty text."""
    assert runner.account is not None  # noqa: S101
    name = runner.account.name
    try:
        done = subprocess.run(  # noqa: S603
            [PYTHON, "-c", _TRIAL], preexec_fn=runner.become, capture_output=True, text=True, check=False
        )
    except (OSError, subprocess.SubprocessError):
        closed = [find_closed(path, runner.account.uid, runner.account.gid) for path in runner.needed]
        folder = next(filter(None, closed), ENV_FILE.parent)
        return f"the account {name} may not enter {folder}: move the checkout and its Python, or chmod o+x {folder}"
    if done.returncode == 0:
        return ""
    said = (done.stderr.strip() or "no output").splitlines()[-1]
    return f"the account {name} cannot run the program ({said}): chmod -R go+rX {ENV_FILE.parent}"
