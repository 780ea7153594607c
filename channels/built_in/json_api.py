"""The JSON API as a channel: the schema of a partner's message, and its conversion to an inbound message."""

import math
from collections.abc import Mapping
from typing import Any, Final

from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema

from channels.base.items import InboundMessage
from channels.base.request import mend_halves
from channels.phone_number import find_international

NAME: Final = "api"
TEXT_LONGEST: Final = 10_000  # characters
_ID_LONGEST: Final = 100
_ANSWERS_MOST: Final = 50
_CODE: Final = validate.Regexp(r"^[a-z0-9][a-z0-9_-]{0,62}\Z", error="small letters, digits, - and _ only")
# A question code; every XLSForm name is allowed.
_QUESTION: Final = validate.Regexp(r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}\Z", error="letters, digits, '_', '-', '.' only")
_LANGUAGE: Final = validate.Regexp(r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z", error="a language code such as ne or pt-BR")


class ApiMessage(Schema):
    """A message as a partner's program sends it."""

    class Meta:
        """An unknown field is an error, so that misspelt ones are not dropped silently."""

        unknown = RAISE

    id = fields.String(
        required=True,
        validate=[validate.Length(1, _ID_LONGEST), validate.Regexp(r"^[!-~]+\Z", error="printable ASCII, no blanks")],
        metadata={"description": "Your own id of the message. Sent again with the same id it is not taken twice."},
    )
    text = fields.String(
        required=True,
        validate=validate.Length(1, TEXT_LONGEST),
        metadata={"description": "What the person wrote, as they wrote it."},
    )
    sender = fields.String(
        validate=validate.Length(1, 100),
        metadata={"description": "Their phone number, if they agreed. It is kept encrypted and never published."},
    )
    sent_at = fields.AwareDateTime(metadata={"description": "When they wrote it: ISO 8601 with a time zone."})
    lat = fields.Float(validate=validate.Range(-90, 90), metadata={"description": "Degrees, WGS 84, with lon."})
    lon = fields.Float(validate=validate.Range(-180, 180), metadata={"description": "Degrees, WGS 84, with lat."})
    place = fields.String(validate=validate.Length(1, 300), metadata={"description": "Where, in words."})
    topic = fields.String(validate=_CODE, metadata={"description": "The code of one of the campaign's topics."})
    language = fields.String(validate=_LANGUAGE, metadata={"description": "The language they speak."})
    answers = fields.Dict(
        keys=fields.String(validate=_QUESTION),
        values=fields.Raw(),
        validate=validate.Length(max=_ANSWERS_MOST),
        metadata={"description": "Answers to the campaign's form by question code: text, number or choice code."},
    )

    @validates_schema
    def _check_point(self, data: dict[str, Any], **_: object) -> None:
        if ("lat" in data) != ("lon" in data):
            raise ValidationError("a point is both lat and lon", "lat" if "lon" in data else "lon")

    @validates_schema
    def _check_answers(self, data: dict[str, Any], **_: object) -> None:
        for code, answer in data.get("answers", {}).items():
            is_value = isinstance(answer, (str, int)) or (isinstance(answer, float) and math.isfinite(answer))
            if not is_value or len(str(answer)) > TEXT_LONGEST:
                raise ValidationError({"answers": {code: ["a text, a number or the code of a choice"]}})


def make_external_id(partner: str, message_id: str) -> str:
    """Make the id under which a message is stored; with the partner's name, since partners number independently."""
    return f"{partner}:{message_id}"


def make_message(values: Mapping[str, Any], *, partner: str, region: str | None, reference: str) -> InboundMessage:
    """Make the inbound message of checked values. `region` is the country of numbers without a country code."""
    answers = dict(values.get("answers", {}))
    answers.update({name: values[name] for name in ("place", "topic") if name in values})
    answers = {code: _clean(value) if isinstance(value, str) else value for code, value in answers.items()}
    sender = _clean(values.get("sender", ""))
    return InboundMessage(
        external_id=make_external_id(partner, values["id"]),
        address=find_international(sender, region),
        campaign_address=None,
        text=values["text"],
        sent_at=values.get("sent_at"),
        point=(values["lat"], values["lon"]) if "lat" in values else None,
        answers=answers,
        language=values.get("language"),
        reference=reference,
    )


def _clean(words: str) -> str:
    """Remove what the database cannot store: NUL characters and lone surrogates."""
    return mend_halves(words.replace("\x00", ""))
