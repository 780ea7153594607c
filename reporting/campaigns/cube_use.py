"""Decides which demographics a campaign asks: only those that its figures use (data minimisation).

Figures use what the dimensions of a campaign's cubes name (`settings.cubes`); the cube of a campaign that defines none
counts by area, topic and month. Demographics that no cube names are not asked, whatever `conversation.person` says.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, validate

from reporting.campaigns.definition import Conversation

CUBES: Final = "cubes"  # the setting with a campaign's cubes by name
DEFAULT_CUBE: Final = "incidents"  # of a campaign that defines none
_EARLIER: Final = "cube"  # how definitions named the dimensions of the only cube before they defined cubes
_NAME: Final = validate.Regexp(r"[a-z][a-z0-9_-]{0,39}\Z", error="small letters, digits, - and _")
_MOST_DAYS: Final = 3_650
SEX, AGE, DIFFICULTY = "sex", "age", "difficulty"
_EARLIER_NAMES: Final = {"age_band": AGE}
_ALWAYS: Final = ("area", "month")  # every cube has them
_TOPIC: Final = "topic"
_QUESTIONS: Final = ((SEX, "sex"), (AGE, "age_band"), (DIFFICULTY, "washington_group"))
AFFECTED: Final = "affected"  # whom a report is about; the other dimensions of the affected begin with it
AFFECTED_ITEMS: Final = ("affected_number", "affected_sex", "affected_age", "affected_difficulty")
_OF_AFFECTED: Final = frozenset({AFFECTED, *AFFECTED_ITEMS})


class EarlierCubeSchema(Schema):
    """The fields of the earlier setting `cube`, which `bring_cube_forward` reads."""

    dimensions = fields.List(
        fields.String(
            validate=validate.OneOf([*_ALWAYS, _TOPIC, SEX, *_EARLIER_NAMES, DIFFICULTY], error="one of: {choices}"),
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


def bring_cube_forward(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Make the cube that the earlier setting `cube` stands for, which definitions may still have.

    Raises ValidationError where that is wrong, or stands beside cubes.
    """
    rest = {name: value for name, value in settings.items() if name != _EARLIER}
    if _EARLIER not in settings:
        return rest
    if faults := EarlierCubeSchema().validate(settings[_EARLIER]):
        raise ValidationError({f"settings.{_EARLIER}": faults})
    if rest.get(CUBES):
        raise ValidationError(
            {f"settings.{_EARLIER}": ["beside settings.cubes, which names the dimensions of each cube"]}
        )
    named = [_EARLIER_NAMES.get(name, name) for name in settings[_EARLIER].get("dimensions", ())]
    used = [name for name in named if name not in (*_ALWAYS, _TOPIC)]
    if not used:
        return rest
    return {**rest, CUBES: {DEFAULT_CUBE: {"dimensions": [_TOPIC, *used], "measures": ["people", "incidents"]}}}


def limit_to_cube(conversation: Conversation, settings: Mapping[str, Any]) -> Conversation:
    """Remove the questions on demographics that the campaign's cube does not use."""
    used, person = _read_dimensions(settings), conversation.person
    asked = replace(
        person,
        asks_sex=person.asks_sex and SEX in used,
        asks_age_band=person.asks_age_band and AGE in used,
        offers_washington_group=person.offers_washington_group and DIFFICULTY in used,
        asks_affected=person.asks_affected and not used.isdisjoint(_OF_AFFECTED),
        affected_items=used.intersection(AFFECTED_ITEMS),
    )
    return conversation if asked == person else replace(conversation, person=asked)


def list_unasked(conversation: Mapping[str, Any], settings: Mapping[str, Any]) -> list[str]:
    """List the defined questions on demographics that will not be asked, one line each with the reason."""
    used, person = _read_dimensions(settings), conversation.get("person", {})
    lines = [
        f"conversation.person.{question} is not asked: no figure uses it; no cube has the dimension {name}"
        for name, question in _QUESTIONS
        if person.get(question) and name not in used
    ]
    if person.get(AFFECTED) and used.isdisjoint(_OF_AFFECTED):
        lines.append(
            "conversation.person.affected is not asked: no figure uses it; no cube has one of the dimensions"
            f" {', '.join((AFFECTED, *AFFECTED_ITEMS))}"
        )
    return lines


def _read_dimensions(settings: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(name for cube in settings.get(CUBES, {}).values() for name in cube.get("dimensions", ()))
