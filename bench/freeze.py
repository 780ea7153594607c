"""Freezes months in a process of its own, whose memory is that of the freeze and of the modules it needs."""

import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Final

_FREEZE: Final = """
import os, sys, time
from pathlib import Path
from datetime import UTC, datetime
from bench.build import make_release
from reporting.db import Role, open_database
database = open_database(os.environ["DATABASE_URL"], Role.OWNER)
started = time.perf_counter()
for month in sys.argv[2:]:
    with database.begin() as connection:
        make_release(connection, int(sys.argv[1]), "people", month, b"a key", datetime(2027, 2, 1, tzinfo=UTC))
seconds = time.perf_counter() - started
database.close()
most = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(round(seconds, 2), int(most.split()[1]) // 1024)
"""


def freeze_apart(url: str, campaign_id: int, months: Sequence[str]) -> tuple[float, int]:
    """Freeze months of the cube `people`; return the seconds and the most memory in MB."""
    done = subprocess.run(
        [sys.executable, "-c", _FREEZE, str(campaign_id), *months],
        env={**os.environ, "DATABASE_URL": url}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    seconds, memory_mb = done.stdout.split()
    return float(seconds), int(memory_mb)
