"""Decides which demographics a campaign asks: only those that its figures use (data minimisation).

The cube counts by area, topic and month. A campaign whose figures also use demographics names them under
`settings.cube.dimensions`. Demographics that are not named there are not asked, whatever `conversation.person` says.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from marshmallow import Schema, fields, validate

from reporting.campaigns.definition import Conversation

CUBE: Final = "cube"  # the name of the setting
SEX, AGE_BAND, DIFFICULTY = "sex", "age_band", "difficulty"
_ALWAYS: Final = ("area", "topic", "month")
_QUESTIONS: Final = ((SEX, "sex"), (AGE_BAND, "age_band"), (DIFFICULTY, "washington_group"))


class CubeSchema(Schema):
    """The fields of a campaign's setting `cube`."""

    dimensions = fields.List(
        fields.String(
            validate=validate.OneOf([*_ALWAYS, SEX, AGE_BAND, DIFFICULTY], error="one of: {choices}"), required=True
        )
    )


def limit_to_cube(conversation: Conversation, settings: Mapping[str, Any]) -> Conversation:
    """Remove the questions on demographics that the campaign's cube does not use."""
    used, person = _read_dimensions(settings), conversation.person
    asked = replace(
        person,
        asks_sex=person.asks_sex and SEX in used,
        asks_age_band=person.asks_age_band and AGE_BAND in used,
        offers_washington_group=person.offers_washington_group and DIFFICULTY in used,
    )
    return conversation if asked == person else replace(conversation, person=asked)


def list_unasked(conversation: Mapping[str, Any], settings: Mapping[str, Any]) -> list[str]:
    """List the defined questions on demographics that will not be asked, one line each with the reason."""
    used, person = _read_dimensions(settings), conversation.get("person", {})
    return [
        f"conversation.person.{question} is not asked: no figure uses it; settings.cube.dimensions does not name {name}"
        for name, question in _QUESTIONS
        if person.get(question) and name not in used
    ]


def _read_dimensions(settings: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(settings.get(CUBE, {}).get("dimensions", ()))
