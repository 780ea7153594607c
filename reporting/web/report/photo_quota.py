"""Quota of photos from visitors and phones, which lie beside the database until a worker has processed them.

The words of a report never depend on the quota.
"""

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from reporting.accounts.limit import PHOTO_BYTES, PHOTO_BYTES_BY_ACCOUNT, PHOTO_BYTES_BY_NETWORK, Try
from reporting.web.edge.rate_limits import get_limiter, try_by_network

LEFT_LEAST: Final = 1_000_000_000  # bytes of the disk that are kept free for messages


def has_room(folder: Path, photos: Sequence[bytes]) -> bool:
    """Return whether these photos may be stored.

    Checked are the free space on the disk of `folder`, and the hourly quotas of their network and of all visitors.
    """
    size = sum(map(len, photos))
    if not size:
        return True
    if not _has_disk(folder, size):
        return False
    return get_limiter().count(Try(PHOTO_BYTES, "all"), *try_by_network(PHOTO_BYTES_BY_NETWORK), cost=size)


def has_room_for_account(folder: Path, photos: Iterable[bytes], account_id: int) -> bool:
    """Return whether photos of an account may be stored now. The quota also stops a lost phone from filling the disk.

    Photos of visitors without an account do not count, nor those of other accounts in the same network.
    """
    size = sum(map(len, photos))
    if not size:
        return True
    return _has_disk(folder, size) and get_limiter().count(Try(PHOTO_BYTES_BY_ACCOUNT, str(account_id)), cost=size)


def _has_disk(folder: Path, size: int) -> bool:
    return shutil.disk_usage(folder).free - size >= LEFT_LEAST
