"""Email messages to user accounts, sent by the mail server of the first e-mail channel that has one."""

from dataclasses import dataclass

import structlog

from channels.base.errors import SendError
from channels.base.gateway import OutboundChannel
from config.logging import describe
from reporting.bootstrap import Program

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Mailer:
    """A mail server and the address that its messages are sent from."""

    sender: OutboundChannel
    own_address: str

    def send(self, address: str, message: str) -> None:
        """Send one message.

        A failure is only logged: the visitor who asked must not learn whether the account exists.
        """
        try:
            self.sender.send(campaign_address=self.own_address, address=address, text=message)
        except SendError as error:
            _log.warning("email_not_sent", error=describe(error))


def find_mailer(program: Program) -> Mailer | None:
    """Find the mailer. Returns None where no e-mail channel has a mail server for sending."""
    for gateway in program.gateways.values():
        if gateway.mailbox is not None and gateway.sender is not None:
            return Mailer(gateway.sender, gateway.mailbox.addresses[0])
    return None
