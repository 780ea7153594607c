"""Twilio: inbound SMS, MMS and WhatsApp (signed webhooks, answered with TwiML), delivery reports, outbound by REST."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from marshmallow import fields, validate
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.twiml.messaging_response import MessagingResponse

from channels.base.answers import Answer, ReceiveResult
from channels.base.errors import KindUnknown, SendError
from channels.base.gateway import Gateway, MediaAccess
from channels.base.items import Item
from channels.base.request import MAX_BODY_BYTES, GatewayRequest
from channels.options import Adapter, Options
from channels.twilio.client import make_client
from channels.twilio.message_log import TwilioLog
from channels.twilio.parse import OPTED_OUT, address_for, read_fields, read_message, read_status
from channels.twilio.signature import TwilioSignature

NAME: Final = "twilio"  # the channel that the settings alone set up
# Twilio calls `fallback` when the first URL failed: the same message, with ErrorCode and ErrorUrl added.
_MESSAGES = frozenset({"sms", "whatsapp", "fallback"})
# Hosts to which Twilio redirects media downloads; the second is for accounts without media passwords.
_MEDIA_HOSTS = frozenset({"mms.twiliocdn.com", "s3-external-1.amazonaws.com"})


class TwilioChannel:
    """Inbound calls of Twilio. Several tokens may be valid at once while one is rotated."""

    max_body_bytes = MAX_BODY_BYTES

    def __init__(
        self,
        auth_tokens: Sequence[str],
        shared_keys: Mapping[str, str] | None = None,
        *,
        name: str = NAME,
        answers_keywords: bool = False,
    ) -> None:
        self.name = name
        self._signature = TwilioSignature(auth_tokens, shared_keys or {})
        self._answers_keywords = answers_keywords
        self._empty = Answer(str(MessagingResponse()), "text/xml; charset=utf-8")

    def verify(self, request: GatewayRequest) -> None:
        """Verify the signature over the public URL and all parameters, unknown ones included.

        Raises SignatureRefused.
        """
        self._signature.verify(request)

    def parse(self, kind: str, request: GatewayRequest) -> list[Item]:
        """Parse a call of kind `sms`, `whatsapp`, `fallback` or `status`. Raises KindUnknown, BodyUnreadable."""
        if kind in _MESSAGES:
            return [read_message(read_fields(request), request, answers_keywords=self._answers_keywords)]
        if kind == "status":
            return read_status(read_fields(request))
        raise KindUnknown

    def answer(self, kind: str, taken: ReceiveResult) -> Answer:  # noqa: ARG002
        """Return empty TwiML: replies leave through the outbox, never in the response to the webhook."""
        return self._empty


class TwilioSender:
    """Sends through Twilio's REST API."""

    def __init__(
        self, account_sid: str, auth_token: str, *, api_url: str | None = None, status_url: str | None = None
    ) -> None:
        self._client = make_client(account_sid, auth_token, api_url)
        self._status_url = status_url

    def send(self, *, campaign_address: str, address: str, text: str) -> str:
        """Send one message, by WhatsApp where our address is a WhatsApp number. Raises SendError with Twilio's code."""
        recipient = address_for(campaign_address, address)
        if recipient is None:
            raise SendError("no_number", retryable=False)
        try:
            options = {"status_callback": self._status_url} if self._status_url else {}
            sent = self._client.messages.create(to=recipient, from_=campaign_address, body=text, **options)
        except TwilioRestException as error:
            retryable = error.status == 429 or error.status >= 500
            code = str(error.code or error.status)
            raise SendError(code, retryable=retryable, is_opt_out=code == OPTED_OUT) from None
        except (TwilioException, OSError) as error:
            raise SendError(type(error).__name__, retryable=True) from None
        return str(sent.sid)


class _Options(Options):
    auth_tokens = fields.List(fields.String(validate=validate.Length(1)), required=True, validate=validate.Length(1))
    shared_keys = fields.Dict(fields.String(), fields.String(validate=validate.Length(1)), load_default=dict)
    answers_keywords = fields.Boolean(load_default=None, allow_none=True)  # by default where Twilio also sends
    account_sid = fields.String(load_default=None)
    api_url = fields.String(load_default=None)


def build(name: str, options: Mapping[str, Any], public_url: str) -> Gateway:
    """Build the gateway of a Twilio account; inbound only without `account_sid`."""
    account_sid, token, api_url = options["account_sid"], options["auth_tokens"][0], options["api_url"]
    answers_keywords = options["answers_keywords"]
    if answers_keywords is None:
        answers_keywords = account_sid is not None
    channel = TwilioChannel(
        options["auth_tokens"], options["shared_keys"], name=name, answers_keywords=answers_keywords
    )
    if account_sid is None:
        return Gateway(channel, sending_needs="TWILIO_ACCOUNT_SID")
    sender = TwilioSender(
        account_sid,
        token,
        api_url=api_url,
        status_url=f"{public_url}/channels/{name}/status" if public_url.startswith("https:") else None,
    )
    media_host = urlsplit(api_url).netloc if api_url else "api.twilio.com"
    media = MediaAccess(frozenset({media_host}), account_sid, token, _MEDIA_HOSTS)
    log = TwilioLog(make_client(account_sid, token, api_url), answers_keywords=answers_keywords, api_url=api_url)
    return Gateway(channel, sender, media, log, texts_per_second=options["texts_per_second"])


ADAPTER = Adapter(_Options, build, ("sms", "whatsapp", "fallback", "status"))
