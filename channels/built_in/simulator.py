"""The outbound channel of the simulator: a stored message counts as sent, and the phone in the browser shows it."""

import uuid
from typing import Final

ID_PREFIX: Final = "SIM"  # prefix of ids of messages that no gateway has


class SimulatedSender:
    """A null gateway for development and training, where no real one is configured."""

    def send(self, *, campaign_address: str, address: str, text: str) -> str:  # noqa: ARG002
        """Accept the message and return a random id, as a gateway would."""
        return f"{ID_PREFIX}{uuid.uuid4().hex}"
