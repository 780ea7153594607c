"""Tells which channels prove the sender's number; the same rule for commands and for outbound messages.

A number that somebody typed into the web form, or that a partner's program sent, may be anybody's. No command is obeyed
and no reply sent in its name, and no message goes to it before it has written to us itself.
"""

from typing import Final

from channels.built_in import json_api, web_form

_CLAIMS: Final = frozenset({web_form.NAME, json_api.NAME})


def proves_number(channel: str) -> bool:
    """Return whether the channel proves who the sender is: the operator's network or the mail server vouches for it."""
    return channel not in _CLAIMS
