"""Keeps the garbage collector still while a process imports the program: a fifth of what a start costs.

What is imported stays for the life of the process, and the collector would look through it dozens of times. Whatever
starts a process imports this first and calls `end_loading` behind its imports.
"""

import gc
from functools import cache

gc.disable()


@cache
def end_loading() -> None:
    """Exclude what is loaded from garbage collection and let collection begin. Done once in a process."""
    gc.freeze()
    gc.enable()
