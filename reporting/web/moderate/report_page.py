"""The page of one report, and where an act leads: back to the page, or on to the next report.

The same page is the reader of the desk: there it comes without the frame of the site, and acts answer with what
changed. A form of the desk says so by its field `desk`, which holds the desk's filters.
"""

from collections.abc import Mapping
from typing import Any, Final

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_security import current_user
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from geo.reasons import read_reasons
from geo.spatial_sql import find_extent
from reporting.extraction.personal_details import find_details
from reporting.languages.sms_segments import measure
from reporting.models.base import now
from reporting.models.states import ReportState
from reporting.moderation import decisions
from reporting.moderation.countable import list_lacks
from reporting.moderation.decision_log import is_restricted
from reporting.moderation.desk.lease import LEASE_S, lease_next
from reporting.moderation.desk.listing import Line, find_cursor, get_line
from reporting.moderation.incident.together import find_together
from reporting.moderation.queue import renew
from reporting.moderation.queue_stats import list_topics
from reporting.moderation.report import move_answer as moving
from reporting.moderation.report import place_choices, split
from reporting.moderation.report.assignment import find_assignment, list_colleagues
from reporting.moderation.report.canned_replies import list_canned_replies
from reporting.moderation.report.media import list_media
from reporting.moderation.report.notes import PRIVATE_NOTE_LONGEST, list_notes, mark_mentions_seen
from reporting.moderation.report.place_choices import PlaceChoice
from reporting.moderation.report.place_mentions import cut
from reporting.moderation.report.translation import TRANSLATION_LONGEST, Translation, find_translation
from reporting.moderation.report.view import ReportView, get_report_view
from reporting.moderation.second_reading.hold import is_held
from reporting.moderation.second_reading.read import find_own_reading
from reporting.moderation.stale_decisions import get_last_decision
from reporting.web.auth import sees_restricted
from reporting.web.current_campaign import Scope, get_scope, has_quiet_hours
from reporting.web.desk.address import Address, find_form_address, is_swapped
from reporting.web.edge.request_transaction import get_connection, get_program
from reporting.web.moderate.queue import go_to_next

LIST_CHANGED: Final = "desk-list"  # tells the desk's script to list anew
DETAILS: Final = "details"  # the parameter that asks for what is hidden in the words
SHOWN: Final = "shown"


def render_report(
    connection: Connection,
    scope: Scope,
    report_id: int,
    *,
    desk: Address | None = None,
    asked: Mapping[str, str] | None = None,
    **found: Any,
) -> str:
    """Render the page, or with `desk` the reader of the desk; `asked` is what has to be confirmed.

    `found` are the hits of a place search, and messages. Raises ReportUnknown.
    """
    seen = get_last_decision(connection, report_id)  # read first: a decision made during the queries is not shown
    asked = request.args if asked is None else asked
    view = get_report_view(
        connection, scope.id, report_id, current_user.id,
        sees_restricted=sees_restricted(), asks_details=asked.get(DETAILS) == SHOWN,
    )  # fmt: skip
    translation = find_translation(connection, report_id, get_program().pseudonyms)
    hidden = [] if view.shows_details else find_details(view.row.text)
    places = place_choices.list_places(connection, view.row)
    is_open = view.row.state == ReportState.QUEUED and not view.row.is_sensitive
    mark_mentions_seen(connection, report_id, current_user.id)
    canned = list_canned_replies(connection, report_id)
    reply_text = next((reply.text for reply in canned if reply.code == asked.get("canned")), "")
    return render_template(
        "moderate/report.html",
        layout="desk/_reader.html" if desk else "base.html",
        desk=desk,
        asked=asked,
        scope=scope,
        seen=seen,
        view=view,
        report=view.row,
        is_locked=view.is_held_by_other(current_user.id),
        is_mine=view.row.is_leased and view.row.leased_by == current_user.id,
        lease_s=LEASE_S,
        is_held=is_held(connection, report_id),
        nearby=_list_nearby(view),
        location_reasons=read_reasons(view.row.location_reasons),
        choices=places.choices,
        pieces=cut(view.row.text, places.named, hidden),
        hides=not view.shows_details,
        is_hiding=_hides(view, translation),
        media=list_media(connection, report_id),
        extent=find_extent(connection, scope.id),
        far=_read_far(asked),
        second=_suggest_second(view, places.choices),
        related=moving.list_related(connection, report_id, sees_restricted=sees_restricted()),
        lacks=list_lacks(connection, [report_id]).get(report_id, ()),
        together=find_together(connection, scope.id, report_id, current_user.id) if is_open else None,
        topics=list_topics(connection, scope.id),
        canned=canned,
        reply_text=reply_text,
        segments=measure(reply_text),
        assignment=find_assignment(connection, report_id),
        colleagues=list_colleagues(connection, scope.id, sees_restricted=view.row.is_sensitive),
        notes=list_notes(connection, report_id, get_program().pseudonyms),
        translation=translation,
        translation_longest=TRANSLATION_LONGEST,
        private_note_longest=PRIVATE_NOTE_LONGEST,
        has_quiet_hours=has_quiet_hours(connection, scope.id),
        reply_longest=decisions.REPLY_LONGEST,
        note_longest=decisions.NOTE_LONGEST,
        queued=ReportState.QUEUED,
        **found,
    )


def go_back(
    report_id: int, part: str | None = None, message: str | None = None, *, is_list_changed: bool = False
) -> Response:
    """Go to the page of the report, at the section `part`, with a message; on the desk show the report again.

    With `is_list_changed` the desk lists anew: more than this report was changed.
    """
    return _go(report_id, part, message, "good", {}, is_list_changed=is_list_changed)


def ask_again(report_id: int, message: str, part: str, **asked: str) -> Response:
    """Go to the page of the report again, to ask whether what was not done yet is meant."""
    return _go(report_id, part, message, "bad", asked)


def show_details(report_id: int) -> Response:
    """Go to the page of the report with the numbers, addresses and names in its words; the look is logged."""
    return _go(report_id, "message", None, "", {DETAILS: SHOWN})


def go_on(
    connection: Connection, scope: Scope, report_id: int, message: str, *, is_list_changed: bool = False
) -> Response:
    """Go to the next report after a decision, or to the queue when it is empty; on the desk the next of its list.

    With `is_list_changed` the desk lists anew: more than this report was decided.
    """
    desk = find_form_address(connection, scope.id)
    if desk is None:
        flash(message, "good")
        return go_to_next(connection, scope, is_restricted=is_restricted(connection, report_id))
    answer = show_next(connection, scope, report_id, desk, message)
    if is_list_changed:
        answer.headers["HX-Trigger"] = ", ".join(filter(None, (answer.headers.get("HX-Trigger"), LIST_CHANGED)))
    return answer


def show_next(
    connection: Connection, scope: Scope, report_id: int, desk: Address, message: str | None = None
) -> Response:
    """Show the report behind this one on the desk, with a message about this one and the way to undo it.

    A browser that has the next report already, under its own lease and as it stands now, is told to show it.
    """
    ahead_id, ahead_seen = (request.form.get(name, 0, type=int) for name in ("ahead", "ahead_seen"))
    has_next = bool(ahead_id) and renew(connection, ahead_id, current_user.id)
    has_next = has_next and get_last_decision(connection, ahead_id) == ahead_seen
    next_id = ahead_id if has_next else lease_after(connection, scope, report_id, desk)
    if not is_swapped():
        if message:
            flash(message, "good")
        return redirect(url_for("desk.show_desk", **desk.asked, report=next_id), 303)
    line = _find_line(connection, report_id, desk)
    changed = render_template(
        "desk/_decided.html", desk=desk, line=line, report_id=report_id, message=message, now=now()
    )  # it takes the offer to undo, which the next report would show as its own
    answer = make_response(("" if has_next else show_reader(connection, scope, next_id, desk)) + changed)
    if has_next:
        answer.headers["HX-Reswap"] = "none"
        answer.headers["HX-Trigger"] = "desk-next"
    else:
        answer.headers["HX-Push-Url"] = url_for("desk.show_desk", **desk.asked, report=next_id)
    return answer


def lease_after(connection: Connection, scope: Scope, report_id: int, desk: Address) -> int | None:
    """Lease the report behind this one in the list of the desk; None when nothing is left."""
    return lease_next(
        connection, scope.id, current_user.id, desk.filters, order=desk.order,
        after=find_cursor(connection, report_id), sees_restricted=sees_restricted(),
    )  # fmt: skip


def show_reader(connection: Connection, scope: Scope, report_id: int | None, desk: Address) -> str:
    """Render the reader of the desk with a report, or with the way to the first one."""
    if report_id is None:
        return render_template("desk/_nothing.html", desk=desk, reading_id=None)
    reading_id = find_own_reading(connection, report_id, current_user.id)
    if reading_id is not None:  # its second reader does not see what the first one decided
        return render_template("desk/_nothing.html", desk=desk, reading_id=reading_id)
    return render_report(connection, scope, report_id, desk=desk)


def _go(
    report_id: int, part: str | None, message: str | None, category: str, asked: dict[str, str], *,
    is_list_changed: bool = False,
) -> Response:  # fmt: skip
    connection = get_connection()
    scope = get_scope(connection)
    desk = find_form_address(connection, scope.id)
    if desk is not None and is_swapped():
        said = [(category, message)] if message else []
        answer = make_response(render_report(connection, scope, report_id, desk=desk, asked=asked, said_now=said))
        if is_list_changed:
            answer.headers["HX-Trigger"] = LIST_CHANGED
        else:  # its topic, its place or its state is another one now
            line = _find_line(connection, report_id, desk)
            changed = render_template("desk/_changed_line.html", desk=desk, line=line, report_id=report_id, now=now())
            answer.set_data(answer.get_data(as_text=True) + changed)
        return answer
    if message:
        flash(message, category)
    values: dict[str, Any] = {"_anchor": part, **asked}
    if desk is not None:
        return redirect(url_for("desk.show_desk", **desk.asked, report=report_id, **values), 303)
    return redirect(url_for("report.show_report", report_id=report_id, **values), 303 if asked else 302)


def _find_line(connection: Connection, report_id: int, desk: Address) -> Line | None:
    """Find the line of a report; None where it left the list: who restricted it may have no right to see it."""
    stays = is_restricted(connection, report_id) == desk.filters.is_restricted
    return get_line(connection, report_id, current_user.id) if stays else None


def _suggest_second(view: ReportView, choices: list[PlaceChoice]) -> dict[str, Any]:
    """Suggest topic and place for the form of a second report, from what else the text names."""
    row = view.row
    elsewhere = [choice for choice in choices if not (choice.is_suggestion or choice.is_pinned)]
    names = [name.casefold() for name in row.other_places]
    named = [choice for choice in elsewhere if choice.name.casefold() in names]
    named += [choice for choice in elsewhere if choice.is_named]
    return {
        "is_told": bool(row.other_topics or row.other_places),
        "topic": row.other_topics[0] if row.other_topics else row.topic_code,
        "place": named[0].number if row.other_places and named else split.AS_IT_IS,
        "elsewhere": elsewhere,
    }


def _hides(view: ReportView, translation: Translation | None) -> bool:
    """Return whether something personal is hidden in the words, their translation or the conversation."""
    told = [view.row.text, *(message.text for message in view.thread), *([translation.text] if translation else [])]
    return not view.shows_details and any(map(find_details, told))


def _read_far(asked: Mapping[str, str]) -> dict[str, str] | None:
    """Read the pin far outside that is asked about; None where there is none or it is no point."""
    if "far" not in asked:
        return None
    far = {name: asked[name] for name in ("lat", "lon", "radius_m", "number") if name in asked}
    try:
        is_point = -90 <= float(far["lat"]) <= 90 and -180 <= float(far["lon"]) <= 180
    except (KeyError, ValueError):
        return None
    return far if is_point else None


def _list_nearby(view: ReportView) -> list[dict[str, float | str | bool]]:
    """List the other reports for the map."""
    return [
        {"lat": found.lat, "lon": found.lon, "name": found.reference, "is_same": found.is_same}
        for found in view.candidates
        if found.lat is not None and found.lon is not None
    ]
