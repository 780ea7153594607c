"""The offices of a campaign, to which moderators pass incidents on, in the definition's settings."""

from collections.abc import Mapping
from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

OFFICES: Final = "offices"  # the key in a campaign's settings
_CODE: Final = validate.Regexp(r"[a-z0-9][a-z0-9-]{0,40}\Z", error="small letters, digits and hyphens only, up to 41")
_MOST: Final = 100


class _OfficeSchema(Schema):
    code = fields.String(required=True, validate=_CODE)
    name = fields.Dict(
        keys=fields.String(), values=fields.String(validate=validate.Length(1, 100)), required=True,
        validate=validate.Length(1),
    )  # fmt: skip


class OfficesSchema(Schema):
    """The setting `offices`: a list of codes with names by language."""

    offices = fields.List(fields.Nested(_OfficeSchema), validate=validate.Length(0, _MOST))

    @validates_schema
    def check_codes(self, data: Mapping[str, Any], **_: object) -> None:
        """Refuse two offices of one code. Raises ValidationError."""
        codes = [office["code"] for office in data.get(OFFICES, ())]
        if len(codes) != len(set(codes)):
            raise ValidationError("two offices have the same code", OFFICES)


def read_offices(settings: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Read the offices of a campaign: names by language, by code, in order."""
    return {office["code"]: office["name"] for office in settings.get(OFFICES, ())}
