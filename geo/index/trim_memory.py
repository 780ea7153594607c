"""What building a large index leaves behind: memory that nothing uses any more and the system does not get back."""

import ctypes

from geo.text.phonetic_key import sound
from geo.text.spans import read_word


def release_built() -> None:
    """Forget the words that were read last, which are those of the index and not those of texts, and give the system
    the freed memory that the C library would keep, where that library (glibc) can."""
    read_word.cache_clear()
    sound.cache_clear()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
