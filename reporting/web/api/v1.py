"""The API for partners' programs: messages in, states of reports out. `/api/v1/...`, described in docs/api.md.

Each call carries its key in the header. There is neither session nor cookie, so a strange page cannot make a browser
send a call with rights (CSRF). Therefore the blueprint is exempt from the CSRF check of forms.
"""

from functools import wraps
from threading import Lock
from typing import Any, ClassVar, Final

import structlog
from flask import Flask, Response, current_app, jsonify, render_template, request
from flask_smorest import Api
from marshmallow import Schema, fields, validate
from sqlalchemy import select

from channels.built_in import json_api as channel
from config.logging import describe
from reporting.campaigns.definition import Conversation, FormQuestion, read_conversation
from reporting.conversation.required_answers import find_begun, list_missing
from reporting.conversation.status import IncidentResponse, ReportProgress, find_outcome
from reporting.inbox.lookup import find_stored
from reporting.inbox.store import StoreUnavailable, clean_text
from reporting.languages.references import find_reference
from reporting.models.campaign import Campaign
from reporting.publishing.public_location import find_public_place
from reporting.web.api import feeds, incidents, releases
from reporting.web.api.blueprint import KEY_SCHEME, ApiBlueprint, get_holder
from reporting.web.api.incidents import PlaceSchema
from reporting.web.auth import View, for_anybody, needs_key
from reporting.web.edge.caching import may_be_kept
from reporting.web.edge.database_unavailable import RETRY_AFTER_S
from reporting.web.edge.problem_json import PROBLEM_TYPE, Problem
from reporting.web.edge.request_transaction import get_connection, get_program
from reporting.web.ogc import endpoints as ogc
from reporting.web.report.parse import read_answer

_log = structlog.get_logger()

MAX_BODY_BYTES: Final = 64 * 1024


blueprint = ApiBlueprint("api", __name__, description="Messages in, what became of them out.")


class _Receipt(Schema):
    id = fields.String(metadata={"description": "Your id."})
    reference = fields.String(metadata={"description": "What the person can ask about it with, at /status."})


class _ReportState(Schema):
    reference = fields.String()
    state = fields.String(validate=validate.OneOf([standing.value for standing in ReportProgress]))
    received_at = fields.AwareDateTime()
    response = fields.String(
        allow_none=True,
        validate=validate.OneOf([each.value for each in IncidentResponse]),
        metadata={"description": "What became of the incident; null until the report is accepted."},
    )
    office = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        allow_none=True,
        metadata={"description": "The office it was passed on to: its names by language."},
    )
    place = fields.Nested(
        PlaceSchema,
        allow_none=True,
        metadata={"description": "Where it is, no nearer than enough people live there; null until it is approved."},
    )


class _Fault(Schema):
    pointer = fields.String(metadata={"description": "JSON pointer to the field."})
    detail = fields.String()


class _ProblemSchema(Schema):
    type = fields.String()
    title = fields.String()
    status = fields.Integer()
    detail = fields.String()
    errors = fields.List(fields.Nested(_Fault))
    request_id = fields.String(metadata={"description": "The id of this request in our log, as in X-Request-Id."})


class _ProblemApi(Api):  # type: ignore[misc]
    """The library's API without its error handlers for the whole application: ours belong to the blueprint alone.

    Its description is made when somebody asks for it, since that takes longer than the rest of creating the app.
    """

    ERROR_SCHEMA: ClassVar = {"$ref": "#/components/schemas/_Problem"}  # read once, and not for each status of HTTP

    def __init__(self, app: Flask) -> None:
        self._blueprints: list[ApiBlueprint] = []
        self._described: dict[str, Any] | None = None
        self._turn = Lock()
        super().__init__(app)

    def register_blueprint(self, added: ApiBlueprint) -> None:
        """Serve a blueprint, and describe it later."""
        self._app.extensions["flask-smorest"]["blp_name_to_api"][added.name] = self
        self._app.register_blueprint(added)
        self._blueprints.append(added)

    def describe(self) -> dict[str, Any]:
        """Describe all blueprints as OpenAPI."""
        with self._turn:
            if self._described is None:
                super()._init_spec()
                for each in self._blueprints:
                    each.register_views_in_doc(self, self._app, self.spec, name=each.name, parameters=None)
                    self.spec.tag({"name": each.name, "description": each.description})
                self._described = self.spec.to_dict()
            return self._described

    def _init_spec(self, **_options: Any) -> None:
        """Leave the description for later."""

    def _register_error_handlers(self) -> None:
        """Register no handler for the whole application."""

    def _register_responses(self) -> None:
        self.spec.components.schema("_Problem", schema=_ProblemSchema)
        self.DEFAULT_RESPONSE_CONTENT_TYPE = PROBLEM_TYPE
        super()._register_responses()
        del self.DEFAULT_RESPONSE_CONTENT_TYPE


def _json_alone(view: View) -> View:
    """Refuse a body that is not JSON, or is too large."""

    @wraps(view)
    def check(*arguments: Any, **options: Any) -> Any:
        if not request.is_json:
            raise Problem(415, "The body must be application/json.")
        # The sign-in library has read the body already, up to the limit of the whole application.
        if len(request.get_data()) > MAX_BODY_BYTES:
            raise Problem(413, f"The body may have {MAX_BODY_BYTES // 1024} KB.")
        return view(*arguments, **options)

    return check


@blueprint.post("/messages")
@needs_key
@_json_alone
@blueprint.arguments(channel.ApiMessage, example={"id": "a-1", "text": "No water since Monday", "place": "Ward 3"})
@blueprint.response(201, _Receipt, description="Stored: it cannot be lost any more.")
@blueprint.alt_response(200, schema=_Receipt, description="It was here already; nothing changed.", success=True)
@blueprint.doc(security=KEY_SCHEME, summary="Hand over a message")
def add_message(values: dict[str, Any]) -> tuple[dict[str, str], int]:
    """Store a message for a person. It becomes a report as an SMS does, but commands in the text are not obeyed.

    The same id again answers 200 with the same reference; with another text it answers 409.
    """
    holder, program = get_holder(), get_program()
    external_id = channel.make_external_id(holder.partner, values["id"])
    reference = program.pseudonyms.make_reference(channel.NAME, external_id)
    connection = get_connection()
    known = find_stored(connection, channel.NAME, external_id)
    # An erased text is empty, and is not compared.
    if known is not None and known.text not in ("", clean_text(values["text"])):
        raise Problem(409, "This id was used for another text. Nothing was stored.")
    query = select(Campaign.country, Campaign.conversation).where(Campaign.id == holder.campaign_id)
    campaign = connection.execute(query).one()
    if known is None:
        _check_required(read_conversation(campaign.conversation), values)
    message = channel.make_message(values, partner=holder.partner, region=campaign.country, reference=reference)
    try:
        program.receiver.receive(channel.NAME, [message], holder.campaign_id)
    except StoreUnavailable as error:
        _log.error("message_not_stored", channel=channel.NAME, error=describe(error))
        raise Problem(503, "It could not be stored. Try again.", headers={"Retry-After": RETRY_AFTER_S}) from None
    return {"id": values["id"], "reference": reference}, 201 if known is None else 200


@blueprint.get("/reports/<reference>")
@needs_key
@blueprint.response(200, _ReportState)
@blueprint.doc(security=KEY_SCHEME, summary="What became of a report")
def show_report(reference: str) -> dict[str, Any]:
    """Show the state of the report with this reference. A message takes a moment to become a report."""
    found = find_reference([reference])
    connection, campaign_id = get_connection(), get_holder().campaign_id
    outcome = find_outcome(connection, found, campaign_id) if found else None
    if outcome is None:
        raise Problem(404, "No report has this reference, or its message has not been worked on yet.")
    return {
        "reference": outcome.reference,
        "state": outcome.standing.value,
        "received_at": outcome.reported_at,
        "response": outcome.response.value if outcome.response else None,
        "office": outcome.office,
        "place": find_public_place(connection, campaign_id, outcome.reference),
    }


@blueprint.get("/openapi.json")
@for_anybody
@may_be_kept
@blueprint.doc(summary="This description")
def show_description() -> Response:
    """Describe the API as OpenAPI 3."""
    return jsonify(_describe())


@blueprint.get("/docs")
@for_anybody
@may_be_kept
@blueprint.doc(summary="This description as a page")
def show_docs() -> str:
    """Show the description as a page for people, without content from other hosts."""
    return render_template("api/description.html", spec=_describe())


def configure_api(app: Flask) -> None:
    """Register the API and its description."""
    app.config.update(
        API_TITLE="Baraza", API_VERSION="v1", OPENAPI_VERSION="3.0.3",
        API_SPEC_OPTIONS={
            "info": {
                "description": "Published figures for everybody, messages for partners of a campaign. A key is made"
                " with `flask api-key create`."
            },
            "components": {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
        },
    )  # fmt: skip
    api = app.extensions["baraza_api"] = _ProblemApi(app)
    for each in (blueprint, incidents.blueprint, releases.blueprint, ogc.blueprint, feeds.blueprint):
        api.register_blueprint(each)
        app.extensions["csrf"].exempt(each)


def _check_required(conversation: Conversation, values: dict[str, Any]) -> None:
    """Check the required answers of the form that was begun. Raises Problem with a pointer to each missing one."""
    answers = values.get("answers", {})
    form = find_begun(conversation.forms, values.get("topic"), answers)
    if form is None:
        return
    asked = {question.code: question for question in form.questions}
    given = {code: read_answer(asked[code], str(answer)) for code, answer in answers.items() if code in asked}
    missing = list_missing(form, given, is_placed="place" in values or "lat" in values)
    if missing:
        told = {
            question.code: [f"The form {form.code} needs this: {_describe_answer(question)}."] for question in missing
        }
        raise Problem(422, "Some fields are not as they must be.", {"answers": told})


def _describe_answer(question: FormQuestion) -> str:
    if question.kind == "choice":
        return f"one of {', '.join(choice.code for choice in question.choices)}"
    if question.kind != "number":
        return "a text"
    bounds = [
        f"{word} {bound:g}" for word, bound in (("from", question.low), ("to", question.high)) if bound is not None
    ]
    return " ".join(("a number", *bounds))


def _describe() -> dict[str, Any]:
    api: _ProblemApi = current_app.extensions["baraza_api"]
    return api.describe() | {"servers": [{"url": get_program().settings.public_url}]}
