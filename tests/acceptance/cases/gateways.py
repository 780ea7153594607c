"""Calls as gateways make them, with their proof: what stands in their documentation, and nothing of ours."""

import base64
import hmac
import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode

from tests.acceptance.installation import Answer, Installation

TOKEN: Final = "a-token-of-at-least-22-characters"
_KEY: Final = "a-signing-key-of-the-tests"
CHANNELS: Final = f"""
smssync: {{secrets: [{TOKEN}], region: NP}}
kannel: {{tokens: [{TOKEN}], region: NP}}
jasmin: {{tokens: [{TOKEN}], region: NP}}
africastalking: {{tokens: [{TOKEN}], region: NP}}
smsgate: {{signing_keys: [{_KEY}], region: NP}}
vonage: {{signature_secrets: [{_KEY}], signature_method: md5hash}}
acme:
  adapter: generic
  region: NP
  inbound: {{fields: {{id: id, from: from, text: text}}, format: json}}
  proof: {{by: token, secrets: [{TOKEN}]}}
"""
JSON: Final = {"Content-Type": "application/json"}
PICTURE: Final = base64.b64encode(b"\xff\xd8\xff not much of a picture").decode()


def post_json(installation: Installation, path: str, body: str, headers: Mapping[str, str] | None = None) -> Answer:
    """Post JSON as it is written."""
    return installation.call("POST", path, body, JSON | dict(headers or {}))


def bring_smssync(installation: Installation, message_id: str, sender: str, text: str) -> Answer:
    """An SMS by SMSSync."""
    fields = {"secret": TOKEN, "from": sender, "message": text, "message_id": message_id, "device_id": "1"}
    now = str(int(time.time() * 1000))
    return installation.post_form(f"/channels/smssync/sync/{TOKEN}", fields | {"sent_timestamp": now, "sent_to": ""})


def bring_kannel(installation: Installation, message_id: str, sender: str, text: str) -> Answer:
    """An SMS by Kannel."""
    fields = {"id": message_id, "sender": sender, "to": "1", "message": text, "coding": "0", "charset": "UTF-8"}
    return installation.call("GET", f"/channels/kannel/sms/{TOKEN}?{urlencode(fields)}")


def bring_jasmin(installation: Installation, message_id: str, sender: str, text: str) -> Answer:
    """An SMS by Jasmin, with its octets in `binary`."""
    fields = {"id": message_id, "from": sender.lstrip("+"), "to": "1", "coding": "8", "content": text}
    fields["binary"] = text.encode("utf-16-be").hex()
    return installation.post_form(f"/channels/jasmin/sms/{TOKEN}", fields)


def bring_octets(installation: Installation, message_id: str, content: str, coding: str) -> Answer:
    """An SMS by Jasmin without `binary`; its octets are written in `content` as an address has them."""
    body = f"content={content}&coding={coding}&from=9779800000050&to=1&id={message_id}"
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    return installation.call("POST", f"/channels/jasmin/sms/{TOKEN}", body, kind)


def bring_africastalking(installation: Installation, message_id: str, sender: str, text: str) -> Answer:
    """An SMS by Africa's Talking."""
    fields = {"from": sender, "to": "1", "text": text, "id": message_id, "linkId": "1"}
    return installation.post_form(f"/channels/africastalking/sms/{TOKEN}", fields)


def bring_acme(installation: Installation, message_id: str, sender: str, text: str) -> Answer:
    """An SMS by a gateway that the settings describe."""
    body = json.dumps({"id": message_id, "from": sender, "text": text})
    return post_json(installation, f"/channels/acme/sms/{TOKEN}", body)


def bring_smsgate(installation: Installation, message_id: str, sender: str, text: str) -> Answer:
    """An SMS by SMS Gateway for Android; the id is the event's."""
    return bring_event(installation, message_id, make_payload(sender, text, f"{sender} {text}"))


def make_payload(sender: str, text: str, message_id: str, ahead_s: int = -5) -> dict[str, Any]:
    """What SMS Gateway for Android tells of an SMS that came so many seconds after now, by the phone's clock."""
    at = datetime.fromtimestamp(time.time() + ahead_s, UTC).isoformat(timespec="milliseconds")
    return {"messageId": message_id, "message": text, "sender": sender, "phoneNumber": sender, "recipient": None,
            "simNumber": 1, "receivedAt": at}  # fmt: skip


def add_picture(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The same as an MMS with one picture."""
    part = {"partId": 1, "contentType": "image/jpeg", "name": "one.jpg", "size": 27, "data": PICTURE}
    rest = {name: value for name, value in payload.items() if name != "message"}
    return rest | {"body": payload["message"], "subject": None, "attachments": [part], "transactionId": "T1"}


def bring_event(installation: Installation, event_id: str, payload: Mapping[str, Any], body: str = "") -> Answer:
    """A call of SMS Gateway for Android, signed; `body` where it is to be written otherwise."""
    event = "mms:downloaded" if "attachments" in payload else "sms:received"
    told = {"id": event_id, "webhookId": "w1", "deviceId": "d1", "event": event, "payload": payload}
    body = body or json.dumps(told)
    now = str(int(time.time()))
    signature = hmac.digest(_KEY.encode(), (body + now).encode(), "sha256").hex()
    return post_json(installation, "/channels/smsgate/event", body, {"X-Signature": signature, "X-Timestamp": now})
