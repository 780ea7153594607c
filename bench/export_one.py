"""Writes one format of a release and prints what that took: the process that `bench.exports` starts for each.

It loads what writes files and nothing else, so that its memory is that of the writing.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

from reporting.db import Role, open_database
from reporting.publishing.formats import FORMATS
from reporting.publishing.release_queries import get_release
from reporting.publishing.written_files import WrittenFiles


def write_format(url: str, release_id: int, name: str) -> dict[str, float]:
    """Write one format and measure it; `base_mb` is the peak before, of the program that has been loaded.

    `processor_s` is what this process computed, without the database's part: it stays the same on a busy machine.
    """
    database = open_database(url, Role.PUBLIC)
    with tempfile.TemporaryDirectory() as folder, database.begin() as connection:
        release = get_release(connection, release_id)
        base_mb = _read_peak_mb()
        started, computed = time.perf_counter(), time.process_time()
        written = WrittenFiles(Path(folder), "https://figures.example.org").get(connection, release, FORMATS[name])
        seconds, computed = time.perf_counter() - started, time.process_time() - computed
    return {
        "seconds": round(seconds, 1),
        "processor_s": round(computed, 1),
        "peak_mb": round(_read_peak_mb()),
        "base_mb": round(base_mb),
        "bytes": sum(each.bytes for each in written),
    }


def _read_peak_mb() -> float:
    """Read the peak of this process's own memory; `ru_maxrss` has that of the process that started it, too."""
    [line] = [each for each in Path("/proc/self/status").read_text().splitlines() if each.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    print(json.dumps(write_format(sys.argv[1], int(sys.argv[2]), sys.argv[3])))
