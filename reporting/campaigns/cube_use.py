"""Decides which demographics a campaign asks: only those that its figures use (data minimisation).

The default cube counts by area, topic and month. A campaign whose figures also use demographics names them under
`settings.cube.dimensions`, or in the dimensions of its own cubes (`settings.cubes`). Demographics that are named in
neither are not asked, whatever `conversation.person` says.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from marshmallow import Schema, fields, validate

from reporting.campaigns.definition import Conversation

CUBE: Final = "cube"  # the name of the setting
CUBES: Final = "cubes"  # the setting with a campaign's own cubes by name
_NAME: Final = validate.Regexp(r"[a-z][a-z0-9_-]{0,39}\Z", error="small letters, digits, - and _")
_MOST_DAYS: Final = 3_650
_AGE: Final = "age"  # what the dimension of cubes is called
SEX, AGE_BAND, DIFFICULTY = "sex", "age_band", "difficulty"
_ALWAYS: Final = ("area", "topic", "month")
_QUESTIONS: Final = ((SEX, "sex"), (AGE_BAND, "age_band"), (DIFFICULTY, "washington_group"))
AFFECTED: Final = "affected"  # whom a report is about; the other dimensions of the affected begin with it
AFFECTED_ITEMS: Final = ("affected_number", "affected_sex", "affected_age", "affected_difficulty")
_OF_AFFECTED: Final = frozenset({AFFECTED, *AFFECTED_ITEMS})


class CubeSchema(Schema):
    """The fields of a campaign's setting `cube`."""

    dimensions = fields.List(
        fields.String(
            validate=validate.OneOf(
                [*_ALWAYS, SEX, AGE_BAND, DIFFICULTY, AFFECTED, *AFFECTED_ITEMS], error="one of: {choices}"
            ),
            required=True,
        )
    )


class CubeDefinitionSchema(Schema):
    """The fields of one of a campaign's own cubes; docs/releases.md says what they mean."""

    dimensions = fields.List(fields.String(required=True), validate=validate.Length(1, 6))
    levels = fields.List(fields.Integer(strict=True, validate=validate.Range(1, 9)))
    tables = fields.List(fields.List(fields.String(required=True)), validate=validate.Length(1, 12))
    measures = fields.List(fields.String(required=True), validate=validate.Length(1, 6))
    sensitivity = fields.String(validate=validate.OneOf(["low", "moderate", "high", "severe"]))
    period = fields.String(validate=validate.OneOf(["month", "week"]))
    floor = fields.Integer(strict=True, validate=validate.Range(0, 10_000_000))
    settling_days = fields.Integer(strict=True, validate=validate.Range(0, _MOST_DAYS))
    revision_days = fields.Integer(strict=True, validate=validate.Range(1, _MOST_DAYS))


class CubesSchema(Schema):
    """The field of a campaign's setting `cubes`, as `{"cubes": ...}`."""

    cubes = fields.Dict(keys=fields.String(validate=_NAME), values=fields.Nested(CubeDefinitionSchema))


def limit_to_cube(conversation: Conversation, settings: Mapping[str, Any]) -> Conversation:
    """Remove the questions on demographics that the campaign's cube does not use."""
    used, person = _read_dimensions(settings), conversation.person
    asked = replace(
        person,
        asks_sex=person.asks_sex and SEX in used,
        asks_age_band=person.asks_age_band and AGE_BAND in used,
        offers_washington_group=person.offers_washington_group and DIFFICULTY in used,
        asks_affected=person.asks_affected and not used.isdisjoint(_OF_AFFECTED),
        affected_items=used.intersection(AFFECTED_ITEMS),
    )
    return conversation if asked == person else replace(conversation, person=asked)


def list_unasked(conversation: Mapping[str, Any], settings: Mapping[str, Any]) -> list[str]:
    """List the defined questions on demographics that will not be asked, one line each with the reason."""
    used, person = _read_dimensions(settings), conversation.get("person", {})
    lines = [
        f"conversation.person.{question} is not asked: no figure uses it; settings.cube.dimensions does not name {name}"
        for name, question in _QUESTIONS
        if person.get(question) and name not in used
    ]
    if person.get(AFFECTED) and used.isdisjoint(_OF_AFFECTED):
        lines.append(
            "conversation.person.affected is not asked: no figure uses it; settings.cube.dimensions names none of"
            f" {', '.join((AFFECTED, *AFFECTED_ITEMS))}"
        )
    return lines


def _read_dimensions(settings: Mapping[str, Any]) -> frozenset[str]:
    named = set(settings.get(CUBE, {}).get("dimensions", ()))
    for cube in settings.get(CUBES, {}).values():
        named.update(AGE_BAND if name == _AGE else name for name in cube.get("dimensions", ()))
    return frozenset(named)
