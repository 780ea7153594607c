"""The web form at /report: for everybody, with or without JavaScript; with JavaScript also without a signal."""

import hashlib
import json
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import structlog
from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    g,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import get_locale, gettext
from sqlalchemy import Connection, select
from sqlalchemy.exc import DBAPIError
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as BaseResponse

from channels.base.items import MediaReference
from channels.built_in.web_form import NAME, Submission, make_message
from config.logging import describe
from reporting.accounts.limit import CHALLENGES_BY_NETWORK
from reporting.campaigns.cube_use import limit_to_cube
from reporting.campaigns.definition import Conversation, pick_text, read_conversation
from reporting.inbox.lookup import find_stored
from reporting.inbox.store import MAX_TEXT_CHARACTERS, StoreUnavailable, clean_text
from reporting.media.storage import MediaStoreUnavailable, keep_upload
from reporting.models.base import now
from reporting.models.campaign import Campaign, Topic
from reporting.reports.profile import SEXES, WIDE_BANDS
from reporting.web.auth import for_anybody
from reporting.web.current_campaign import ChoiceNeeded, Scope, get_chosen_scope, list_scopes
from reporting.web.edge.client_network import find_network
from reporting.web.edge.database_unavailable import RETRY_AFTER_S, check_outage, show_unavailable
from reporting.web.edge.rate_limits import count_by_network
from reporting.web.edge.request_transaction import get_connection, get_program
from reporting.web.privacy_notice import list_listeners, show_choice
from reporting.web.report.browser_proof import TOKEN, BrowserProofs
from reporting.web.report.parse import (
    PHOTO_LARGEST_BYTES,
    PHOTOS_MOST,
    TRAP,
    Reading,
    list_required,
    name_field,
    read_report,
    say_missing,
)
from reporting.web.report.photo_quota import has_room

_log = structlog.get_logger()

blueprint = Blueprint("report_form", __name__, url_prefix="/report")

MAX_BODY_BYTES: Final = PHOTOS_MOST * PHOTO_LARGEST_BYTES + 1024 * 1024
_ASSETS: Final = (
    "baraza.css", "dark.css", "report/form.css", "report/proof.js", "report/queue.js", "report/photos.js",
    "report/form.js", "mark.svg", "globe.svg",
)  # fmt: skip
_STATIC: Final = Path(__file__).parents[1] / "static"


@dataclass(frozen=True, slots=True)
class _Asked:
    """The questions of a campaign's form: its topics by code, and its conversation."""

    scope: Scope
    topics: dict[str, dict[str, str]]
    conversation: Conversation


@blueprint.get("")
@for_anybody
def show_form() -> Response:
    """Show an empty form."""
    connection = get_connection()
    scope = get_chosen_scope(connection)
    if not get_program().settings.is_development and _is_not_live(connection, scope):
        return _finish(make_response(render_template("report/closed.html", scope=scope)), 404)
    return _show(_read_asked(connection, scope), 200)


@blueprint.get("/<slug>")
@for_anybody
def show_own_form(slug: str) -> BaseResponse:
    """Redirect the address of a campaign's own form, for posters and links."""
    if all(scope.slug != slug for scope in list_scopes(get_connection())):
        abort(404)
    return redirect(url_for("report_form.show_form", campaign=slug, lang=request.args.get("lang")))


@blueprint.post("")
@for_anybody
def send() -> Response:
    """Store a filled-in form and show its reference at once. A repeated request changes nothing."""
    request.max_content_length = MAX_BODY_BYTES
    connection = get_connection()
    slug = request.form.get("campaign", "")
    scope = next((scope for scope in list_scopes(connection) if scope.slug == slug), None)
    if scope is None and (missing := _choose_again(connection)) is not None:
        return missing
    asked = _read_asked(connection, scope or get_chosen_scope(connection))
    photos = [photo for file in request.files.getlist("photo") if (photo := file.read(PHOTO_LARGEST_BYTES + 1))]
    form = MultiDict((name, clean_text(value)) for name, value in request.form.items())
    reading = read_report(form, photos, asked.conversation, list(asked.topics), asked.scope.country)
    faults = dict(reading.faults)
    if scope is None:
        faults["campaign"] = gettext("This form is no longer in use. Please copy your words into the new one.")
    if faults:
        return _refuse(asked, faults, 422)
    external_id = _make_external_id(request.form.get("id", ""), reading, photos)
    reference = get_program().pseudonyms.make_reference(NAME, external_id)
    try:
        is_new = find_stored(connection, NAME, external_id) is None
        if is_new:
            browser_hash = _get_proofs().find_browser(form, asked.scope.id, now())
            _receive(reading.submission, photos, external_id, reference, asked.scope.id, browser_hash)
    except StoreUnavailable as error:
        _log.error("message_not_stored", channel=NAME, error=describe(error))
        return _refuse(asked, {"": gettext("It could not be stored just now. Please send it again.")}, 503)
    return _thank(asked.scope, reference, 201 if is_new else 200)


@blueprint.post("/challenge")
@for_anybody
def send_challenge() -> Response:
    """Send the work that lets a browser's reports count as those of one person; an empty object where there is none."""
    count_by_network(CHALLENGES_BY_NETWORK)
    challenge = _get_proofs().make_challenge(request.form.get(TOKEN, ""), now())
    return _finish(jsonify(asdict(challenge) if challenge is not None else {}), 200)


@blueprint.get("/worker.js")
@for_anybody
def send_worker() -> Response:
    """Send the service worker that keeps the form on the phone. Its version changes with every file that it caches."""
    urls = [url_for("static", filename=name) for name in _ASSETS]
    version = hashlib.sha256(b"".join((_STATIC / name).read_bytes() for name in _ASSETS)).hexdigest()[:12]
    response = make_response(render_template("report/worker.js", urls=urls, version=version))
    response.content_type = "text/javascript; charset=utf-8"
    response.headers["Service-Worker-Allowed"] = url_for("report_form.show_form")
    response.cache_control.no_cache = True
    return response


@blueprint.errorhandler(DBAPIError)
def _answer_outage(error: DBAPIError) -> Response:
    """Answer with the sender's own words, because a browser without JavaScript keeps no copy of them."""
    check_outage(error)
    if _wants_json():
        return _finish(jsonify(faults={"": gettext("It could not be stored just now. Please send it again.")}), 503)
    return _finish(show_unavailable(), 503)


@blueprint.errorhandler(RequestEntityTooLarge)
def _answer_too_large(_error: RequestEntityTooLarge) -> Response:
    """Answer that the photos are too large. The body was not read, so the campaign of the form is not known."""
    fault = gettext("The photos are too large. Please go back and choose smaller ones, or none.")
    connection = get_connection()
    scopes = list_scopes(connection)
    if len(scopes) != 1:
        return _finish(make_response(render_template("refusal.html", message=fault, status=413)), 413)
    return _refuse(_read_asked(connection, scopes[0]), {"photo": fault}, 413)


def configure_report_form(app: Flask) -> None:
    """Register the form, exempt from the CSRF check.

    There is no session that a strange page could misuse, and anybody may send a report from anywhere. A report that
    waited for hours on a phone without signal or cookies must still be accepted.
    """
    app.register_blueprint(blueprint)
    app.extensions["csrf"].exempt(blueprint)


def _is_not_live(connection: Connection, scope: Scope) -> bool:
    return any(listener.missing for listener in list_listeners(connection) if listener.slug == scope.slug)


def _choose_again(connection: Connection) -> Response | None:
    """Ask for a campaign again where the form's campaign is gone and there are several others; the words are kept."""
    try:
        get_chosen_scope(connection)
    except ChoiceNeeded:
        fault = gettext("This form is no longer in use. Please copy your words into the new one.")
        if _wants_json():
            return _finish(jsonify(faults={"campaign": fault}), 422)
        return _finish(make_response(show_choice(clean_text(request.form.get("text", "")))), 422)
    return None


def _read_asked(connection: Connection, scope: Scope) -> _Asked:
    topics = connection.execute(select(Topic.code, Topic.name).where(Topic.campaign_id == scope.id).order_by(Topic.id))
    query = select(Campaign.conversation, Campaign.settings).where(Campaign.id == scope.id)
    campaign = connection.execute(query).one()
    asked = limit_to_cube(read_conversation(campaign.conversation), campaign.settings)
    return _Asked(scope, {row.code: row.name for row in topics}, asked)


def _make_external_id(given: str, reading: Reading, photos: Sequence[bytes]) -> str:
    """Make the id from the browser's id and a hash of the content, so that a changed form is a new report."""
    try:
        form_id = uuid.UUID(given)
    except ValueError:
        form_id = uuid.uuid4()
    submission = replace(reading.submission, language="", fields={})
    digests = [hashlib.sha256(photo).hexdigest() for photo in photos]
    filled = json.dumps([str(submission), digests])
    return f"{form_id}:{get_program().pseudonyms.hash_form(filled).hex()}"


def _receive(
    submission: Submission,
    photos: Sequence[bytes],
    external_id: str,
    reference: str,
    campaign_id: int,
    browser_hash: int | None,
) -> None:
    program = get_program()
    message = make_message(
        submission,
        external_id=external_id,
        reference=reference,
        network=find_network(program.settings.forwarded_hops),
        media=_keep_photos(photos),
        browser_hash=browser_hash,
    )
    program.receiver.receive(NAME, [message], campaign_id)


def _get_proofs() -> BrowserProofs:
    program = get_program()
    return BrowserProofs(program.pseudonyms, program.settings.form_proof_rounds)


def _keep_photos(photos: Sequence[bytes]) -> list[MediaReference]:
    """Store the photos where possible.

    The words matter more: a store that is full or unavailable must not stop them.
    """
    program = get_program()
    try:
        if has_room(program.settings.var, photos):
            return [keep_upload(program.media_store, photo) for photo in photos]
        _log.warning("photos_refused", photos=len(photos))
    except (MediaStoreUnavailable, OSError) as error:
        _log.error("attachment_not_stored", error=describe(error))
    g.photos_are_lost = True
    return []


def _are_photos_lost() -> bool:
    """Return whether this request brought photos that were not stored: the sender is told."""
    return bool(g.get("photos_are_lost"))


def _wants_json() -> bool:
    return request.accept_mimetypes.best == "application/json"


def _thank(scope: Scope, reference: str, status: int) -> Response:
    if _wants_json():
        response = jsonify(reference=reference, **({"photos_are_lost": True} if _are_photos_lost() else {}))
    else:
        page = render_template(
            "report/thanks.html", scope=scope, reference=reference, photos_are_lost=_are_photos_lost()
        )
        response = make_response(page)
    return _finish(response, status)


def _refuse(asked: _Asked, faults: dict[str, str], status: int) -> Response:
    if _wants_json():
        return _finish(jsonify(faults=faults), status)
    return _show(asked, status, faults)


def _show(asked: _Asked, status: int, faults: dict[str, str] | None = None) -> Response:
    values = request.form if request.method == "POST" and status != 413 else {}
    page = render_template(
        "report/form.html",
        scope=asked.scope, topics=asked.topics, conversation=asked.conversation, faults=faults or {}, values=values,
        form_id=values.get("id") or uuid.uuid4(), pick=_pick_text(asked.scope), name_field=name_field, trap=TRAP,
        text_longest=MAX_TEXT_CHARACTERS, sexes=list(SEXES), age_bands=list(WIDE_BANDS), photos_most=PHOTOS_MOST,
        required=list_required(asked.conversation), say_missing=say_missing,
    )  # fmt: skip
    return _finish(make_response(page), status)


def _finish(response: Response, status: int) -> Response:
    """Set status and headers. No page is cached, because phones are shared; the service worker keeps an empty form."""
    response.status_code = status
    if status == 503:
        response.headers["Retry-After"] = RETRY_AFTER_S
    response.cache_control.no_store = True
    return response


def _pick_text(scope: Scope) -> Any:
    locale = get_locale()
    spoken = [locale.language if locale is not None else "en", *scope.languages]
    return lambda texts: pick_text(texts, spoken)
