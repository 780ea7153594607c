"""Drops root privileges in production: input of strangers is never processed by root.

The launcher keeps its account, since it starts and watches processes. Web, workers, scheduler and keeper run as the
account of the private servers. Where that account cannot run them, because the checkout or its Python is in root's
home, a warning says so, and they run as root (docs/adr/0012).
"""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from config.local.embedded_servers import PrivateServerError, PrivateServers
from config.local.supervisord import PYTHON
from config.settings import Settings

_FIRST_FREE_PORT = 1024
_TRIAL = "import granian, supervisor, wsgi; from config.settings import load_settings; load_settings()"


@dataclass(frozen=True, slots=True)
class Runner:
    """The account that runs everything; or none, and the reason, in words that follow a colon."""

    uid: int | None = None
    gid: int | None = None
    reason: str = ""


def find_runner(settings: Settings) -> Runner:
    """Choose the account for web and workers: another one only for root, in production, and where it can run them."""
    if os.geteuid() != 0 or settings.is_development:
        return Runner()
    if settings.port < _FIRST_FREE_PORT:
        return Runner(reason=f"only root can listen on port {settings.port}; let a proxy do it and take PORT=8000")
    try:
        account = PrivateServers(settings.var).account
    except PrivateServerError as error:
        return Runner(reason=str(error))
    _hand_over(settings.var, account.uid, account.gid)
    if not _can_run(account.uid, account.gid):
        return Runner(reason=f"the account {account.name} cannot read the checkout, its Python, .env or {settings.var}")
    return Runner(account.uid, account.gid)


def _can_run(uid: int, gid: int) -> bool:
    """Test whether the account can run the program; it may not even be able to enter the folder of the checkout."""
    try:
        done = subprocess.run(  # noqa: S603
            [PYTHON, "-c", _TRIAL], user=uid, group=gid, extra_groups=[], capture_output=True, check=False
        )
    except OSError:
        return False
    return done.returncode == 0


def _hand_over(var: Path, uid: int, gid: int) -> None:
    """Change the owner of what root created in `var`; files of others, and targets of links, keep theirs."""
    for folder, _, names in os.walk(var):
        for path in (folder, *(os.path.join(folder, name) for name in names)):
            if os.lstat(path).st_uid == 0:
                os.chown(path, uid, gid, follow_symlinks=False)
