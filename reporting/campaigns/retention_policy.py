"""How long a campaign keeps what it was told: the ages at which numbers, raw calls, words and rows go."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from marshmallow import Schema, fields, validate

_DAYS_MOST: Final = 36_500  # a hundred years: never, for whoever must keep everything
RETENTION: Final = "retention"  # the key in a campaign's settings


@dataclass(frozen=True, slots=True)
class Retention:
    """The ages, in days or hours as their names say; each is counted from the last thing that happened."""

    raw_days: int = 30
    numbers_days: int = 90
    words_days: int = 180
    rows_days: int = 730
    restricted_hours: int = 72


class RetentionSchema(Schema):
    """`retention` in the settings of a campaign's definition."""

    raw_days = fields.Integer(strict=True, validate=validate.Range(1, _DAYS_MOST))
    numbers_days = fields.Integer(strict=True, validate=validate.Range(1, _DAYS_MOST))
    words_days = fields.Integer(strict=True, validate=validate.Range(1, _DAYS_MOST))
    rows_days = fields.Integer(strict=True, validate=validate.Range(1, _DAYS_MOST))
    restricted_hours = fields.Integer(strict=True, validate=validate.Range(1, _DAYS_MOST * 24))


@dataclass(frozen=True, slots=True)
class Cutoffs:
    """What last happened before these moments is due."""

    raw: datetime
    numbers: datetime
    words: datetime
    rows: datetime
    restricted: datetime


def read_retention(settings: Mapping[str, Any]) -> Retention:
    """The ages that a campaign's settings say, the defaults for those they do not."""
    return Retention(**settings.get(RETENTION, {}))


def find_cutoffs(retention: Retention, moment: datetime) -> Cutoffs:
    """The moments before which something is due at `moment`."""
    return Cutoffs(
        raw=moment - timedelta(days=retention.raw_days),
        numbers=moment - timedelta(days=retention.numbers_days),
        words=moment - timedelta(days=retention.words_days),
        rows=moment - timedelta(days=retention.rows_days),
        restricted=moment - timedelta(hours=retention.restricted_hours),
    )
