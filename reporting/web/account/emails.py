"""Letters to the people who work with the reports: by the mail server of the first e-mail channel that has one."""

from dataclasses import dataclass

import structlog

from channels.base import OutboundChannel, SendError
from config.logging import describe
from reporting.bootstrap import Program

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Mailer:
    """A way out for letters, from an address of ours."""

    sender: OutboundChannel
    line: str

    def send(self, address: str, letter: str) -> None:
        """Send one. That it could not be is told in the log alone: whoever asked may be anybody."""
        try:
            self.sender.send(line=self.line, party=address, text=letter)
        except SendError as error:
            _log.warning("letter_not_sent", error=describe(error))


def find_letters(program: Program) -> Mailer | None:
    """The way out; None where no e-mail channel has a mail server to send by."""
    for gateway in program.gateways.values():
        if gateway.mailbox is not None and gateway.sender is not None:
            return Mailer(gateway.sender, gateway.mailbox.addresses[0])
    return None
