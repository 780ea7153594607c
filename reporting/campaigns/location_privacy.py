"""How coarse the place of a single report must be outside of the moderation area, as a campaign's settings say."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

LOCATION_PRIVACY: Final = "location_privacy"  # the key in a campaign's settings
CELL: Final = "cell"
AREA: Final = "area"


@dataclass(frozen=True, slots=True)
class LocationPrivacy:
    """How many a shown place must hold, people or, for cells, distinct reporters; 0 says that this way is not open."""

    people: int = 1_000
    reporters: int = 10
    shape: str = CELL


class LocationPrivacySchema(Schema):
    """`location_privacy` in the settings of a campaign's definition."""

    people = fields.Integer(strict=True, validate=validate.Range(0, 10**9))
    reporters = fields.Integer(strict=True, validate=validate.Range(0, 10**9))
    shape = fields.String(validate=validate.OneOf([CELL, AREA]))

    @validates_schema
    def check_somebody(self, data: Mapping[str, Any], **_: object) -> None:
        """A place that needs to hold nobody would be exact."""
        chosen = LocationPrivacy(**data)
        if not chosen.people and (chosen.shape == AREA or not chosen.reporters):
            raise ValidationError("a place must hold somebody", "people")


def read_location_privacy(settings: Mapping[str, Any]) -> LocationPrivacy:
    """What a campaign's settings say, the defaults for what they do not."""
    return LocationPrivacy(**settings.get(LOCATION_PRIVACY, {}))
