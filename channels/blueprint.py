"""One blueprint for all webhooks: verify, parse, hand over, answer."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from urllib.parse import unquote

from flask import Blueprint, Response, request
from flask.views import View
from prometheus_client import Counter
from werkzeug.exceptions import RequestEntityTooLarge

from channels.base import Answer, Channel, ChannelError, GatewayRequest, Item, Taken

_FORM = "application/x-www-form-urlencoded"

Sink = Callable[[str, Sequence[Item]], Taken]


class SinkUnavailable(Exception):
    """The message could not be stored. The gateway hears 503 and may try again or use its fallback."""


_calls = Counter("baraza_webhook_calls", "Calls of gateways by what was answered", ["channel", "outcome"])


class Webhook(View):
    """`/channels/<channel>/<kind>`, guarded by the channel's own signature, or by a token at the path's end."""

    methods = ("GET", "POST", "HEAD")
    init_every_request = False

    def __init__(self, channels: Mapping[str, Channel], public_url: str, sink: Sink) -> None:
        self._channels = channels
        self._public_url = public_url
        self._sink = sink

    def dispatch_request(  # type: ignore[override]
        self, channel_name: str, kind: str, token: str | None = None
    ) -> Response:
        """Answer only after the sink has the message. 429 and 500 would make a gateway drop it."""
        channel = self._channels.get(channel_name)
        if channel is None:
            return _answer("unknown", "channel", Answer("channel\n", "text/plain", 404))
        try:
            call = _read_call(self._public_url, token, channel.max_body_bytes)
            channel.verify(call)
            taken = self._sink(channel.name, channel.parse(kind, call))
        except ChannelError as error:
            return _answer(channel.name, error.reason, Answer(f"{error.reason}\n", "text/plain", error.status))
        except RequestEntityTooLarge:
            return _answer(channel.name, "too_large", Answer("too large\n", "text/plain", 413))
        except SinkUnavailable:
            return _answer(channel.name, "unavailable", Answer("try again\n", "text/plain", 503))
        return _answer(channel.name, "accepted", channel.answer(kind, taken))


def make_blueprint(channels: Mapping[str, Channel], public_url: str, sink: Sink) -> Blueprint:
    """Webhooks of the given channels. `sink` stores durably before it returns, or raises SinkUnavailable."""
    blueprint = Blueprint("channels", __name__, url_prefix="/channels")
    view = Webhook.as_view("webhook", channels, public_url, sink)
    blueprint.add_url_rule("/<channel_name>/<kind>", view_func=view)
    blueprint.add_url_rule("/<channel_name>/<kind>/<token>", view_func=view)
    return blueprint


def _read_call(public_url: str, token: str | None, max_body_bytes: int) -> GatewayRequest:
    request.max_content_length = max_body_bytes
    query = request.query_string.decode("latin-1")
    body = request.get_data(cache=True)
    fields = _read_form(request.query_string) if query else {}
    if request.method == "POST":
        form = _read_form(body) if request.mimetype == _FORM else request.form.to_dict()
    else:
        form = fields
    return GatewayRequest(
        url=f"{public_url}{request.path}{'?' + query if query else ''}",
        headers=request.headers,  # type: ignore[arg-type]  # werkzeug's headers read like a mapping
        body=body,
        form=form,
        method=request.method,
        query=fields,
        token=token,
    )


def _read_form(body: bytes) -> dict[str, str]:
    """The fields of a form; of one that is given twice the first counts. As `parse_qsl` reads it, in half the time."""
    fields: dict[str, str] = {}
    for pair in body.decode("utf-8", "replace").split("&"):
        if pair:
            name, _, value = pair.partition("=")
            fields.setdefault(_unquote(name), _unquote(value))
    return fields


def _unquote(words: str) -> str:
    """Most names and values have nothing to undo."""
    if "+" in words:
        words = words.replace("+", " ")
    return unquote(words, errors="replace") if "%" in words else words


@lru_cache(maxsize=200)
def _count(channel: str, outcome: str) -> Counter:
    return _calls.labels(channel, outcome)


def _answer(channel: str, outcome: str, answer: Answer) -> Response:
    _count(channel, outcome).inc()
    return _respond(answer) if answer.is_personal else _repeat(answer)


@lru_cache(maxsize=200)
def _repeat(answer: Answer) -> Response:
    """Most answers are always the same and made once: nothing changes one on its way out of the webhooks' app."""
    return _respond(answer)


def _respond(answer: Answer) -> Response:
    return Response(answer.body, answer.status, content_type=answer.content_type)
