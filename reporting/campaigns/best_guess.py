"""How often a guess about one person may be right at most, over all cubes of a campaign: the cap of its protection.

A guess is right 50 of 100 times by a coin. The caps hold over every cube, revision and week, under whatever name:
`reporting/aggregation/ledger.py` refuses a draw that would exceed them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

BEST_GUESS: Final = "best_guess"  # the key in a campaign's settings
_LEAST: Final = 51  # of 100; 50 is a coin, of which nothing can be drawn
_MONTH_MOST: Final = 85  # of 100: mu of 2
_YEAR_MOST: Final = 99  # of 100; 100 would be no promise


@dataclass(frozen=True, slots=True)
class BestGuess:
    """The caps, of 100 guesses: about a person who reports in one month, and about one who reports all year.

    The defaults hold a cube of moderate sensitivity and one of high sensitivity each month, with the revision of both.
    """

    month: int = 72
    year: int = 98


class BestGuessSchema(Schema):
    """The fields of the setting `best_guess` of a campaign."""

    month = fields.Integer(strict=True, validate=validate.Range(_LEAST, _MONTH_MOST))
    year = fields.Integer(strict=True, validate=validate.Range(_LEAST, _YEAR_MOST))

    @validates_schema
    def _check_order(self, data: dict[str, Any], **_: object) -> None:
        caps = BestGuess(**data)
        if caps.month > caps.year:
            raise ValidationError(f"{caps.month} of a month is above {caps.year} of a year", "month")


def read_best_guess(settings: Mapping[str, Any]) -> BestGuess:
    """Read the caps from a campaign's settings; missing ones have their defaults."""
    return BestGuess(**settings.get(BEST_GUESS, {}))
