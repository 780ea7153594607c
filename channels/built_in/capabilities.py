"""The capabilities of channels: what the program may assume of a message, without naming the channel it came by.

They are constants, looked up by the channel's name that messages and reports hold: a channel is not configured to be a
form, and a property stored with each message could only disagree. Gateways have the defaults; the channels file may not
use the name of a built-in channel.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from channels.built_in import json_api, openrosa, web_form


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the messages of a channel have in common.

    - `is_form`: each is a filled-in form, so a report or a continuation of one, never a command or an answer
    - `has_enumerator`: a volunteer fills the form in for others and is asked all of its questions
    - `proves_number`: the operator's network or the mail server vouches for the sender; otherwise the number may be
      anybody's, and nothing is ordered in its name or sent to it
    - `kept_payload`: the keys of the payload by which a form sent again is recognised; retention keeps only these
    """

    is_form: bool = False
    has_enumerator: bool = False
    proves_number: bool = True
    kept_payload: frozenset[str] = frozenset()


_GATEWAY: Final = Capabilities()
BUILT_IN: Final[Mapping[str, Capabilities]] = {
    json_api.NAME: Capabilities(proves_number=False),
    openrosa.NAME: Capabilities(is_form=True, has_enumerator=True, kept_payload=openrosa.MARKS),
    web_form.NAME: Capabilities(is_form=True, proves_number=False),
}
# The names for statements, which are given them as an array.
ENUMERATED: Final = sorted(name for name, channel in BUILT_IN.items() if channel.has_enumerator)
OPEN_FORMS: Final = sorted(name for name, channel in BUILT_IN.items() if channel.is_form and not channel.proves_number)
WITH_KEPT_PAYLOAD: Final = sorted(name for name, channel in BUILT_IN.items() if channel.kept_payload)


def get_capabilities(channel: str) -> Capabilities:
    """Get the capabilities of the channel of that name; every name that is not built in is a gateway's."""
    return BUILT_IN.get(channel, _GATEWAY)
