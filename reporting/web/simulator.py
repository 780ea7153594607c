"""A phone in the browser for development and training: it texts through the real webhook with a real signature."""

from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from reporting.web.gateway_call import GatewayCall, GatewayCallFailed
from reporting.web.guard import for_anybody
from reporting.web.phone import Bubble, list_bubbles, list_examples, make_number, normalise_number
from reporting.web.scope import Scope, find_line, get_scope
from reporting.web.transaction import get_connection, get_program

blueprint = Blueprint("simulator", __name__, url_prefix="/simulator")

_CHANNEL: Final = "twilio"
_NUMBER_KEY: Final = "simulator_number"  # in the session, so that it stands in no address and no access log
_TEXT_LONGEST: Final = 1_600  # characters: Twilio's own limit


@blueprint.get("")
@for_anybody
def show_phone() -> str:
    """The phone, its conversation, and what happens to a message."""
    connection = get_connection()
    scope = get_scope(connection)
    number = _get_number()
    line = find_line(connection, scope.id, _CHANNEL)
    return render_template(
        "simulator.html",
        scope=scope,
        number=number,
        line=line,
        examples=list_examples(scope.country),
        bubbles=_list_bubbles(connection, scope, number, line),
        text_longest=_TEXT_LONGEST,
    )


@blueprint.get("/thread")
@for_anybody
def show_thread() -> str:
    """Only the conversation, for the page that asks every second."""
    connection = get_connection()
    scope = get_scope(connection)
    line = find_line(connection, scope.id, _CHANNEL)
    return render_template("_bubbles.html", bubbles=_list_bubbles(connection, scope, _get_number(), line))


@blueprint.post("/send")
@for_anybody
def send() -> Response:
    """Let the gateway's call happen: an HTTP request to our own public address, signed as Twilio signs."""
    connection = get_connection()
    scope = get_scope(connection)
    number, line = normalise_number(request.form.get("number", "")), find_line(connection, scope.id, _CHANNEL)
    if number is None:
        flash(gettext("A number is a plus sign and 7 to 15 digits."), "bad")
    elif line is None:
        flash(gettext("This campaign has no number on which it takes messages."), "bad")
    else:
        session[_NUMBER_KEY] = number
        _deliver(number, line, request.form.get("text", "")[:_TEXT_LONGEST])
    return redirect(url_for("simulator.show_phone", _anchor="phone"))


@blueprint.post("/number")
@for_anybody
def change_number() -> Response:
    """Become another sender."""
    session.pop(_NUMBER_KEY, None)
    return redirect(url_for("simulator.show_phone"))


def _deliver(number: str, line: str, said: str) -> None:
    settings = get_program().settings
    call = GatewayCall(settings.public_url, settings.twilio_auth_tokens[0], settings.twilio_account_sid)
    try:
        call.deliver(party=number, line=line, text=said)
    except GatewayCallFailed as error:
        if error.status is None:
            flash(gettext("The server does not answer at its own address; look at PUBLIC_URL."), "bad")
        else:
            flash(gettext("The webhook answered %(status)s.", status=error.status), "bad")


def _get_number() -> str:
    if _NUMBER_KEY not in session:
        session[_NUMBER_KEY] = make_number()
    return str(session[_NUMBER_KEY])


def _list_bubbles(connection: Connection, scope: Scope, number: str, line: str | None) -> list[Bubble]:
    if line is None:
        return []
    return list_bubbles(connection, scope.id, line, get_program().pseudonyms.hash_party(number))
