"""Which reports of a campaign a second moderator reads: a random share, and sensitive ones."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from marshmallow import Schema, fields, validate

SECOND_READING: Final = "second_reading"  # the key in a campaign's settings


@dataclass(frozen=True, slots=True)
class SecondReadingPolicy:
    """The random share of decided reports, in percent, and whether sensitive ones need two readers to count."""

    percent: float = 5.0
    sensitive: bool = True


class SecondReadingSchema(Schema):
    """The fields of the setting `second_reading` of a campaign."""

    percent = fields.Float(validate=validate.Range(0, 100))
    sensitive = fields.Boolean()


def read_second_reading(settings: Mapping[str, Any]) -> SecondReadingPolicy:
    """Read the policy from a campaign's settings; missing fields have their defaults."""
    return SecondReadingPolicy(**settings.get(SECOND_READING, {}))
