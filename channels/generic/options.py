"""The settings of a generic gateway: where its fields are, how its calls are verified, how it sends."""

import re
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates, validates_schema

from channels.base.items import DeliveryState
from channels.options import Options
from channels.verification import TOKEN_SHORTEST

FORM, QUERY, JSON = "form", "query", "json"
TOKEN, FIELD, HEADER, HMAC = "token", "field", "header", "hmac"
ISO, EPOCH = "iso", "epoch"
PLACEHOLDERS: Final = ("to", "to_digits", "from", "from_digits", "text", "id")
_SECRET_SHORTEST: Final = 8
_WINDOW_S: Final = 7 * 24 * 3600.0
_KIND: Final = validate.Regexp(r"^[a-z0-9][a-z0-9-]{0,40}\Z", error="small letters, digits and hyphens only")
_FILLED: Final = validate.Length(1, error="may not be empty")
_ANYWHERE: Final = re.compile(r"\{([^{}]*)\}")


class _Strict(Schema):
    class Meta:
        """An unknown option is an error, so that a misspelt one does not become a silent default."""

        unknown = RAISE


class _MessageFields(_Strict):
    id = fields.String(validate=_FILLED, load_default=None)
    from_ = fields.String(data_key="from", required=True, validate=_FILLED)
    to = fields.String(validate=_FILLED, load_default=None)
    text = fields.String(required=True, validate=_FILLED)
    time = fields.String(validate=_FILLED, load_default=None)


class _Inbound(_Strict):
    kind = fields.String(validate=_KIND, load_default="sms")
    methods = fields.List(
        fields.String(validate=validate.OneOf(["GET", "POST"])), validate=validate.Length(1), load_default=["POST"]
    )
    format = fields.String(validate=validate.OneOf([FORM, QUERY, JSON]), load_default=FORM)
    each = fields.String(validate=_FILLED, load_default=None)  # path to the list of messages
    fields_ = fields.Nested(_MessageFields, data_key="fields", required=True)
    time_format = fields.String(load_default=ISO)
    timezone = fields.String(load_default="UTC")
    line = fields.String(validate=_FILLED, load_default=None)

    @validates("timezone")
    def check_timezone(self, value: str, **_: object) -> None:
        """Check that the system knows the time zone."""
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValidationError("a time zone such as Asia/Kathmandu") from None

    @validates("time_format")
    def check_time_format(self, value: str, **_: object) -> None:
        """Check that the time format is a known name or a strptime pattern."""
        if value not in {ISO, EPOCH} and "%" not in value:
            raise ValidationError(f"{ISO}, {EPOCH}, or a pattern such as %d/%m/%Y %H:%M:%S")

    @validates_schema
    def check_each(self, data: dict[str, Any], **_: object) -> None:
        """Check that a list of messages is set for JSON only: a form holds one message."""
        if data.get("each") is not None and data.get("format") != JSON:
            raise ValidationError(f"only with format: {JSON}", "each")


class _Proof(_Strict):
    by = fields.String(required=True, validate=validate.OneOf([TOKEN, FIELD, HEADER, HMAC]))
    secrets = fields.List(
        fields.String(validate=validate.Length(_SECRET_SHORTEST, error=f"at least {_SECRET_SHORTEST} characters")),
        required=True,
        validate=validate.Length(1, error="at least one"),
    )
    name = fields.String(validate=_FILLED, load_default=None)  # name of the field or header
    prefix = fields.String(load_default="")  # text before the secret or the signature
    hash = fields.String(validate=validate.OneOf(["sha1", "sha256", "sha512"]), load_default="sha256")
    encoding = fields.String(validate=validate.OneOf(["hex", "base64"]), load_default="hex")
    signed = fields.String(load_default="{body}")
    timestamp_header = fields.String(validate=_FILLED, load_default=None)
    window_s = fields.Float(validate=validate.Range(min=60), load_default=_WINDOW_S)

    @validates_schema
    def check_parts(self, data: dict[str, Any], **_: object) -> None:
        """Check that the options needed by the chosen verification are set."""
        by, signed = data["by"], set(_ANYWHERE.findall(data["signed"]))
        if by == TOKEN and any(len(secret) < TOKEN_SHORTEST for secret in data["secrets"]):
            raise ValidationError(f"at least {TOKEN_SHORTEST} characters for a token", "secrets")
        if by != TOKEN and data["name"] is None:
            raise ValidationError(f"the {'field' if by == FIELD else 'header'} it stands in", "name")
        if "body" not in signed or not signed <= {"body", "timestamp", "url"}:
            raise ValidationError("{body}, and {timestamp} or {url} where they are signed too", "signed")
        if ("timestamp" in signed) != (data["timestamp_header"] is not None):
            raise ValidationError("goes with {timestamp} in `signed`, since only a signed time says anything",
                                  "timestamp_header")  # fmt: skip


class _Answer(_Strict):
    status = fields.Integer(validate=validate.Range(200, 299), load_default=200)
    content_type = fields.String(load_default="text/plain; charset=utf-8")
    body = fields.String(load_default="ok\n")


class _ReportFields(_Strict):
    id = fields.String(required=True, validate=_FILLED)
    state = fields.String(required=True, validate=_FILLED)
    error = fields.String(validate=_FILLED, load_default=None)


class _Delivery(_Strict):
    kind = fields.String(validate=_KIND, load_default="status")
    format = fields.String(validate=validate.OneOf([FORM, QUERY, JSON]), load_default=FORM)
    each = fields.String(validate=_FILLED, load_default=None)
    fields_ = fields.Nested(_ReportFields, data_key="fields", required=True)
    states = fields.Dict(
        keys=fields.String(), values=fields.Enum(DeliveryState, by_value=True),
        required=True, validate=validate.Length(1),
    )  # fmt: skip
    opted_out = fields.List(fields.String(), load_default=list)  # error codes that mean an opt-out


class _Sending(_Strict):
    url = fields.Url(required=True, schemes={"http", "https"}, require_tld=False)
    method = fields.String(validate=validate.OneOf(["GET", "POST"]), load_default="POST")
    format = fields.String(validate=validate.OneOf([FORM, QUERY, JSON]), load_default=JSON)
    headers = fields.Dict(keys=fields.String(), values=fields.String(), load_default=dict)
    user = fields.String(load_default=None)
    password = fields.String(load_default=None)
    body = fields.Dict(keys=fields.String(), values=fields.Raw(), required=True)
    id = fields.String(validate=_FILLED, load_default=None)  # path to the id in a JSON answer
    id_pattern = fields.String(load_default=None)  # or a pattern that finds it in a text answer
    opted_out_statuses = fields.List(fields.Integer(validate=validate.Range(400, 499)), load_default=list)

    @validates("id_pattern")
    def check_pattern(self, value: str | None, **_: object) -> None:
        """Check that the pattern has exactly one group: the id."""
        try:
            groups = re.compile(value).groups if value is not None else 1
        except re.error:
            groups = 0
        if groups != 1:
            raise ValidationError("a regular expression with one group, the id")

    @validates_schema
    def check_body(self, data: dict[str, Any], **_: object) -> None:
        """Check that the body contains the recipient and the text."""
        used = set(_list_placeholders(data["body"]))
        if "text" not in used or not used & {"to", "to_digits"}:
            raise ValidationError("it needs {text} and {to} (or {to_digits})", "body")
        if not used <= set(PLACEHOLDERS):
            raise ValidationError(f"{{{min(used - set(PLACEHOLDERS))}}} is none of {', '.join(PLACEHOLDERS)}", "body")
        if data["format"] != JSON and any(isinstance(value, (dict, list)) for value in data["body"].values()):
            raise ValidationError(f"parts within parts only with format: {JSON}", "body")
        if (data["user"] is None) != (data["password"] is None):
            raise ValidationError("user and password go together", "user")
        if data["id"] is None and data["id_pattern"] is None and "id" not in used:
            raise ValidationError("where the answer has the id; or send ours with {id} in the body", "id")


class GenericOptions(Options):
    """All options of a generic gateway; inbound only without `sending`."""

    inbound = fields.Nested(_Inbound, required=True)
    proof = fields.Nested(_Proof, required=True)
    answer = fields.Nested(_Answer, load_default=lambda: _Answer().load({}))
    delivery = fields.Nested(_Delivery, load_default=None)
    sending = fields.Nested(_Sending, load_default=None)

    @validates_schema
    def check_kinds(self, data: dict[str, Any], **_: object) -> None:
        """Check that messages and delivery reports have different kinds."""
        if data.get("delivery") and data["delivery"]["kind"] == data["inbound"]["kind"]:
            raise ValidationError("another one than that of inbound", "delivery.kind")
        read = [data[part]["format"] for part in ("inbound", "delivery") if data.get(part)]
        proof = data.get("proof", {})
        if QUERY in read and proof.get("by") == HMAC and "{url}" not in proof["signed"]:
            raise ValidationError("with {url}, since the address is read", "proof.signed")


def _list_placeholders(value: Any) -> list[str]:
    if isinstance(value, str):
        return _ANYWHERE.findall(value)
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [name for part in parts for name in _list_placeholders(part)]
