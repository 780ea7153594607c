"""Retention policy of a campaign: the ages at which numbers, raw webhook calls, texts and rows are deleted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from marshmallow import Schema, fields, validate

_DAYS_MOST: Final = 36_500  # a hundred years, which means never
RETENTION: Final = "retention"  # the key in a campaign's settings


@dataclass(frozen=True, slots=True)
class Retention:
    """Retention ages, in days or hours as their names say; each is counted from the last event.

    `profiles_days` is noted with a profile when something is told for it (`expires_at`), the others are looked up. For
    the browser of an anonymous report it is counted from the report.
    """

    raw_days: int = 30
    numbers_days: int = 90
    words_days: int = 180
    rows_days: int = 730
    profiles_days: int = 730
    restricted_hours: int = 72


class RetentionSchema(Schema):
    """The fields of the setting `retention` of a campaign."""

    raw_days = fields.Integer(strict=True, validate=validate.Range(1, _DAYS_MOST))
    numbers_days = fields.Integer(strict=True, validate=validate.Range(1, _DAYS_MOST))
    words_days = fields.Integer(strict=True, validate=validate.Range(1, _DAYS_MOST))
    rows_days = fields.Integer(strict=True, validate=validate.Range(1, _DAYS_MOST))
    profiles_days = fields.Integer(strict=True, validate=validate.Range(1, _DAYS_MOST))
    restricted_hours = fields.Integer(strict=True, validate=validate.Range(1, _DAYS_MOST * 24))


@dataclass(frozen=True, slots=True)
class Cutoffs:
    """Cutoff times: data whose last event was before its cutoff is due for deletion."""

    raw: datetime
    numbers: datetime
    words: datetime
    rows: datetime
    restricted: datetime
    browsers: datetime


def read_retention(settings: Mapping[str, Any]) -> Retention:
    """Read the retention ages from a campaign's settings; missing ones have their defaults."""
    return Retention(**settings.get(RETENTION, {}))


def find_cutoffs(retention: Retention, moment: datetime) -> Cutoffs:
    """Compute the cutoff times of a retention policy at `moment`."""
    return Cutoffs(
        raw=moment - timedelta(days=retention.raw_days),
        numbers=moment - timedelta(days=retention.numbers_days),
        words=moment - timedelta(days=retention.words_days),
        rows=moment - timedelta(days=retention.rows_days),
        restricted=moment - timedelta(hours=retention.restricted_hours),
        browsers=moment - timedelta(days=retention.profiles_days),
    )
