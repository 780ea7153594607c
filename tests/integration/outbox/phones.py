"""A gateway that keeps what it is given, and the outbox of a campaign, to be filled and looked into."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select, text, update

from channels.base.errors import SendError
from reporting.bootstrap import Program
from reporting.models.base import now
from reporting.models.message import Message
from reporting.models.states import Purpose
from reporting.outbox.delivery import deliver
from reporting.outbox.outbox import OutgoingText, queue_texts
from tests.conftest import LINE


@dataclass
class Phones:
    """A gateway that keeps what it is given: `takes_s` for a call, a fault for the texts that `faults` names."""

    takes_s: float = 0.0
    faults: dict[str, SendError] = field(default_factory=dict)
    taken: list[tuple[str, str, float]] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    during: Callable[[], None] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, *, campaign_address: str, address: str, text: str) -> str:  # noqa: ARG002
        """Take the text."""
        with self._lock:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            if self.during is not None:
                self.during()
            threading.Event().wait(self.takes_s)  # as long as the gateway thinks
            if "*" in self.faults or text in self.faults:
                raise self.faults.get(text) or self.faults["*"]
            with self._lock:
                self.taken.append((address, text, time.monotonic()))
                return f"G{len(self.taken)}"
        finally:
            with self._lock:
                self.at_once -= 1

    @property
    def texts(self) -> list[str]:
        """What was taken, in its order."""
        return [words for _address, words, _at in self.taken]


@dataclass
class Outbox:
    """The outbox of a campaign, to be filled and looked into."""

    program: Program
    campaign: int
    numbers: Iterator[int] = field(default_factory=lambda: iter(range(10**6)))

    def add_contact(self) -> int:
        number = f"+97798{next(self.numbers):08d}"
        with self.program.owner.begin() as connection:
            return int(
                connection.execute(
                    text(
                        "INSERT INTO contact (campaign_id, address_hash, number_encrypted, channel, campaign_address)"
                        " VALUES (:campaign, :hash, :sealed, 'twilio', :campaign_address) RETURNING id"
                    ),
                    {
                        "campaign": self.campaign,
                        "hash": self.program.pseudonyms.hash_address(number),
                        "sealed": self.program.pseudonyms.seal(number),
                        "campaign_address": LINE,
                    },
                ).scalar_one()
            )

    def queue(self, *texts: str, contact: int | None = None, purpose: str = Purpose.REPLY, **values: Any) -> list[int]:
        """Queue texts to one contact, a new one where none is given."""
        contact = contact or self.add_contact()
        channel = values.pop("channel", "twilio")
        outgoing = [OutgoingText(self.campaign, contact, channel, LINE, words, purpose, **values) for words in texts]
        with self.program.owner.begin() as connection:
            return queue_texts(connection, outgoing)

    def deliver(self, senders: Any, **options: Any) -> int:
        found = senders if isinstance(senders, dict) else {"twilio": senders}
        return deliver(self.program.app, found, self.program.pseudonyms, **options)

    def rows(self) -> list[Any]:
        with self.program.owner.begin() as connection:
            return list(connection.execute(select(Message.__table__).order_by(Message.id)).all())

    def states(self) -> list[str]:
        return [row.state for row in self.rows()]

    def hurry(self) -> None:
        """As if everything that waits for its time were due, and every gateway's pause over."""
        with self.program.owner.begin() as connection:
            connection.execute(update(Message).where(Message.state.in_(["queued", "sending"])).values(retry_at=now()))
            connection.execute(text("UPDATE channel_state SET next_at = NULL"))

    def set(self, statement: str, **values: Any) -> None:
        with self.program.owner.begin() as connection:
            connection.execute(text(statement), values)
