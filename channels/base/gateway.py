"""The parts of a gateway as protocols: the way in, the way out, its message log, access to its media and mailbox."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from channels.base.answers import Answer, ReceiveResult
from channels.base.items import DeliveryReport, InboundMessage, Item
from channels.base.request import GatewayRequest


class Channel(Protocol):
    """An inbound channel: first verifies a call, then parses it. Each channel is one file.

    A call larger than `max_body_bytes` is answered with 413 before any of it is read.
    """

    name: str
    max_body_bytes: int

    def verify(self, request: GatewayRequest) -> None:
        """Verify that the gateway made this call. Raises SignatureRefused."""

    def parse(self, kind: str, request: GatewayRequest) -> Sequence[Item]:
        """Parse the call into items.

        Raises KindUnknown for a kind the channel does not have, BodyUnreadable for a bad body.
        """

    def answer(self, kind: str, taken: ReceiveResult) -> Answer:
        """Return the response that tells the gateway that the call is stored."""


class OutboundChannel(Protocol):
    """An outbound channel."""

    def send(self, *, campaign_address: str, address: str, text: str) -> str:
        """Send one message through the gateway and return its id there. Raises SendError."""


@dataclass(frozen=True, slots=True)
class MediaAccess:
    """Which hosts a channel's media may be downloaded from, and with which credentials.

    Nothing else is ever downloaded, whatever a message says. A host may have a port after a colon. Downloads use HTTPS
    and public addresses only, except for hosts listed as an address of a private network. Credentials are user and
    password, or a bearer `token`, made anew for each call. `redirect_hosts` are where the hosts may redirect to; they
    never get the credentials.
    """

    hosts: frozenset[str]
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    redirect_hosts: frozenset[str] = frozenset()
    token: Callable[[], str] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class MailboxAccess:
    """A mailbox that we read by IMAP.

    `addresses` are our campaign addresses; the first one is used where an email message names none of them.
    `trusted_server` is the name under which the mail server writes Authentication-Results; None where it writes none.
    """

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    folder: str
    is_tls: bool
    addresses: tuple[str, ...]
    trusted_server: str | None = None


class MessageLog(Protocol):
    """A gateway that lists its messages, so that those lost by its webhooks can be read there.

    Both lists come batch by batch and are never whole in memory; an empty batch means that more will come. Both methods
    raise LogUnreadable.
    """

    def list_inbound(
        self, since: datetime, until: datetime, campaign_addresses: Sequence[str]
    ) -> Iterator[Sequence[InboundMessage]]:
        """List the messages to these addresses, for each the oldest first, with the ids that the webhook would give."""

    def list_reports(
        self, since: datetime, until: datetime, campaign_addresses: Sequence[str]
    ) -> Iterator[Sequence[DeliveryReport]]:
        """List the delivery reports of messages from these addresses."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """One configured connection to a gateway: inbound, outbound, or both."""

    channel: Channel | None = None
    sender: OutboundChannel | None = None
    media: MediaAccess | None = None
    log: MessageLog | None = None
    mailbox: MailboxAccess | None = None
    texts_per_second: float | None = None  # rate limit of the gateway; None where it has none
    sending_needs: str = ""  # the setting without which this gateway, which could send, does not
    is_polling: bool = False  # a pull gateway: it fetches its messages instead of being called
