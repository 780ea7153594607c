"""Where all that gateways bring comes in: a message is stored and a worker woken, anything else goes where it belongs.

What gateways say of texts that left, and what they fetch, is the outbox's. The outbox stands above the inbox, so that
its parts are passed in as what they can do.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from channels.base.answers import NOTHING_MORE, PulledMessage, ReceiveResult
from channels.base.items import (
    DeliveryReport,
    InboundMessage,
    Item,
    MenuStep,
    MessageSegment,
    Poll,
    PullAck,
    ResultPoll,
)
from config.queues import INBOX
from reporting.inbox.multipart import MultipartStore
from reporting.inbox.store import Intake
from reporting.inbox.ussd import UssdMenu
from reporting.inbox.wakeup import WorkerWakeup


class PullAccess(Protocol):
    """Texts for gateways that fetch them. Every method raises StoreUnavailable while the database is away."""

    def pull_messages(self, channel: str, poll: Poll) -> list[PulledMessage]:
        """Hand out texts that may leave now."""

    def acknowledge_pull(self, channel: str, takeover: PullAck) -> list[str]:
        """Note that the gateway has these texts; the ids of those that it shall send."""

    def list_unknown(self, channel: str, poll: ResultPoll) -> list[str]:
        """List the ids of texts of which nobody knows yet whether they arrived."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """Takes what came in by webhook, form, mailbox or call: the sink of them all. Raises StoreUnavailable."""

    intake: Intake
    parts: MultipartStore
    menu: UssdMenu
    waker: WorkerWakeup
    record_delivery: Callable[[str, DeliveryReport], None]
    pull: PullAccess

    def receive(self, channel: str, items: Sequence[Item], campaign_id: int | None = None) -> ReceiveResult:
        """Store what a gateway brought, then wake a worker; returns what the gateway is to be answered beside that."""
        taken = NOTHING_MORE
        for item in items:
            match item:
                case InboundMessage():
                    self.intake.accept(channel, item, campaign_id)
                    self.waker.wake(INBOX)
                case DeliveryReport():
                    self.record_delivery(channel, item)
                case MessageSegment():
                    self.parts.accept(channel, item)
                    self.waker.wake(INBOX)
                case MenuStep():
                    taken = ReceiveResult(screen=self.menu.take(channel, item))
                    self.waker.wake(INBOX)
                case Poll():
                    taken = ReceiveResult(texts=self.pull.pull_messages(channel, item), echo=item.echo)
                case PullAck():
                    taken = ReceiveResult(ids=self.pull.acknowledge_pull(channel, item))
                case ResultPoll():
                    taken = ReceiveResult(ids=self.pull.list_unknown(channel, item))
        return taken

    async def receive_async(self, channel: str, messages: Sequence[InboundMessage]) -> None:
        """Store messages in an event loop, which goes on meanwhile, then wake a worker."""
        for message in messages:
            await self.intake.accept_async(channel, message)
            self.waker.wake(INBOX)
