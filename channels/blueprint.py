"""The Flask blueprint of all webhooks: for calls that `event_loop.py` leaves to WSGI, and for other servers."""

from collections.abc import Mapping
from functools import lru_cache

from flask import Blueprint, Response, request
from flask.views import View
from werkzeug.exceptions import RequestEntityTooLarge

from channels.base.answers import Answer
from channels.base.gateway import Channel
from channels.base.request import GatewayRequest
from channels.webhook import FORM, CallTooLarge, Sink, SinkUnavailable, Webhooks, read_form


class Webhook(View):
    """A webhook call that comes through WSGI."""

    methods = ("GET", "POST", "HEAD")
    init_every_request = False

    def __init__(self, webhooks: Webhooks, sink: Sink) -> None:
        self._webhooks = webhooks
        self._sink = sink

    def dispatch_request(  # type: ignore[override]
        self, channel_name: str, kind: str, token: str | None = None
    ) -> Response:
        """Receive a call; the response is sent only after the sink has stored it."""
        opened = self._webhooks.open(channel_name, kind, lambda largest_bytes: self._read(token, largest_bytes))
        if isinstance(opened, Answer):
            return respond(opened)
        try:
            taken = self._sink(opened.channel.name, opened.items)
        except SinkUnavailable:
            return respond(opened.turn_away())
        return respond(opened.answer(taken))

    def _read(self, token: str | None, largest_bytes: int) -> GatewayRequest:
        request.max_content_length = largest_bytes
        try:
            body = request.get_data(cache=True)
            return self._webhooks.make_call(
                request.method,
                request.path,
                request.query_string,
                headers=request.headers,  # type: ignore[arg-type]  # werkzeug's headers read like a mapping
                body=body,
                token=token,
                read_body=lambda: read_form(body) if request.mimetype == FORM else request.form.to_dict(),
            )
        except RequestEntityTooLarge:
            raise CallTooLarge from None


def make_blueprint(channels: Mapping[str, Channel], public_url: str, sink: Sink) -> Blueprint:
    """Make the blueprint of the given channels. `sink` stores durably before it returns, or raises SinkUnavailable."""
    blueprint = Blueprint("channels", __name__, url_prefix="/channels")
    view = Webhook.as_view("webhook", Webhooks(channels, public_url), sink)
    blueprint.add_url_rule("/<channel_name>/<kind>", view_func=view)
    blueprint.add_url_rule("/<channel_name>/<kind>/<token>", view_func=view)
    return blueprint


def respond(answer: Answer) -> Response:
    """Make the HTTP response of an answer."""
    return _make(answer) if answer.is_personal else _repeat(answer)


@lru_cache(maxsize=200)
def _repeat(answer: Answer) -> Response:
    """Return the cached response of an answer; most answers are the same, and nothing later changes the response."""
    return _make(answer)


def _make(answer: Answer) -> Response:
    return Response(answer.body, answer.status, content_type=answer.content_type)
