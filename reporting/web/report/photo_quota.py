"""How many photos visitors and phones may leave: they lie beside the database until a worker has looked at them.

The words of a report never depend on it.
"""

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from reporting.accounts.limit import PHOTO_BYTES, PHOTO_BYTES_BY_ACCOUNT, PHOTO_BYTES_BY_NETWORK, Try
from reporting.web.edge.rate_limits import get_limiter, try_by_network

LEFT_LEAST: Final = 1_000_000_000  # bytes of the disk that stay for the words


def has_room(folder: Path, photos: Sequence[bytes]) -> bool:
    """Whether these photos may be kept: for their network, for all of an hour, and for the disk that `folder` is on."""
    size = sum(map(len, photos))
    if not size:
        return True
    if not _has_disk(folder, size):
        return False
    return get_limiter().count(Try(PHOTO_BYTES, "all"), *try_by_network(PHOTO_BYTES_BY_NETWORK), cost=size)


def has_room_for_account(folder: Path, photos: Iterable[bytes], account_id: int) -> bool:
    """Whether photos that somebody with an account sends may be kept now: a lost phone must not fill the disk either.

    Strangers' photos do not count against theirs, nor do those of a team that shares a network.
    """
    size = sum(map(len, photos))
    if not size:
        return True
    return _has_disk(folder, size) and get_limiter().count(Try(PHOTO_BYTES_BY_ACCOUNT, str(account_id)), cost=size)


def _has_disk(folder: Path, size: int) -> bool:
    return shutil.disk_usage(folder).free - size >= LEFT_LEAST
