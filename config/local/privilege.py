"""As root, an installation for people runs as an account of its own: what strangers send is never handled by root.

The launcher stays what it was started as, since it watches and starts; web, workers, scheduler and the keeper run as
the account of the private servers. Where that account cannot run them, because the checkout or its Python lies in
root's home, it is said, and they run as they did (docs/adr/0012).
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
    """The account that runs everything; or none, and why not in words that follow a colon."""

    uid: int | None = None
    gid: int | None = None
    reason: str = ""


def find_runner(settings: Settings) -> Runner:
    """Choose the account that web and workers run as: another one only for root, in production, and where it can."""
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
    """Try the program as an account, which may not even enter the folder that the checkout lies in."""
    try:
        done = subprocess.run(  # noqa: S603
            [PYTHON, "-c", _TRIAL], user=uid, group=gid, extra_groups=[], capture_output=True, check=False
        )
    except OSError:
        return False
    return done.returncode == 0


def _hand_over(var: Path, uid: int, gid: int) -> None:
    """Give the account what root has made in `var`; what belongs to others, and what a link leads to, stays theirs."""
    for folder, _, names in os.walk(var):
        for path in (folder, *(os.path.join(folder, name) for name in names)):
            if os.lstat(path).st_uid == 0:
                os.chown(path, uid, gid, follow_symlinks=False)
