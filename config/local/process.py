"""Process utilities: find a process by its pid file, end it, wait for a condition."""

import ctypes
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

_END_TIMEOUT_S = 30.0
_PR_SET_PDEATHSIG = 1


def find_pid(path: Path, program: str) -> int | None:
    """Find the process id in the first line of a pid file; None where that process does not run.

    The process must have the program's name and work in the file's folder, so that another process with a reused id
    does not count.
    """
    try:
        pid = int(path.read_text().splitlines()[0])
        name = Path(f"/proc/{pid}/comm").read_text().strip()
        is_at_home = Path(f"/proc/{pid}/cwd").samefile(path.parent)
    except (OSError, ValueError, IndexError):
        return None
    return pid if program in name and is_at_home and not _is_zombie(pid) else None


def end_process(pid: int, signal_number: int) -> None:
    """Send the signal and wait until the process has ended; after 30 seconds it is killed."""
    try:
        os.kill(pid, signal_number)
    except ProcessLookupError:
        return
    if not wait_until(lambda: not Path(f"/proc/{pid}").exists() or _is_zombie(pid), _END_TIMEOUT_S):
        os.kill(pid, signal.SIGKILL)


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


def wait_until(is_true: Callable[[], bool], timeout_s: float) -> bool:
    """Wait until the condition is true, checked 20 times a second; False after the timeout in seconds."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if is_true():
            return True
        time.sleep(0.05)
    return False


def end_with_parent(signal_number: int) -> None:
    """Ask the kernel to send this process the signal when its parent dies, for whatever reason (prctl(2))."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal_number)
