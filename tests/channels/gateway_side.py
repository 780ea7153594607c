"""A channel in a test, with its gateway: how it is configured, how it speaks, how it proves who it is."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import Client, TestResponse

from channels.base.answers import NOTHING_MORE, ReceiveResult
from channels.base.gateway import Gateway
from channels.base.items import Item
from channels.blueprint import make_blueprint
from channels.built_in.simulator import SimulatedSender
from channels.registry import ADAPTERS
from config.settings import Settings
from reporting.bootstrap import Program
from reporting.campaigns.campaign import create_campaign, read_definition
from reporting.models.message import Message
from reporting.models.states import Direction
from reporting.processing.worker import drain
from tests.channels.call import PUBLIC_URL, Call, Said
from tests.conftest import SMALL_CAMPAIGN
from tests.own_server import socket_client

CASES = frozenset(
    {
        "signed_body", "replayed", "oversized", "not_utf8", "same_text", "out_of_order", "alphanumeric",
        "future", "long", "media", "extra", "stop",
    }
)  # fmt: skip


class GatewaySide:
    """One channel and its gateway. What a subclass must say raises NotImplementedError here."""

    adapter: ClassVar[str]
    channel: ClassVar[str]  # the name it is configured under
    kind: ClassVar[str] = "sms"  # of the calls that bring messages
    secrets: ClassVar[tuple[str, str]] = ("old-secret-" + "o" * 24, "new-secret-" + "n" * 24)
    max_body_bytes: ClassVar[int] = 64 * 1024
    refusal: ClassVar[int] = 403  # what a call without the right proof hears
    cannot: ClassVar[Mapping[str, str]] = {}  # case -> why this gateway cannot have it

    # -- what a subclass says

    def options(self, *secrets: str) -> dict[str, Any]:
        """The channel's settings with these secrets, the newest first."""
        raise NotImplementedError

    def compose(self, said: Said) -> Call:
        """The gateway's call with these words, without its proof."""
        raise NotImplementedError

    def sign(self, call: Call, secret: str, at: datetime | None = None) -> Call:
        """The call with the gateway's proof, made at `at` (now) where it says when."""
        raise NotImplementedError

    def id_of(self, said: Said) -> str:
        """The id under which the message is stored."""
        return said.external_id

    # -- set-up

    @property
    def path(self) -> str:
        """The address of the calls that bring messages."""
        return f"/channels/{self.channel}/{self.kind}"

    def signed(self, said: Said, secret: str | None = None, at: datetime | None = None) -> Call:
        """A call as the gateway makes it."""
        return self.sign(self.compose(said), secret or self.secrets[1], at)

    def make_gateway(self, *secrets: str) -> Gateway:
        """The gateway with these secrets."""
        return ADAPTERS[self.adapter].make(self.channel, self.options(*secrets), PUBLIC_URL)

    def read(self, call: Call, *secrets: str) -> tuple[int, list[Item]]:
        """What the real blueprint answers and hands over for a call."""
        handed: list[Item] = []
        channel = self.make_gateway(*(secrets or self.secrets[::-1])).channel
        assert channel is not None

        def sink(_name: str, items: Sequence[Item]) -> ReceiveResult:
            handed.extend(items)
            return NOTHING_MORE

        app = Flask("cases")
        app.register_blueprint(make_blueprint({self.channel: channel}, PUBLIC_URL, sink))
        return make(app.test_client(), call).status_code, handed

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        """Settings with this channel, the old and the new secret both valid."""
        return replace(settings, channels={self.channel: self.options(*self.secrets[::-1])})

    @pytest.fixture
    def program(self, program: Program) -> Program:
        """The program; what the channel sends stays here."""
        gateways = program.gateways
        gateways[self.channel] = replace(gateways[self.channel], sender=SimulatedSender())
        return program

    @pytest.fixture
    def client(self, app: Flask, settings: Settings) -> Iterator[Client]:
        """A gateway that calls our own server, where webhooks are answered in the event loop."""
        with socket_client(app, settings) as made:
            yield made

    @pytest.fixture
    def campaign(self, program: Program) -> int:
        """The small campaign with a line on this channel."""
        lines = f'lines:\n  - channel: {self.channel}\n    address: "{Said("").campaign_address}"\n'
        definition = SMALL_CAMPAIGN.replace('lines:\n  - channel: twilio\n    address: "+15005550006"\n', lines)
        with program.owner.begin() as connection:
            return create_campaign(connection, read_definition(definition, "the small campaign"))

    @pytest.fixture
    def bring(self, client: Client) -> Callable[..., int]:
        """Makes a signed call; its status."""

        def call(said: Said, **changes: Any) -> int:
            return make(client, self.signed(said, **changes)).status_code

        return call

    def unless_impossible(self, case: str) -> None:
        """Leave a case that this gateway cannot have, with its reason."""
        assert case in CASES
        if case in self.cannot:
            pytest.skip(f"{self.channel}: {self.cannot[case]}")


def make(client: Client, call: Call) -> TestResponse:
    """The call over HTTP."""
    return client.open(
        call.path, method=call.method, query_string=call.query, headers=dict(call.headers), data=call.body
    )


def list_messages(program: Program, direction: str = Direction.INBOUND) -> list[Any]:
    """The stored messages in the order they came."""
    with program.owner.begin() as connection:
        query = select(Message.__table__).where(Message.direction == direction).order_by(Message.id)
        return list(connection.execute(query))


def work(program: Program) -> None:
    """Let the worker's job do all there is to do."""
    drain(program.app, program.pipeline, is_patient=False)
