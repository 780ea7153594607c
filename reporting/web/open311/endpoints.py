"""Open311 GeoReport v2 for civic tools: services, requests in, and what became of them, at area level.

A request goes the way of every message: stored before the answer, then read, placed and put before a moderator. Whoever
asks is told state, topic and public location: never words, numbers or an exact point. A list of requests is for the
partner who handed them in: a public one would say when a person of an area wrote (docs/adr/0021).
"""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast

import structlog
from flask import Blueprint, Flask, Response, request
from sqlalchemy import Connection, Row, select
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException

from channels.built_in import json_api as channel
from config.logging import describe
from reporting.accounts.limit import REFERENCE_BY_NETWORK
from reporting.conversation.status import Outcome, ReportProgress, find_outcome
from reporting.inbox.store import StoreUnavailable
from reporting.languages.references import find_reference
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
from reporting.web.open311.answer import Row as Fields
from reporting.web.open311.answer import answer, refuse

blueprint = Blueprint("open311", __name__, url_prefix="/open311/v2")

_log = structlog.get_logger()
_OPEN: Final = frozenset({ReportProgress.RECEIVED, ReportProgress.BEING_CHECKED, ReportProgress.ACCEPTED})
_SEVERE: Final = "severe"  # a topic that is not offered to strangers' tools: such reports have a way of their own
_SPAN: Final = timedelta(days=90)
_LISTED_MOST: Final = 200
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
    query = (
        select(Report.reference)
        .join(Message, Message.id == Report.message_id)
        .outerjoin(Topic, Topic.id == Report.topic_id)
        .where(
            Report.campaign_id == holder.campaign_id,
            Message.channel == channel.NAME,
            Message.external_id.startswith(channel.make_external_id(holder.partner, ""), autoescape=True),
            Report.reported_at.between(since, until),
        )
        .order_by(Report.id.desc())
        .limit(_LISTED_MOST)
    )
    if code := request.args.get("service_code"):
        query = query.where(Topic.code == code.replace("\0", ""), Report.state == ReportState.APPROVED)
    outcomes = (
        find_outcome(connection, each, holder.campaign_id) for each in connection.execute(query).scalars().all()
    )
    rows = [_describe_request(connection, outcome) for outcome in outcomes if outcome is not None]
    wanted = request.args.get("status")
    return answer("service_requests", [row for row in rows if wanted in (None, row["status"])])


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
    response = refuse(problem.status, problem.detail)
    response.headers.update(problem.headers)
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
    if slug is not None:
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
        select(Report.campaign_id, Topic.code, Report.is_sensitive)
        .outerjoin(Topic, Topic.id == Report.topic_id)
        .where(Report.reference == outcome.reference)
    )
    report = connection.execute(query).first()
    place: PublicPlace | None = None
    code = None
    if report is not None and not report.is_sensitive:
        place = find_public_place(connection, report.campaign_id, outcome.reference)
        code = report.code if place is not None else None  # of a report that a moderator has read
    return {
        "service_request_id": outcome.reference,
        "status": "open" if outcome.standing in _OPEN else "closed",
        "status_notes": outcome.standing.value,
        "service_code": code,
        "requested_datetime": outcome.reported_at.isoformat(timespec="seconds"),
        "address": place.name if place else None,
        "lat": place.lat if place else None,
        "long": place.lon if place else None,
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


def _read_days() -> tuple[datetime, datetime]:
    """Read the time that is asked about, at most 90 days. Raises Problem (400)."""
    try:
        until = datetime.fromisoformat(request.args["end_date"]) if "end_date" in request.args else now()
        since = datetime.fromisoformat(request.args["start_date"]) if "start_date" in request.args else until - _SPAN
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
