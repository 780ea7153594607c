"""The desk: a list of reports on one side, the report to decide on the other, and no new page between two reports.

Every address is a whole page, so that it works without a script and can be kept. A script asks for the piece that it
puts into the page, by the header that htmx sends.
"""

from dataclasses import replace
from typing import Any, Final

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_security import current_user
from sqlalchemy import Connection, select
from werkzeug.wrappers import Response

from geo.tables import area
from reporting.accounts.role import MODERATE
from reporting.models.base import now
from reporting.moderation.decision_log import is_in_campaign
from reporting.moderation.desk.filters import Filters
from reporting.moderation.desk.lease import lease_first
from reporting.moderation.desk.listing import COUNTED_MOST, Page, count_lines, list_lines
from reporting.moderation.desk.saved_views import NAME_LONGEST, View, add_view, delete_view, list_views
from reporting.moderation.desk.search import LONGEST, read_search
from reporting.moderation.desk.signals import list_signals
from reporting.moderation.errors import InputRefused
from reporting.moderation.queue import give_back
from reporting.moderation.queue_stats import list_topics
from reporting.web.auth import needs, sees_restricted
from reporting.web.current_campaign import Scope, get_scope
from reporting.web.desk.address import (
    STATES,
    Address,
    find_form_address,
    is_swapped,
    read_address,
    read_query,
    seal_words,
    write_cursor,
)
from reporting.web.desk.wording import AGES, COMMON_VIEWS, HOLDERS, ORDERS
from reporting.web.edge.request_transaction import get_connection, get_program
from reporting.web.moderate.report_page import lease_after, show_next, show_reader

blueprint = Blueprint("desk", __name__, url_prefix="/moderate/desk")

_AREAS_MOST: Final = 500  # more make no list that anybody looks through
_SEARCHED: Final = ("words", "sender", "spelling")
_CLUSTER_SIZES: Final = (2, 3, 5, 10, 20)


@blueprint.get("")
@needs(MODERATE)
def show_desk() -> str | Response:
    """Show the list that the address asks for and the report that is read, or only the one of them that changed."""
    connection = get_connection()
    scope = get_scope(connection)
    desk = _read_desk(connection, scope)
    report_id = request.args.get("report", type=int)
    piece = request.headers.get("HX-Target") if is_swapped() else None
    if piece == "reader":
        return show_reader(connection, scope, report_id, desk)
    listed = {**_list(connection, scope, desk), **_list_choices(connection, scope)}
    if piece == "pane":
        answer = make_response(render_template("desk/_pane.html", **listed))
        answer.headers["HX-Push-Url"] = url_for("desk.show_desk", **desk.asked, after=request.args.get("after"))
        return answer
    reader = show_reader(connection, scope, report_id, desk)
    return render_template("desk/page.html", reader=reader, **listed)


@blueprint.post("/next")
@needs(MODERATE)
def take() -> Response:
    """Lease the next report of the list and show it; `after` of the form is the report that is passed over.

    With `ahead` = `yes` it is only fetched, while the one before it is still read and kept.
    """
    connection = get_connection()
    scope = get_scope(connection)
    desk = _get_form_desk(connection, scope)
    after_id = request.form.get("after", 0, type=int)
    if after_id and not is_in_campaign(connection, after_id, scope.id, sees_restricted=sees_restricted()):
        abort(404)
    if request.form.get("ahead") == "yes":
        next_id = lease_after(connection, scope, after_id, desk)
        if next_id is None or next_id == after_id:
            return Response(status=204)
        return make_response(show_reader(connection, scope, next_id, desk))
    if after_id:
        give_back(connection, after_id, current_user.id)
        return show_next(connection, scope, after_id, desk)
    next_id = lease_first(
        connection, scope.id, current_user.id, desk.filters, order=desk.order, sees_restricted=sees_restricted()
    )
    address = url_for("desk.show_desk", **desk.asked, report=next_id)
    if not is_swapped():
        if next_id is None:
            flash(gettext("Nothing is left to do here. Thank you."), "good")
        return redirect(address, 303)
    answer = make_response(show_reader(connection, scope, next_id, desk))
    answer.headers["HX-Push-Url"] = address
    return answer


@blueprint.post("/search")
@needs(MODERATE)
def search() -> Response:
    """Look for a reference, a whole phone number or words, among the reports of the list.

    The form is a POST, so that what was typed stands in no address. The answer leads to an address without it.
    """
    connection = get_connection()
    scope = get_scope(connection)
    desk = _get_form_desk(connection, scope)
    asked = {name: value for name, value in desk.asked.items() if name not in _SEARCHED}
    pseudonyms = get_program().pseudonyms
    typed = request.form.get("said", "")
    found = read_search(connection, scope.id, scope.country, pseudonyms, typed, sees_restricted=sees_restricted())
    if found.report_id is not None:
        return redirect(url_for("desk.show_desk", **asked, report=found.report_id), 303)
    if found.sender is not None:
        asked["sender"] = str(found.sender)
    elif found.is_number:
        flash(gettext("Nobody with this number has written to this campaign."), "bad")
    elif found.words:
        asked["words"] = seal_words(pseudonyms, found.words)
    return redirect(url_for("desk.show_desk", **asked), 303)


@blueprint.get("/counts")
@needs(MODERATE)
def show_counts() -> str | Response:
    """Show how many reports the list and each saved view have now; nothing new where `known` is what there is.

    The page asks again and again: an open stream for each moderator would hold one of the server's few threads.
    """
    connection = get_connection()
    scope = get_scope(connection)
    desk = _read_desk(connection, scope)
    count = _count(connection, scope, desk.filters)
    views = [
        (view, _count(connection, scope, filters))
        for view in _list_all_views(connection, scope)
        if (filters := _find_filters(connection, scope, view.address)) is not None
    ]
    known = "-".join(str(each) for each in (count, *(counted for _view, counted in views)))
    if request.args.get("known") == known:
        return Response(status=204)
    return render_template(
        "desk/_counts.html" if is_swapped() else "desk/counts.html",
        scope=scope, desk=desk, views=views, count=count, known=known, most=COUNTED_MOST,
    )  # fmt: skip


@blueprint.post("/views")
@needs(MODERATE)
def save_view() -> Response:
    """Save the filters of the list under a name."""
    connection = get_connection()
    scope = get_scope(connection)
    desk = _get_form_desk(connection, scope)
    name = request.form.get("name", "")
    add_view(connection, scope.id, current_user.id, name=name, address=desk.query)
    return redirect(url_for("desk.show_desk", **desk.asked), 303)


@blueprint.post("/views/<int:view_id>/delete")
@needs(MODERATE)
def drop_view(view_id: int) -> Response:
    """Delete a saved view of one's own."""
    connection = get_connection()
    desk = _get_form_desk(connection, get_scope(connection))
    delete_view(connection, current_user.id, view_id)
    return redirect(url_for("desk.show_desk", **desk.asked), 303)


def _read_desk(connection: Connection, scope: Scope) -> Address:
    """Read the address of this request. 403 for restricted reports without the right to see them."""
    return _check_right(read_address(connection, scope.id, request.args, get_program().pseudonyms))


def _get_form_desk(connection: Connection, scope: Scope) -> Address:
    desk = find_form_address(connection, scope.id)
    if desk is None:
        raise InputRefused("desk")
    return _check_right(desk)


def _check_right(desk: Address) -> Address:
    if desk.filters.is_restricted and not sees_restricted():
        abort(403)
    return desk


def _list(connection: Connection, scope: Scope, desk: Address) -> dict[str, Any]:
    """List a page of the list; words that nothing has are looked for again by how they sound."""
    page = _list_page(connection, scope, desk, desk.filters)
    is_sound = False
    if not page.lines and desk.filters.words and not desk.filters.is_spelling and desk.after is None:
        is_sound = True
        page = _list_page(connection, scope, desk, _spell(desk.filters))
    if is_sound and page.lines:
        desk = replace(desk, filters=_spell(desk.filters), asked={**desk.asked, "spelling": "yes"})
    return {
        "scope": scope,
        "desk": desk,
        "lines": page.lines,
        "next_page": write_cursor(page.after) if page.after else None,
        "page": request.args.get("after"),
        "without_search": {name: value for name, value in desk.asked.items() if name not in _SEARCHED},
        "report_id": request.args.get("report", type=int),
        "now": now(),
    }


def _list_page(connection: Connection, scope: Scope, desk: Address, filters: Filters) -> Page:
    return list_lines(
        connection, scope.id, current_user.id, filters, order=desk.order, after=desk.after,
        sees_restricted=sees_restricted(),
    )  # fmt: skip


def _spell(filters: Filters) -> Filters:
    return replace(filters, is_spelling=True)


def _list_choices(connection: Connection, scope: Scope) -> dict[str, Any]:
    """List what the form of the filters offers."""
    areas = select(area.c.code, area.c.name, area.c.level).where(area.c.campaign_id == scope.id)
    return {
        "topics": list_topics(connection, scope.id),
        "signals": list_signals(connection, scope.id),
        "areas": list(connection.execute(areas.order_by(area.c.level, area.c.name).limit(_AREAS_MOST))),
        "sees_restricted": sees_restricted(),
        "states": STATES,
        "holders": HOLDERS,
        "orders": ORDERS,
        "ages": AGES,
        "cluster_sizes": _CLUSTER_SIZES,
        "search_longest": LONGEST,
        "name_longest": NAME_LONGEST,
    }


def _count(connection: Connection, scope: Scope, filters: Filters) -> int:
    return count_lines(connection, scope.id, current_user.id, filters, sees_restricted=sees_restricted())


def _list_all_views(connection: Connection, scope: Scope) -> list[View]:
    """List the views that everybody has, and those that this account saved."""
    common = [View(0, str(name), address) for address, name in COMMON_VIEWS.items()]
    if sees_restricted():
        common.append(View(0, gettext("Restricted"), "restricted=yes"))
    return common + list_views(connection, scope.id, current_user.id)


def _find_filters(connection: Connection, scope: Scope, address: str) -> Filters | None:
    """Find the filters of a view; None where its topic is gone, or the account lost the right to it."""
    try:
        filters = read_query(connection, scope.id, address, get_program().pseudonyms).filters
    except InputRefused:
        return None
    return None if filters.is_restricted and not sees_restricted() else filters
