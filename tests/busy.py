"""How much longer things take on this machine now: for the few limits in seconds that are themselves a promise."""

import os
import time
from typing import Final

_REFERENCE_S: Final = 0.0125  # of the calculation below on the machine for which such limits are meant


def find_margin() -> float:
    """How many times longer everything takes: on a slower machine, or on one with more to do than processors."""
    return find_slowness() * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def find_slowness() -> float:
    """How many times more processor time than on the reference a calculation takes now; 1 on a faster machine."""
    return max(1.0, min(_calculate() for _ in range(5)) / _REFERENCE_S)


def _calculate() -> float:
    started = time.thread_time()
    sum(number * number for number in range(200_000))
    return time.thread_time() - started
