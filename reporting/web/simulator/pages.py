"""The simulator: a phone in the browser for development and training, which sends through the real webhook, signed."""

from typing import Final

import structlog
from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from channels.built_in.simulator import ID_PREFIX
from channels.twilio.channel import NAME
from config.logging import describe
from reporting.models.states import Direction, MessageState
from reporting.web.auth import for_anybody
from reporting.web.current_campaign import Scope, find_campaign_address, get_chosen_scope
from reporting.web.edge.request_transaction import get_connection, get_program
from reporting.web.simulator.phone import Bubble, list_bubbles, list_examples, make_number, normalise_number
from reporting.web.simulator.twilio_call import GatewayCall, GatewayCallFailed

_log = structlog.get_logger()

blueprint = Blueprint("simulator", __name__, url_prefix="/simulator")

_OFF_KEY: Final = "simulator_is_off"
_NUMBER_KEY: Final = "simulator_number"  # in the session, so that the number stands in no address and no access log
_TEXT_LONGEST: Final = 1_600  # characters: Twilio's own limit


@blueprint.get("")
@for_anybody
def show_phone() -> str:
    """Show the phone, its conversation, and what happens to a message."""
    connection = get_connection()
    scope = get_chosen_scope(connection, is_remembered=True)
    number = _get_number()
    campaign_address = find_campaign_address(connection, scope.id, NAME)
    return render_template(
        "simulator/phone.html",
        scope=scope,
        number=number,
        campaign_address=campaign_address,
        examples=list_examples(scope.country),
        bubbles=_list_bubbles(connection, scope, number, campaign_address),
        text_longest=_TEXT_LONGEST,
        is_off=_OFF_KEY in session,
    )


@blueprint.get("/thread")
@for_anybody
def show_thread() -> str:
    """Show only the conversation, for the page that asks every second."""
    connection = get_connection()
    scope = get_chosen_scope(connection, is_remembered=True)
    number, campaign_address = _get_number(), find_campaign_address(connection, scope.id, NAME)
    bubbles = _list_bubbles(connection, scope, number, campaign_address)
    if campaign_address is not None and _OFF_KEY not in session and _receive(bubbles, number, campaign_address):
        bubbles = _list_bubbles(connection, scope, number, campaign_address)
    return render_template("_bubbles.html", bubbles=bubbles)


@blueprint.post("/send")
@for_anybody
def send() -> Response:
    """Send a message as the gateway does: an HTTP request to our own public address, signed as Twilio signs."""
    connection = get_connection()
    scope = get_chosen_scope(connection, is_remembered=True)
    number, campaign_address = (
        normalise_number(request.form.get("number", "")),
        find_campaign_address(connection, scope.id, NAME),
    )
    if number is None:
        flash(gettext("A number is a plus sign and 7 to 15 digits."), "bad")
    elif campaign_address is None:
        flash(gettext("This campaign has no number on which it takes messages."), "bad")
    else:
        session[_NUMBER_KEY] = number
        _deliver(number, campaign_address, request.form.get("text", "")[:_TEXT_LONGEST])
    return redirect(url_for("simulator.show_phone", _anchor="phone"))


@blueprint.post("/number")
@for_anybody
def change_number() -> Response:
    """Change to a new number, which makes another sender."""
    session.pop(_NUMBER_KEY, None)
    return redirect(url_for("simulator.show_phone"))


@blueprint.post("/switch")
@for_anybody
def switch() -> Response:
    """Switch the phone off or on: a message to a phone that is off stays `sent`."""
    if session.pop(_OFF_KEY, None) is None:
        session[_OFF_KEY] = True
    return redirect(url_for("simulator.show_phone", _anchor="phone"))


def _make_call() -> GatewayCall:
    settings = get_program().settings
    return GatewayCall(settings.public_url, settings.twilio_auth_tokens[0], settings.twilio_account_sid)


def _receive(bubbles: list[Bubble], number: str, campaign_address: str) -> bool:
    """Confirm the messages that were sent to the phone, by delivery reports to the webhook, as a real network does.

    Returns whether anything new was received. Messages that a real gateway took are confirmed by that gateway.
    """
    new = [
        bubble.external_id
        for bubble in bubbles
        if bubble.direction == Direction.OUTBOUND
        and bubble.state == MessageState.SENT
        and bubble.external_id is not None
        and bubble.external_id.startswith(ID_PREFIX)
    ]
    call = _make_call()
    try:
        for sid in new:
            call.confirm(sid, address=number, campaign_address=campaign_address)
    except GatewayCallFailed as error:
        _log.warning("simulator_not_confirmed", error=describe(error), status=error.status)
        return False
    return bool(new)


def _deliver(number: str, campaign_address: str, said: str) -> None:
    try:
        _make_call().deliver(address=number, campaign_address=campaign_address, text=said)
    except GatewayCallFailed as error:
        if error.status is None:
            flash(gettext("The server does not answer at its own address; look at PUBLIC_URL."), "bad")
        else:
            flash(gettext("The webhook answered %(status)s.", status=error.status), "bad")


def _get_number() -> str:
    if _NUMBER_KEY not in session:
        session[_NUMBER_KEY] = make_number()
    return str(session[_NUMBER_KEY])


def _list_bubbles(connection: Connection, scope: Scope, number: str, campaign_address: str | None) -> list[Bubble]:
    if campaign_address is None:
        return []
    return list_bubbles(connection, scope.id, campaign_address, get_program().pseudonyms.hash_address(number))
