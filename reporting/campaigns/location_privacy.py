"""Location privacy settings of a campaign: how coarse the public location of a single report must be."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

LOCATION_PRIVACY: Final = "location_privacy"  # the key in a campaign's settings
CELL: Final = "cell"
AREA: Final = "area"


@dataclass(frozen=True, slots=True)
class LocationPrivacy:
    """How many people, or for cells distinct reporters, a public location must contain; 0 turns that criterion off."""

    people: int = 1_000
    reporters: int = 10
    shape: str = CELL


class LocationPrivacySchema(Schema):
    """The fields of the setting `location_privacy` of a campaign."""

    people = fields.Integer(strict=True, validate=validate.Range(0, 10**9))
    reporters = fields.Integer(strict=True, validate=validate.Range(0, 10**9))
    shape = fields.String(validate=validate.OneOf([CELL, AREA]))

    @validates_schema
    def check_somebody(self, data: Mapping[str, Any], **_: object) -> None:
        """Refuse settings without any minimum, because the location would be exact. Raises ValidationError."""
        chosen = LocationPrivacy(**data)
        if not chosen.people and (chosen.shape == AREA or not chosen.reporters):
            raise ValidationError("a place must hold somebody", "people")


def read_location_privacy(settings: Mapping[str, Any]) -> LocationPrivacy:
    """Read a campaign's location privacy settings; missing ones have their defaults."""
    return LocationPrivacy(**settings.get(LOCATION_PRIVACY, {}))
