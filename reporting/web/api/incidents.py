"""Single incidents for identified partners, within the scope and the purpose of their key; each call is kept."""

from dataclasses import asdict
from typing import Any, Final
from urllib.parse import urlencode

from flask import request
from marshmallow import Schema, fields, validate

from geo.tables import PublicKind
from reporting.accounts.limit import INCIDENTS_BY_KEY, Try
from reporting.conversation.status import IncidentResponse
from reporting.publishing.partner_incidents import IncidentQuery, PartnerIncident, read_incidents
from reporting.web.api.blueprint import KEY_SCHEME, ApiBlueprint, get_holder
from reporting.web.api.public_answer import read_cursor, write_cursor
from reporting.web.auth import needs_key
from reporting.web.edge.problem_json import Problem
from reporting.web.edge.rate_limits import count_or_refuse
from reporting.web.edge.request_transaction import get_connection
from reporting.web.public_release import make_address

blueprint = ApiBlueprint("api_incidents", __name__, description="Single incidents for partners, redacted.")

_LIMIT: Final = 100
_LIMIT_MOST: Final = 200
_CODE: Final = validate.Regexp(r"[^\x00]{1,200}\Z", error="a code")


class PlaceSchema(Schema):
    """Where a single report or incident is, as far as that may be told."""

    kind = fields.Enum(PublicKind, by_value=True)
    code = fields.String(metadata={"description": "Of the area, or the index of the H3 cell."})
    name = fields.String(metadata={"description": "Of the area."})
    lat = fields.Float(allow_none=True, metadata={"description": "Middle of the cell, not of the report."})
    lon = fields.Float(allow_none=True)
    radius_m = fields.Integer(allow_none=True, metadata={"description": "Of the circle around the cell."})


class _Incident(Schema):
    id = fields.Integer()
    topic = fields.String()
    occurred_on = fields.Date()
    reported_on = fields.Date(metadata={"description": "Of its first approved report."})
    sources = fields.String(
        validate=validate.OneOf(["1", "2T4", "5T9", "GE10"]),
        metadata={"description": "How many independent people reported it, as a class."},
    )
    place = fields.Nested(
        PlaceSchema, allow_none=True, metadata={"description": "No nearer than enough people live; null where unknown."}
    )
    response = fields.Enum(IncidentResponse, by_value=True)
    office = fields.Dict(keys=fields.String(), values=fields.String(), allow_none=True)


class _IncidentPage(Schema):
    incidents = fields.List(fields.Nested(_Incident))
    next = fields.Url(allow_none=True, metadata={"description": "The next page; null at the end."})


class _IncidentQuerySchema(Schema):
    limit = fields.Integer(load_default=_LIMIT, validate=validate.Range(1, _LIMIT_MOST))
    after = fields.String(load_default=None, metadata={"description": "From `next` of the page before."})
    topic = fields.String(load_default=None, validate=_CODE)
    area = fields.String(load_default=None, validate=_CODE, metadata={"description": "Code, of any level."})
    since = fields.Date(load_default=None, metadata={"description": "Happened on this day or later."})


@blueprint.get("/incidents")
@needs_key
@blueprint.arguments(_IncidentQuerySchema, location="query")
@blueprint.response(200, _IncidentPage)
@blueprint.doc(security=KEY_SCHEME, summary="Incidents one by one, for a key that reads them")
def show_incidents(values: dict[str, Any]) -> dict[str, Any]:
    """List approved incidents of the key's areas and topics by their numbers: no words, no senders, a coarse place."""
    holder = get_holder()
    if not holder.reads_incidents:
        raise Problem(403, "This key reads no incidents. Whoever runs the campaign makes one that does.")
    count_or_refuse(Try(INCIDENTS_BY_KEY, str(holder.key_id)))
    after = read_cursor(values["after"], [int])[0] if values["after"] else 0
    query = IncidentQuery(values["topic"], values["area"], values["since"], after, values["limit"])
    found, has_more = read_incidents(get_connection(), holder, query)
    following = None
    if has_more:
        arguments = urlencode({**request.args, "after": write_cursor([found[-1].id])})
        following = make_address(f"{request.path}?{arguments}")
    return {"incidents": [_describe(incident) for incident in found], "next": following}


def _describe(incident: PartnerIncident) -> dict[str, Any]:
    described = {name: getattr(incident, name) for name in ("id", "topic", "occurred_on", "reported_on", "sources")}
    return described | {
        "place": asdict(incident.place) if incident.place else None,
        "response": incident.response,
        "office": incident.office,
    }
