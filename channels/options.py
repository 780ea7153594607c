"""Builds gateways from their settings: each adapter checks its own options."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from channels.base.gateway import Gateway
from config.errors import UserError


class ChannelSettingsError(UserError):
    """Unusable settings of a channel; the message names the channel, the field and what it accepts."""


class Options(Schema):
    """The options that every adapter has."""

    class Meta:
        """An unknown option is an error, so that a misspelt one does not become a silent default."""

        unknown = RAISE

    region = fields.String(validate=validate.Regexp(r"^[A-Z]{2}$", error="two capital letters"), load_default=None)
    texts_per_second = fields.Float(validate=validate.Range(min=0, min_inclusive=False), load_default=None)


def get_account(name: str, options: Mapping[str, Any], wanted_by: str) -> tuple[str, str]:
    """Get user and password, which the option `wanted_by` takes too. Raises ChannelSettingsError."""
    user, password = options["user"], options["password"]
    if user is None or password is None:
        raise ChannelSettingsError(f"channel {name}: {wanted_by}: it takes user and password too")
    return user, password


@dataclass(frozen=True, slots=True)
class Adapter:
    """The adapter of one kind of gateway.

    `build` makes a gateway from its name, its checked options and our public URL.

    `calls` are the ends of the URLs to configure at the gateway (`sms`, `sms/…` with a secret last part).
    """

    options: type[Schema]
    build: Callable[[str, Mapping[str, Any], str], Gateway]
    calls: tuple[str, ...] = ()

    def make(self, name: str, values: Mapping[str, Any], public_url: str) -> Gateway:
        """Check the options and build the gateway. Raises ChannelSettingsError with one line."""
        try:
            options = self.options().load(dict(values))
        except ValidationError as error:
            fault = error.normalized_messages()  # type: ignore[no-untyped-call]
            where, what = _find_first(fault)
            raise ChannelSettingsError(f"channel {name}: {where}: {what}") from None
        return self.build(name, options, public_url)


def _find_first(fault: Any) -> tuple[str, str]:
    """Find the first error and its option; nested options are joined with dots."""
    names: list[str] = []
    while isinstance(fault, dict):
        name, fault = next(iter(fault.items()))
        if name != "_schema" and not isinstance(name, int):
            names.append(str(name))
    return ".".join(names), str(fault[0] if isinstance(fault, list) else fault)
