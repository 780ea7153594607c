"""What a worker has in hand, in memory that its watcher shares: the batch, and which message a step is at.

A note costs less than a microsecond, so that every step over the messages of a batch makes one for each.
"""

import mmap
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

NOBODY: Final = 0  # no message in particular: the database is asked, or all of the batch is worked on at once
_MOST: Final = 500
_HEAD: Final = struct.Struct("qqq")  # how many notes there were, the message, how many are in the batch
_SIZE: Final = _HEAD.size + 8 * _MOST


@dataclass(frozen=True, slots=True)
class BatchSnapshot:
    """What was in hand at a moment; `notes` tells whether anything was noted since another look."""

    notes: int
    message_id: int
    batch: tuple[int, ...]


class CurrentBatch:
    """One page of memory, shared with processes that are forked after it was made. One process writes."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, _SIZE)
        self._notes = 0

    def take_batch(self, ids: Sequence[int]) -> None:
        """The work on these messages begins, or ends where there are none."""
        held = ids[:_MOST]
        struct.pack_into(f"{len(held)}q", self._memory, _HEAD.size, *held)
        self._note(held[0] if len(held) == 1 else NOBODY, len(held))

    def take(self, message_id: int) -> None:
        """A step begins to work on this message of the batch, or with `NOBODY` on none in particular."""
        count = _HEAD.unpack_from(self._memory)[2]
        # All that is done for a message that goes alone is done for it.
        self._note(message_id if count != 1 or message_id != NOBODY else self.look().batch[0], count)

    def look(self) -> BatchSnapshot:
        """What is in hand now."""
        notes, message_id, count = _HEAD.unpack_from(self._memory)
        batch = struct.unpack_from(f"{count}q", self._memory, _HEAD.size)
        return BatchSnapshot(notes, message_id, batch)

    def _note(self, message_id: int, count: int) -> None:
        self._notes += 1
        _HEAD.pack_into(self._memory, 0, self._notes, message_id, count)


HAND: Final = CurrentBatch()  # of this process; what it forks shares it
