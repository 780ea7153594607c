"""The registry of adapters, by the name that channel settings use. A new adapter is one line here."""

from collections.abc import Mapping
from typing import Any, Final

from channels import africastalking, httpsms, jasmin, kannel, smsgate, smssync
from channels.base import Gateway
from channels.email import channel as email
from channels.generic import channel as generic
from channels.options import Adapter, ChannelSettingsError
from channels.twilio import channel as twilio
from channels.vonage import channel as vonage

ADAPTERS: Final[Mapping[str, Adapter]] = {
    "africastalking": africastalking.ADAPTER,
    "email": email.ADAPTER,
    "generic": generic.ADAPTER,
    "httpsms": httpsms.ADAPTER,
    "jasmin": jasmin.ADAPTER,
    "kannel": kannel.ADAPTER,
    "smsgate": smsgate.ADAPTER,
    "smssync": smssync.ADAPTER,
    "twilio": twilio.ADAPTER,
    "vonage": vonage.ADAPTER,
}


def make_gateways(definitions: Mapping[str, Mapping[str, Any]], public_url: str) -> dict[str, Gateway]:
    """Make the gateways of the channels file, by channel name. Raises ChannelSettingsError with one line."""
    return {name: _make_gateway(name, values, public_url) for name, values in definitions.items()}


def _make_gateway(name: str, values: Mapping[str, Any], public_url: str) -> Gateway:
    options = dict(values)
    adapter = ADAPTERS.get(options.pop("adapter", name))
    if adapter is None:
        raise ChannelSettingsError(f"channel {name}: adapter: one of {', '.join(sorted(ADAPTERS))}")
    return adapter.make(name, options, public_url)
