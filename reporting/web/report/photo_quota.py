"""How many photos anonymous visitors may leave: they lie beside the database until a worker has looked at them.

The words of a report never depend on it.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from reporting.accounts.limit import PHOTO_BYTES, PHOTO_BYTES_BY_NETWORK, Try
from reporting.web.edge.rate_limits import get_limiter, try_by_network

LEFT_LEAST: Final = 1_000_000_000  # bytes of the disk that stay for the words


def has_room(folder: Path, photos: Sequence[bytes]) -> bool:
    """Whether these photos may be kept: for their network, for all of an hour, and for the disk that `folder` is on."""
    size = sum(map(len, photos))
    if not size:
        return True
    if shutil.disk_usage(folder).free - size < LEFT_LEAST:
        return False
    return get_limiter().count(Try(PHOTO_BYTES, "all"), *try_by_network(PHOTO_BYTES_BY_NETWORK), cost=size)
