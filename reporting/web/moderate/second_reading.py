"""Second readings: a report is decided on by somebody who does not see the first decision; a third settles disputes."""

from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_security import current_user
from werkzeug.wrappers import Response

from reporting.accounts.role import MODERATE, SUPERVISE
from reporting.moderation.queue_stats import list_topics
from reporting.moderation.report.media import list_media
from reporting.moderation.report.translation import find_translation
from reporting.moderation.second_reading.read import (
    Outcome,
    Verdict,
    claim_next,
    count_readable,
    give_reading_back,
    give_second_verdict,
    list_disputes,
    settle,
    show_dispute,
    show_reading,
)
from reporting.web.auth import needs, sees_restricted
from reporting.web.current_campaign import get_scope
from reporting.web.edge.request_transaction import get_connection, get_program

_NO_TOPIC: Final = "_none"  # no topic of the list fits; no code begins with this sign

blueprint = Blueprint("second_reading", __name__, url_prefix="/moderate/second")


@blueprint.get("")
@needs(MODERATE)
def show_waiting() -> str:
    """Show how many reports wait for this account as their second reader, and the disputes that it may settle."""
    connection = get_connection()
    scope = get_scope(connection)
    reader = {"sees_restricted": sees_restricted()}
    return render_template(
        "moderate/second_readings.html",
        scope=scope,
        waiting=count_readable(connection, scope.id, current_user.id, **reader),
        disputes=list_disputes(connection, scope.id, current_user.id, supervises=_supervises(), **reader),
    )


@blueprint.post("/next")
@needs(MODERATE)
def take() -> Response:
    """Lease the next reading and go to it. `after` of the form is the one that is passed over and given back."""
    connection = get_connection()
    after_id = request.form.get("after", 0, type=int)
    if after_id:
        give_reading_back(connection, after_id, current_user.id)
    return _go_to_next(after_id)


@blueprint.get("/<int:reading_id>")
@needs(MODERATE)
def show(reading_id: int) -> str:
    """Show a report to its second reader."""
    connection = get_connection()
    scope = get_scope(connection)
    reading = show_reading(connection, scope.id, reading_id, current_user.id, sees_restricted=sees_restricted())
    return render_template(
        "moderate/second_reading.html",
        scope=scope,
        reading=reading,
        media=list_media(connection, reading.report_id),
        translation=find_translation(connection, reading.report_id, get_program().pseudonyms),
        topics=list_topics(connection, scope.id),
    )


@blueprint.post("/<int:reading_id>")
@needs(MODERATE)
def decide(reading_id: int) -> Response:
    """Record the second reader's verdict, and go to the next reading."""
    connection = get_connection()
    outcome = give_second_verdict(
        connection, get_scope(connection).id, reading_id, current_user.id, _read_verdict(),
        sees_restricted=sees_restricted(),
    )  # fmt: skip
    said = {
        Outcome.AGREED: gettext("Thank you. Both readers decided the same."),
        Outcome.DISPUTED: gettext("Thank you. The first reader decided otherwise: a third person settles it."),
    }
    flash(said[outcome], "good")
    return _go_to_next()


@blueprint.get("/<int:reading_id>/settle")
@needs(MODERATE)
def show_disputed(reading_id: int) -> str:
    """Show both verdicts to a third reader."""
    connection = get_connection()
    scope = get_scope(connection)
    dispute = show_dispute(
        connection, scope.id, reading_id, current_user.id, sees_restricted=sees_restricted(), supervises=_supervises()
    )
    topics = list_topics(connection, scope.id)
    return render_template(
        "moderate/second_reading_dispute.html",
        scope=scope,
        dispute=dispute,
        reading=dispute.reading,
        media=list_media(connection, dispute.reading.report_id),
        translation=find_translation(connection, dispute.reading.report_id, get_program().pseudonyms),
        topics=topics,
        topic_names={topic.code: topic.names for topic in topics},
    )


@blueprint.post("/<int:reading_id>/settle")
@needs(MODERATE)
def settle_disputed(reading_id: int) -> Response:
    """Settle a disagreement of two readers."""
    connection = get_connection()
    settle(
        connection, get_scope(connection).id, reading_id, current_user.id, _read_verdict(),
        sees_restricted=sees_restricted(), supervises=_supervises(),
    )  # fmt: skip
    flash(gettext("Settled: your decision counts."), "good")
    return redirect(url_for("second_reading.show_waiting"), 303)


def _go_to_next(after_id: int = 0) -> Response:
    connection = get_connection()
    scope = get_scope(connection)
    reading_id = claim_next(connection, scope.id, current_user.id, sees_restricted=sees_restricted(), after_id=after_id)
    if reading_id is None:
        flash(gettext("Nothing is left to do here. Thank you."), "good")
        return redirect(url_for("second_reading.show_waiting"), 303)
    return redirect(url_for("second_reading.show", reading_id=reading_id), 303)


def _read_verdict() -> Verdict:
    """Read the verdict of the form: one button approves, with a topic; the other rejects, with a reason."""
    topic = request.form.get("topic", "")
    return Verdict(
        state=request.form.get("verdict", ""),
        reason=request.form.get("reason", ""),
        topic="" if topic == _NO_TOPIC else topic,
    )


def _supervises() -> bool:
    return bool(current_user.has_permission(SUPERVISE))
