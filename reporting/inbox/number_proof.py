"""Whether a way in proves whose number a message is of. One rule for what is ordered and for what is sent.

A number that somebody typed into the web form, or that a partner's program handed over, may be anybody's: nothing is
ordered or answered in its name, and no text goes there before it has written to us itself.
"""

from typing import Final

from channels.built_in import json_api, web_form

_CLAIMS: Final = frozenset({web_form.NAME, json_api.NAME})


def proves_number(channel: str) -> bool:
    """Whether a sender on this channel is who the message says: the network, or the mail server, vouches for it."""
    return channel not in _CLAIMS
