"""Open311 GeoReport v2 for civic tools: services, requests in, and what became of them, at area level.

A request goes the way of every message: stored before the answer, then read, placed and put before a moderator. Whoever
asks is told state, topic and public location: never words, numbers or an exact point. A list of requests is for the
partner who handed them in: a public one would say when a person of an area wrote (docs/adr/0021).
"""

import secrets
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, Final, cast

import structlog
from flask import Blueprint, Flask, Response, request
from sqlalchemy import Connection, Row, func, select
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException

from channels.built_in import json_api as channel
from config.logging import describe
from reporting.accounts.limit import REFERENCE_BY_NETWORK
from reporting.conversation.status import Outcome, ReportProgress, find_outcome
from reporting.inbox.store import StoreUnavailable
from reporting.languages.references import find_reference
from reporting.models.account import Decision
from reporting.models.base import now
from reporting.models.campaign import Campaign, Topic
from reporting.models.message import Message
from reporting.models.report import Report
from reporting.models.states import ReportState
from reporting.publishing.public_location import PublicPlace, find_public_place
from reporting.web.api.blueprint import get_holder
from reporting.web.auth import for_anybody, needs_form_key, needs_key
from reporting.web.edge.database_unavailable import check_outage
from reporting.web.edge.problem_json import Problem
from reporting.web.edge.rate_limits import get_limiter, try_by_network
from reporting.web.edge.request_transaction import get_connection, get_program
from reporting.web.formatting import choose_name
from reporting.web.open311.answer import Row as Fields
from reporting.web.open311.answer import answer, answer_one, refuse

blueprint = Blueprint("open311", __name__, url_prefix="/open311/v2")

_log = structlog.get_logger()
_OPEN: Final = frozenset({ReportProgress.RECEIVED, ReportProgress.BEING_CHECKED, ReportProgress.ACCEPTED})
_SEVERE: Final = "severe"  # a topic that is not offered to strangers' tools: such reports have a way of their own
_SPAN: Final = timedelta(days=90)
_LISTED_MOST: Final = 200
_LAST_DECIDED: Final = (
    select(func.max(Decision.decided_at)).where(Decision.report_id == Report.id).scalar_subquery().label("decided_at")
)
_WORDS_LONGEST: Final = 4_000
_PLACE_LONGEST: Final = 300


@blueprint.get("/services.json")
@blueprint.get("/services.xml")
@for_anybody
def list_services() -> Response:
    """List the topics of a campaign (`jurisdiction_id`, its short name) as services."""
    connection = get_connection()
    campaign = _get_campaign(connection, request.args.get("jurisdiction_id"))
    return answer("services", [_describe_service(topic, campaign) for topic in _list_topics(connection, campaign.id)])


@blueprint.get("/services/<code>.json")
@blueprint.get("/services/<code>.xml")
@for_anybody
def show_service(code: str) -> Response:
    """Show the definition of a service: none asks for more than every request has."""
    connection = get_connection()
    campaign = _get_campaign(connection, request.args.get("jurisdiction_id"))
    if code not in {topic.code for topic in _list_topics(connection, campaign.id)}:
        return refuse(404, "service_code must be one of /services.")
    return answer_one("service_definition", {"service_code": code, "attributes": []})


@blueprint.get("/requests/<reference>.json")
@blueprint.get("/requests/<reference>.xml")
@for_anybody
def show_request(reference: str) -> Response:
    """Show what became of one request to whoever knows its reference, as the status page does."""
    tries = try_by_network(REFERENCE_BY_NETWORK)
    get_limiter().check(*tries)
    connection = get_connection()
    found = find_reference(reference[:40].replace("-", " ").split())
    outcome = find_outcome(connection, found or "")
    if outcome is None:
        get_limiter().count(*tries)
        return refuse(404, "No request has this service_request_id, or it has not been read yet.")
    return answer("service_requests", [_describe_request(connection, outcome)])


@blueprint.get("/requests.json")
@blueprint.get("/requests.xml")
@needs_key
def list_requests() -> Response:
    """List the newest requests that this partner handed in, of up to 90 days (`start_date`, `end_date`)."""
    holder, connection = get_holder(), get_connection()
    since, until = _read_days()
    own = (
        select(Report.reference)
        .join(Message, Message.id == Report.message_id)
        .outerjoin(Topic, Topic.id == Report.topic_id)
        .where(
            Report.campaign_id == holder.campaign_id,
            Message.channel == channel.NAME,
            Message.external_id.startswith(channel.make_external_id(holder.partner, ""), autoescape=True),
        )
        .order_by(Report.id.desc())
        .limit(_LISTED_MOST)
    )
    query = own.where(Report.reported_at.between(since, until))
    if asked := _read_list("service_request_id"):  # overrides all others
        found = [find_reference([each[:40]]) for each in asked[:_LISTED_MOST]]
        query = own.where(Report.reference.in_([each for each in found if each]))
    elif codes := _read_list("service_code"):
        query = query.where(Topic.code.in_(codes), Report.state == ReportState.APPROVED)
    outcomes = (
        find_outcome(connection, each, holder.campaign_id) for each in connection.execute(query).scalars().all()
    )
    rows = [_describe_request(connection, outcome) for outcome in outcomes if outcome is not None]
    wanted = [] if asked else _read_list("status")
    return answer("service_requests", [row for row in rows if not wanted or row["status"] in wanted])


@blueprint.post("/requests.json")
@blueprint.post("/requests.xml")
@needs_form_key
def add_request() -> Response:
    """Store a request as a message. The name and address of who sends it are not stored, only a phone number."""
    holder, program, connection = get_holder(), get_program(), get_connection()
    campaign = connection.execute(select(Campaign).where(Campaign.id == holder.campaign_id)).one()
    codes = {topic.code for topic in _list_topics(connection, holder.campaign_id)}
    values = _read_values(codes)
    reference = program.pseudonyms.make_reference(channel.NAME, channel.make_external_id(holder.partner, values["id"]))
    message = channel.make_message(values, partner=holder.partner, region=campaign.country, reference=reference)
    try:
        program.receiver.receive(channel.NAME, [message], holder.campaign_id)
    except StoreUnavailable as error:
        _log.error("message_not_stored", channel=channel.NAME, error=describe(error))
        return refuse(503, "It could not be stored. Try again.")
    told = {"service_request_id": reference, "service_notice": "", "account_id": None}
    return answer("service_requests", [told], 201)


@blueprint.errorhandler(Problem)
def _answer_problem(problem: Problem) -> Response:
    # A key that is missing or wrong is 403 in the standard, and asks for no sign-in of HTTP.
    status, headers = (403, {}) if problem.status == HTTPStatus.UNAUTHORIZED else (problem.status, problem.headers)
    response = refuse(status, problem.detail)
    response.headers.update(headers)
    return response


@blueprint.errorhandler(DBAPIError)
def _answer_outage(error: DBAPIError) -> Response:
    check_outage(error)
    return refuse(503, "The database is away. Try again.")


@blueprint.errorhandler(HTTPException)
def _answer_http_error(error: HTTPException) -> Response:
    return refuse(error.code or 500, error.description or error.name)


def configure_open311(app: Flask) -> None:
    """Register the endpoints. A call has a key and no session, so forms' tokens against CSRF do not apply."""
    app.register_blueprint(blueprint)
    app.extensions["csrf"].exempt(blueprint)


def _get_campaign(connection: Connection, slug: str | None) -> Row[Any]:
    """Get the campaign of that short name, or the only one. Raises Problem (400, 404) as the standard has it."""
    query = select(Campaign.id, Campaign.slug, Campaign.languages).order_by(Campaign.id)
    if slug:
        query = query.where(Campaign.slug == slug.replace("\0", ""))
    found = connection.execute(query.limit(2)).all()
    if not found:
        raise Problem(404, "There is no jurisdiction of this jurisdiction_id.")
    if len(found) > 1:
        raise Problem(400, "jurisdiction_id is needed: there are several.")
    return cast("Row[Any]", found[0])


def _list_topics(connection: Connection, campaign_id: int) -> list[Row[Any]]:
    query = select(Topic.code, Topic.name).where(Topic.campaign_id == campaign_id, Topic.sensitivity != _SEVERE)
    return list(connection.execute(query.order_by(Topic.id)))


def _describe_service(topic: Row[Any], campaign: Row[Any]) -> Fields:
    name = next((topic.name[each] for each in ("en", *campaign.languages) if each in topic.name), topic.code)
    return {
        "service_code": topic.code, "service_name": name, "description": name, "metadata": False, "type": "realtime",
        "keywords": "", "group": campaign.slug,
    }  # fmt: skip


def _describe_request(connection: Connection, outcome: Outcome) -> Fields:
    query = (
        select(Report.campaign_id, Topic.code, Topic.name, Report.is_sensitive, _LAST_DECIDED)
        .outerjoin(Topic, Topic.id == Report.topic_id)
        .where(Report.reference == outcome.reference)
    )
    report = connection.execute(query).first()
    place: PublicPlace | None = None
    code, name, updated = None, None, outcome.reported_at
    if report is not None and not report.is_sensitive:
        updated = report.decided_at or updated
        place = find_public_place(connection, report.campaign_id, outcome.reference)
        if place is not None:  # a moderator has read it
            code, name = report.code, choose_name(report.name)
    return {
        "service_request_id": outcome.reference,
        "status": "open" if outcome.standing in _OPEN else "closed",
        "status_notes": outcome.standing.value,
        "agency_responsible": choose_name(outcome.office) if outcome.office else None,
        "service_name": name,
        "service_code": code,
        "description": None,
        "requested_datetime": outcome.reported_at.isoformat(timespec="seconds"),
        "updated_datetime": updated.isoformat(timespec="seconds"),
        "address": place.name if place else None,
        "address_id": None,
        "zipcode": None,
        "lat": place.lat if place else None,
        "long": place.lon if place else None,
        "media_url": None,
    }


def _read_values(codes: set[str]) -> dict[str, Any]:
    """Read the fields of a request. Raises Problem (400) that names the field that is missing or wrong."""
    form = request.form
    code, words = form.get("service_code", ""), form.get("description", "").strip()
    if code not in codes:
        raise Problem(404 if code else 400, "service_code must be one of /services.")
    if not words or len(words) > _WORDS_LONGEST:
        raise Problem(400, f"description is needed, of up to {_WORDS_LONGEST} characters.")
    values: dict[str, Any] = {"id": secrets.token_urlsafe(24), "text": words, "topic": code}
    if address := form.get("address_string", "").strip():
        values["place"] = address[:_PLACE_LONGEST]
    if "lat" in form or "long" in form:
        values |= {"lat": _read_degrees("lat", 90), "lon": _read_degrees("long", 180)}
    if "lat" not in values and "place" not in values:
        raise Problem(400, "lat and long, or address_string, is needed.")
    if phone := form.get("phone", "").strip():
        values["sender"] = phone[:100]
    return values


def _read_list(name: str) -> list[str]:
    """Read a parameter of several values with commas; one that is empty is as one that is not there."""
    return [each for each in request.args.get(name, "").replace("\0", "").split(",") if each]


def _read_days() -> tuple[datetime, datetime]:
    """Read the time that is asked about, at most 90 days. Raises Problem (400)."""
    try:
        until = datetime.fromisoformat(request.args["end_date"]) if request.args.get("end_date") else now()
        since = datetime.fromisoformat(request.args["start_date"]) if request.args.get("start_date") else until - _SPAN
        until, since = (each if each.tzinfo else each.replace(tzinfo=UTC) for each in (until, since))
        is_span = timedelta(0) <= until - since <= _SPAN
    except (ValueError, OverflowError, TypeError):
        is_span = False
    if not is_span:
        raise Problem(400, "start_date and end_date must be times of ISO 8601, at most 90 days apart.")
    return since, until


def _read_degrees(name: str, most: int) -> float:
    degrees = request.form.get(name, type=float)
    if degrees is None or not -most <= degrees <= most:
        raise Problem(400, f"{name} must be degrees from {-most} to {most}.")
    return degrees
