"""Returns freed memory to the operating system after a large index was built (malloc_trim)."""

import ctypes

from geo.text.phonetic_key import sound
from geo.text.spans import read_word


def release_built() -> None:
    """Clear the word caches and return freed heap memory to the operating system.

    The caches hold the words of the index then, not those of texts. The C library would keep the memory; only glibc can
    return it, elsewhere nothing happens.
    """
    read_word.clear()
    sound.clear()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
