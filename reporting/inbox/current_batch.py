"""The batch that a worker is processing, in memory shared with its watchdog, and the message of the current step.

A note costs less than a microsecond, so that every step over the messages of a batch can make one for each.
"""

import mmap
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

NOBODY: Final = 0  # no single message: a database query, or a step over the whole batch
_MOST: Final = 500
_HEAD: Final = struct.Struct("qqq")  # counter of notes, message id, size of the batch
_SIZE: Final = _HEAD.size + 8 * _MOST


@dataclass(frozen=True, slots=True)
class BatchSnapshot:
    """The current batch at one time; `notes` is a counter that tells whether anything changed between two snapshots."""

    notes: int
    message_id: int
    batch: tuple[int, ...]


class CurrentBatch:
    """One page of memory, shared with processes that are forked after its creation. Only one process writes."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, _SIZE)
        self._notes = 0

    def take_batch(self, ids: Sequence[int]) -> None:
        """Record that processing of these messages begins; empty: that it has ended."""
        held = ids[:_MOST]
        struct.pack_into(f"{len(held)}q", self._memory, _HEAD.size, *held)
        self._record(held[0] if len(held) == 1 else NOBODY, len(held))

    def take(self, message_id: int) -> None:
        """Record the message that the current step processes; `NOBODY` for none in particular."""
        count = _HEAD.unpack_from(self._memory)[2]
        # In a batch of one message every step is for that message.
        self._record(message_id if count != 1 or message_id != NOBODY else self.look().batch[0], count)

    def look(self) -> BatchSnapshot:
        """Take a snapshot of the current batch."""
        notes, message_id, count = _HEAD.unpack_from(self._memory)
        batch = struct.unpack_from(f"{count}q", self._memory, _HEAD.size)
        return BatchSnapshot(notes, message_id, batch)

    def _record(self, message_id: int, count: int) -> None:
        self._notes += 1
        _HEAD.pack_into(self._memory, 0, self._notes, message_id, count)


class _OfMessage(Protocol):
    """What stands for one message of a batch in a step."""

    @property
    def message_id(self) -> int:
        """The message that it stands for."""


Item = TypeVar("Item", bound=_OfMessage)


HAND: Final = CurrentBatch()  # of this process; what it forks shares it


def in_turn(items: Iterable[Item]) -> Iterator[Item]:
    """Go over a batch, one after the other: whoever watches the worker knows which message a step is at."""
    for item in items:
        HAND.take(item.message_id)
        yield item
    HAND.take(NOBODY)
