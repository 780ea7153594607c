"""OpenRosa, the protocol of ODK Collect: imported forms are downloaded, filled-in forms are submitted.

`/openrosa` is the address to set in ODK Collect; `/openrosa/<campaign>` where two campaigns share a form's code.
"""

import hashlib
from dataclasses import replace
from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

from flask import Blueprint, Flask, Response, g, request, url_for
from flask_babel import gettext
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException

from channels.base.errors import BodyUnreadable
from channels.built_in.openrosa import MAX_XML_BYTES, FormEncrypted, list_recorded, read_filled_form
from config.errors import RequestRefused
from reporting.accounts.account import list_bound_campaigns
from reporting.crypto.content_ids import key_id
from reporting.inbox.store import StoreUnavailable, clean_text
from reporting.models.base import now
from reporting.web.auth import needs_account
from reporting.web.edge.database_unavailable import RETRY_AFTER_S, check_outage
from reporting.web.edge.request_transaction import get_connection, get_program
from reporting.web.openrosa.forms import Bound, find_form, has_campaign, list_forms, stand_in
from reporting.web.openrosa.parse import read_submission
from reporting.web.openrosa.submissions import NotAllKept, Received, receive

blueprint = Blueprint("openrosa", __name__, url_prefix="/openrosa")

MAX_BODY_BYTES: Final = 10 * 1024 * 1024
_XML: Final = "text/xml; charset=utf-8"
_LIST: Final = "http://openrosa.org/xforms/xformsList"
_RESPONSE: Final = "http://openrosa.org/http/response"
_FILE: Final = "xml_submission_file"
# An answer 201 would let the phone delete its copy, and the encrypted answers cannot be read here.
_SEALED: Final = "The answers are encrypted and cannot be read here. Keep the form, and tell whoever made it."
# ODK Collect's log of its own way through a form, with times and positions. It is not needed, so it is not stored.
_UNWANTED: Final = frozenset({_FILE, "audit.csv"})


class _Refused(RequestRefused):
    """An error answer to the phone: the phone keeps the form and shows the message."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(status)
        self.status = status
        self.message = message


@blueprint.get("/formList")
@blueprint.get("/<campaign>/formList")
@needs_account
def show_list(campaign: str | None = None) -> Response:
    """List the forms that can be downloaded. The hash tells the phone when a form has changed."""
    root = Element("xforms", xmlns=_LIST)
    for form in list_forms(get_connection(), _check_campaign(get_connection(), campaign), _find_bound()):
        entry = SubElement(root, "xform")
        address = url_for("openrosa.show_form", campaign=form.campaign, code=form.code)
        for name, value in (
            ("formID", form.code),
            ("name", form.title),
            ("version", form.version),
            ("hash", f"md5:{hashlib.md5(form.xml.encode(), usedforsecurity=False).hexdigest()}"),
            ("downloadUrl", get_program().settings.public_url.rstrip("/") + address),
        ):
            SubElement(entry, name).text = value
    return Response(_write(root), content_type=_XML)


@blueprint.get("/forms/<code>.xml")
@blueprint.get("/<campaign>/forms/<code>.xml")
@needs_account
def show_form(code: str, campaign: str | None = None) -> Response:
    """Send a form as pyxform made it."""
    connection = get_connection()
    form = find_form(connection, _check_campaign(connection, campaign), code, _find_bound())
    if form is None:
        raise _Refused(404, "There is no form of this name.")
    return Response(form.xml, content_type=_XML)


@blueprint.route("/submission", methods=["HEAD", "POST"])
@blueprint.route("/<campaign>/submission", methods=["HEAD", "POST"])
@needs_account
def send(campaign: str | None = None) -> Response:
    """Store a filled-in form with its pictures. HEAD answers with the limits. A repeated submission changes nothing."""
    connection = get_connection()
    slug = _check_campaign(connection, campaign)
    if request.method == "HEAD":
        return Response(status=204, headers={"Location": _locate(slug)})
    request.max_content_length = MAX_BODY_BYTES
    request.max_form_memory_size = MAX_XML_BYTES
    received = _read(connection, slug)
    try:
        reference = receive(get_program(), connection, received)
    except (StoreUnavailable, NotAllKept):
        raise _Refused(503, gettext("It could not be stored just now. Please send it again.")) from None
    thanks = gettext("Thank you, it has arrived")
    response = _answer(201, f"{thanks}: {reference}" if reference else thanks)
    response.headers["Location"] = _locate(slug)
    return response


@blueprint.errorhandler(_Refused)
def _answer_refusal(refused: _Refused) -> Response:
    return _answer(refused.status, refused.message)


@blueprint.errorhandler(DBAPIError)
def _answer_outage(error: DBAPIError) -> Response:
    check_outage(error)
    return _answer(503, gettext("It could not be stored just now. Please send it again."))


@blueprint.errorhandler(HTTPException)
def _answer_http_error(error: HTTPException) -> Response:
    if error.code == 413:
        return _answer(413, f"A form may have {MAX_BODY_BYTES // 1024 // 1024} MB with its pictures.")
    return _answer(error.code or 400, error.name)


@blueprint.after_request
def _mark(response: Response) -> Response:
    """Add the headers that the protocol requires on every answer, and forbid caching on shared phones."""
    response.headers["X-OpenRosa-Version"] = "1.0"
    response.headers["X-OpenRosa-Accept-Content-Length"] = str(MAX_BODY_BYTES)
    response.date = now()
    if response.status_code == 503:
        response.headers["Retry-After"] = RETRY_AFTER_S
    response.cache_control.no_store = True
    return response


def configure_openrosa(app: Flask) -> None:
    """Register the endpoints, exempt from the CSRF check.

    Every call carries its credentials, and there is no session that a strange page could misuse.
    """
    app.register_blueprint(blueprint)
    app.extensions["csrf"].exempt(blueprint)


def _check_campaign(connection: Connection, in_path: str | None) -> str | None:
    """Return the campaign in the path or in `?campaign=`; None for all. Raises _Refused (404) for an unknown one."""
    slug = in_path or request.args.get("campaign")
    if slug is not None and not has_campaign(connection, slug, _find_bound()):
        raise _Refused(404, "There is no campaign of this name.")
    return slug


def _find_bound() -> Bound:
    """Find the campaigns that the account of this request may see."""
    return list_bound_campaigns(get_connection(), g.account_id)


def _read(connection: Connection, slug: str | None) -> Received:
    """Read the submission of this request with its form. Raises _Refused."""
    body = _read_xml()
    files = [
        (clean_text(file.filename or ""), data)
        for name, file in request.files.items(multi=True)
        if name not in _UNWANTED and file.filename not in _UNWANTED and (data := file.read())
    ]
    try:
        filled = read_filled_form(body)
    except FormEncrypted:
        raise _Refused(400, _SEALED) from None
    except BodyUnreadable:
        raise _Refused(400, "This is not a filled form.") from None
    code = clean_text(filled.form_id)
    bound = _find_bound()
    form = find_form(connection, slug, code, bound) or stand_in(connection, slug, code, bound)
    if form is None:
        raise _Refused(404, "There is no campaign yet.")
    submission = read_submission(
        filled, form.asked, title=form.title, noted=list_recorded(form.xml), files={name for name, _ in files},
        arrived_at=now(),
    )  # fmt: skip
    pseudonyms = get_program().pseudonyms
    if submission.follows is not None:
        submission = replace(submission, follows=key_id(pseudonyms, submission.follows))
    instance_id = key_id(pseudonyms, clean_text(filled.instance_id))
    return Received(form.campaign_id, instance_id, body, submission, files)


def _read_xml() -> bytes:
    """Read the filled-in form: a file by the protocol, or a plain field, as some programs send it. Raises _Refused."""
    file = request.files.get(_FILE)
    body = file.read(MAX_XML_BYTES + 1) if file is not None else request.form.get(_FILE, "").encode("utf-8", "replace")
    if not body:
        raise _Refused(400, f"The form is missing: it comes as {_FILE}.")
    if len(body) > MAX_XML_BYTES:
        raise _Refused(413, f"A form may have {MAX_XML_BYTES // 1024 // 1024} MB without its pictures.")
    return body


def _locate(slug: str | None) -> str:
    """Return the submission's public address, without a redirect and without using headers of the call."""
    return get_program().settings.public_url.rstrip("/") + url_for("openrosa.send", campaign=slug)


def _answer(status: int, message: str) -> Response:
    root = Element("OpenRosaResponse", xmlns=_RESPONSE)
    SubElement(root, "message").text = message
    return Response(_write(root), status, content_type=_XML)


def _write(root: Element) -> bytes:
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True))
