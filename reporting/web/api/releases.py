"""The published figures for programs: releases, cubes, dimensions, areas and observations, read by the public role."""

import re
from collections.abc import Callable, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from flask import Response, jsonify, request
from marshmallow import Schema, fields, validate

from reporting.aggregation.dimension import TOTAL
from reporting.disclosure.non_negative import UNITS
from reporting.publishing.cell_queries import list_areas
from reporting.publishing.observations.json_stat import write_json_stat
from reporting.publishing.observations.query import ObservationKey, list_areas_page, list_observations
from reporting.publishing.observations.selection import ObservationFilter, UnknownCode, check_filter, list_levels
from reporting.publishing.release_info import ReleaseInfo
from reporting.publishing.release_queries import get_release, list_cubes, list_releases
from reporting.web.api.blueprint import ApiBlueprint
from reporting.web.api.public_answer import (
    DAY_S,
    SHORT_S,
    get_public,
    kept_for,
    open_to_other_sites,
    read_cursor,
    write_cursor,
)
from reporting.web.auth import for_anybody
from reporting.web.edge.problem_json import Problem
from reporting.web.public_release import absent_is_told, get_open, make_address

blueprint = ApiBlueprint("api_releases", __name__, description="The published figures.")
open_to_other_sites(blueprint)

_LIMIT: Final = 100
_LIMIT_MOST: Final = 1_000
_DATA_SET_MOST: Final = 20_000  # observations of a JSON-stat data set, which has no pages
_NAMES_MOST: Final = 200  # of one filter
_CODE_FILTER: Final = re.compile(r"c\[([^\]]{1,200})\]")
_CODES_DOC: Final = {
    "in": "query", "name": "c", "style": "deepObject", "explode": True,
    "description": "Codes by dimension, several with commas: `c[sex]=F,M`. `_T` is all categories together, which"
    " every dimension has. Without it: every code.",
    "schema": {"type": "object", "additionalProperties": {"type": "string"}},
}  # fmt: skip


class _Names(fields.String):
    """Several names, separated by commas, in one parameter."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> list[str]:  # type: ignore[override]
        said = super()._deserialize(value, attr, data, **options)
        return [name for name in said.split(",") if name][:_NAMES_MOST]


class _ReleaseSummary(Schema):
    id = fields.Integer()
    campaign = fields.String(attribute="campaign_slug")
    campaign_name = fields.String()
    cube = fields.String()
    period = fields.String(metadata={"description": "A month, a week, a year, or `all`."})
    version = fields.Integer()
    created_at = fields.AwareDateTime()
    withdrawn_at = fields.AwareDateTime(allow_none=True)
    withdrawn_reason = fields.String(allow_none=True)
    page = fields.Url(metadata={"description": "The release for people, to cite."})


class _ReleaseDescription(_ReleaseSummary):
    measures = fields.List(fields.String())
    levels = fields.List(fields.Integer(), metadata={"description": "Of areas with figures; 0 is the country."})
    threshold = fields.Integer(metadata={"description": "Figures of fewer people are null, with status `Q`."})
    topics = fields.Dict(metadata={"description": "Names by code and language."})
    policy = fields.Dict(metadata={"description": "How the figures are protected."})
    code_version = fields.String()


class _ReleasePage(Schema):
    releases = fields.List(fields.Nested(_ReleaseSummary))
    next = fields.Url(allow_none=True, metadata={"description": "The next page; null at the end."})


class _Cube(Schema):
    campaign = fields.String(attribute="campaign_slug")
    campaign_name = fields.String()
    cube = fields.String()
    latest_release = fields.Integer()
    periods = fields.List(fields.String(), metadata={"description": "In order."})


class _CubeList(Schema):
    cubes = fields.List(fields.Nested(_Cube))


class _Dimension(Schema):
    name = fields.String()
    code_list = fields.String(metadata={"description": "The list that the codes are from, such as `SDMX:CL_SEX(2.1)`."})
    codes = fields.List(fields.String(), metadata={"description": "With `_T`, all categories, where it has figures."})


class _DimensionList(Schema):
    dimensions = fields.List(fields.Nested(_Dimension))


class _Area(Schema):
    code = fields.String()
    level = fields.Integer()
    name = fields.String()
    parent_code = fields.String(allow_none=True)


class _AreaPage(Schema):
    areas = fields.List(fields.Nested(_Area))
    next = fields.Url(allow_none=True)


class _Observation(Schema):
    area = fields.String(metadata={"description": "`_T` the country, `_U` unknown."})
    level = fields.Integer()
    period = fields.String()
    codes = fields.Dict(keys=fields.String(), values=fields.String(), metadata={"description": "By dimension."})
    measure = fields.String()
    value = fields.Integer(allow_none=True, metadata={"description": "Null where it is too small to be shown: not 0."})
    estimate = fields.Float(allow_none=True, metadata={"description": "With its noise; sums are exact."})
    standard_error = fields.Float(allow_none=True)
    status = fields.String(metadata={"description": "SDMX CL_OBS_STATUS: `A` normal, `Q` suppressed."})
    confidentiality = fields.String(metadata={"description": "SDMX CL_CONF_STATUS: `F` free, `C` confidential."})


class _ObservationPage(Schema):
    observations = fields.List(fields.Nested(_Observation))
    next = fields.Url(allow_none=True)


class _JsonStat(Schema):
    version = fields.String()
    class_ = fields.String(data_key="class", attribute="class")
    label = fields.String()
    source = fields.String()
    updated = fields.String()
    id = fields.List(fields.String())
    size = fields.List(fields.Integer())
    role = fields.Dict()
    dimension = fields.Dict()
    value = fields.Dict(metadata={"description": "Figures by their position."})
    status = fields.Dict()
    extension = fields.Dict()


class _PageQuery(Schema):
    limit = fields.Integer(load_default=_LIMIT, validate=validate.Range(1, _LIMIT_MOST))
    after = fields.String(load_default=None, metadata={"description": "From `next` of the page before."})


class _ReleaseQuery(_PageQuery):
    campaign = fields.String(load_default=None)
    cube = fields.String(load_default=None)


class _AreaQuery(_PageQuery):
    level = fields.Integer(load_default=None, validate=validate.Range(0, 20))


class _Filter(Schema):
    area = _Names(load_default=(), metadata={"description": "Codes of areas, separated by commas."})
    period = _Names(load_default=())
    measure = _Names(load_default=())
    level = fields.Integer(load_default=None, validate=validate.Range(0, 20))


class _ObservationQuery(_Filter, _PageQuery):
    pass


@blueprint.get("/releases")
@for_anybody
@kept_for(SHORT_S)
@blueprint.arguments(_ReleaseQuery, location="query")
@blueprint.response(200, _ReleasePage)
@blueprint.doc(summary="Releases, newest first")
def show_releases(values: dict[str, Any]) -> dict[str, Any]:
    """List the published releases. Withdrawn ones stay in the list, with the reason; their figures are gone."""
    before = read_cursor(values["after"], [int])[0] if values["after"] else None
    with get_public().begin() as connection:
        found = list_releases(
            connection, values["campaign"], values["cube"], before_id=before, limit=values["limit"] + 1
        )
    page, following = _cut(found, values["limit"], lambda release: [release.id])
    return {"releases": [_summarise(release) for release in page], "next": following}


@blueprint.get("/cubes")
@for_anybody
@kept_for(SHORT_S)
@blueprint.response(200, _CubeList)
@blueprint.doc(summary="Cubes with their newest release")
def show_cubes() -> dict[str, Any]:
    """List the cubes of all campaigns: what is counted, for which periods, and which release is the newest."""
    with get_public().begin() as connection:
        return {"cubes": list_cubes(connection)}


@blueprint.get("/releases/<int:release_id>")
@for_anybody
@kept_for(SHORT_S)
@blueprint.response(200, _ReleaseDescription)
@blueprint.doc(summary="A release")
def show_release(release_id: int) -> dict[str, Any]:
    """Describe a release: what it counts, at which levels of areas, and how its figures are protected."""
    with get_public().begin() as connection, absent_is_told():
        release = get_release(connection, release_id)
    told = ("measures", "threshold", "topics", "policy", "code_version")
    return _summarise(release) | {name: getattr(release, name) for name in told} | {"levels": list_levels(release)}


@blueprint.get("/releases/<int:release_id>/dimensions")
@for_anybody
@kept_for(DAY_S)
@blueprint.response(200, _DimensionList)
@blueprint.doc(summary="The dimensions of a release with their codes")
def show_dimensions(release_id: int) -> dict[str, Any]:
    """List the dimensions besides area, period and measure, each with its codes and the list they are from."""
    release = get_open(release_id)
    totals = (TOTAL,) if release.has_noise else ()
    return {
        "dimensions": [
            {"name": each.name, "code_list": each.code_list, "codes": [*totals, *each.codes]}
            for each in release.dimensions
        ]
    }


@blueprint.get("/releases/<int:release_id>/areas")
@for_anybody
@kept_for(DAY_S)
@blueprint.arguments(_AreaQuery, location="query")
@blueprint.response(200, _AreaPage)
@blueprint.doc(summary="The areas of a release")
def show_areas(values: dict[str, Any], release_id: int) -> dict[str, Any]:
    """List areas by level and code, as they were when the release was made."""
    after = tuple(read_cursor(values["after"], [int, str])) if values["after"] else None
    release = get_open(release_id)
    with get_public().begin() as connection:
        found = list_areas_page(connection, release.id, values["level"], values["limit"] + 1, after)
    page, following = _cut(found, values["limit"], lambda area: [area.level, area.code])
    return {"areas": page, "next": following}


@blueprint.get("/releases/<int:release_id>/observations")
@for_anybody
@kept_for(DAY_S)
@blueprint.arguments(_ObservationQuery, location="query")
@blueprint.response(200, _ObservationPage)
@blueprint.doc(summary="Observations by filter", parameters=[_CODES_DOC])
def show_observations(values: dict[str, Any], release_id: int) -> Response:
    """List the figures that a filter lets through, a page at a time; what is not filtered is all there."""
    release = get_open(release_id)
    asked = _read_filter(release, values, values["level"])
    after = _read_key(values["after"], len(release.dimensions)) if values["after"] else None
    with get_public().begin() as connection:
        found = list_observations(connection, release, asked, values["limit"] + 1, after)
    page, following = _cut(
        found, values["limit"], lambda row: [row.area_level, row.area_code, row.month, row.measure, *row.codes]
    )
    names = [dimension.name for dimension in release.dimensions]
    # Written as it is: to pass a thousand rows through the schema takes longer than to read them.
    return jsonify({"observations": [_describe(row, names) for row in page], "next": following})


@blueprint.get("/releases/<int:release_id>/json-stat")
@for_anybody
@kept_for(DAY_S)
@blueprint.arguments(_Filter, location="query")
@blueprint.response(200, _JsonStat)
@blueprint.doc(summary="Observations by filter, as JSON-stat 2.0", parameters=[_CODES_DOC])
def show_json_stat(values: dict[str, Any], release_id: int) -> dict[str, Any]:
    """Give the figures of one level of areas, the finest where none is named, as one data set."""
    release = get_open(release_id)
    level = release.deepest_level if values["level"] is None else values["level"]
    asked = _read_filter(release, values, level)
    with get_public().begin() as connection:
        found = list_observations(connection, release, asked, _DATA_SET_MOST + 1)
        names = list_areas(connection, release.id).get(level, {})
    if len(found) > _DATA_SET_MOST:
        told = f"More than {_DATA_SET_MOST} observations. Filter more, or read /observations page by page."
        raise Problem(422, told)
    return write_json_stat(release, found, names)


def _read_filter(release: ReleaseInfo, values: dict[str, Any], level: int | None) -> ObservationFilter:
    """Read the filter of the request. Raises Problem (422) with what may be named."""
    codes = {
        found[1]: request.args[name].split(",")[:_NAMES_MOST]
        for name in request.args
        if (found := _CODE_FILTER.fullmatch(name))
    }
    levels = () if level is None else (level,)
    asked = ObservationFilter(values["area"], levels, values["period"], values["measure"], codes)
    try:
        check_filter(release, asked)
    except UnknownCode as error:
        told = f"There is: {', '.join(error.known)}."
        raise Problem(422, "Some fields are not as they must be.", {error.field: [told]}) from None
    return asked


def _read_key(cursor: str, dimensions: int) -> ObservationKey:
    level, area, period, measure, *codes = read_cursor(cursor, [int, str, str, str, *[str] * dimensions])
    return ObservationKey(tuple(codes), level, area, period, measure)


def _cut(found: Sequence[Any], limit: int, key: Callable[[Any], list[Any]]) -> tuple[Sequence[Any], str | None]:
    """Cut a page from rows of which one more was read than it holds; return it and the address of the next page."""
    page = found[:limit]
    if len(found) <= limit:
        return page, None
    arguments = {**request.args, "after": write_cursor(key(page[-1]))}
    return page, make_address(f"{request.path}?{urlencode(arguments)}")


def _summarise(release: ReleaseInfo) -> dict[str, Any]:
    told = (
        "id", "campaign_slug", "campaign_name", "cube", "period", "version", "created_at", "withdrawn_at",
        "withdrawn_reason",
    )  # fmt: skip
    return {name: getattr(release, name) for name in told} | {"page": make_address(f"/data/releases/{release.id}")}


def _describe(row: Any, names: Sequence[str]) -> dict[str, Any]:
    return {
        "area": row.area_code, "level": row.area_level, "period": row.month,
        "codes": dict(zip(names, row.codes, strict=True)), "measure": row.measure, "value": row.value,
        "estimate": None if row.estimate is None else row.estimate / UNITS,
        "standard_error": row.standard_error, "status": row.status, "confidentiality": row.confidentiality,
    }  # fmt: skip
