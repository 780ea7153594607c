"""Publication of figures by supervisors: preview, typed confirmation, approval by a second person, withdrawal.

The preview shows the figures and what changes. The supervisor types the period to confirm. A release with a delicate
topic needs a second person. A wrong release is withdrawn with a reason.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_security import current_user
from sqlalchemy import Connection, select, text
from werkzeug.wrappers import Response

from reporting.accounts.role import SUPERVISE
from reporting.aggregation.dimension import TOTAL
from reporting.aggregation.draft import CellChange
from reporting.aggregation.errors import FiguresChanged, NoReason, NoSuchRelease, NotWaiting, ReleaseError
from reporting.aggregation.publication import (
    REASON_LONGEST,
    approve_release,
    get_period,
    get_waiting,
    list_all_releases,
    publish,
    withdraw_release,
)
from reporting.aggregation.release import Built, draft_release
from reporting.campaigns.cube_use import DEFAULT_CUBE
from reporting.models.base import now
from reporting.models.release import Release
from reporting.publishing.release_calendar import read_budget, read_calendars
from reporting.web.auth import needs
from reporting.web.current_campaign import get_scope
from reporting.web.data.wording import Names
from reporting.web.edge.request_transaction import get_connection, get_program
from reporting.web.moderate.release_preview import summarise, word_error, word_refusal

blueprint = Blueprint("moderate_release", __name__, url_prefix="/moderate/releases")

_CUBE: Final = DEFAULT_CUBE
_CHANGES_LISTED: Final = 200
_ACCOUNTS_LISTED: Final = 24  # months and years
_AREA_NAMES = text("SELECT level, code, name FROM area WHERE campaign_id = :id AND code = ANY(CAST(:codes AS text[]))")


@blueprint.get("")
@needs(SUPERVISE)
def show_releases() -> str:
    """Show where each month of each cube stands, what may be published now, and all releases."""
    return _render()


@blueprint.get("/preview")
@needs(SUPERVISE)
def preview() -> str | tuple[str, int]:
    """Preview a release of the chosen period, and what it changes."""
    return _render_preview(request.args.get("cube", _CUBE), request.args.get("period", ""))


@blueprint.post("")
@needs(SUPERVISE)
def build() -> Response | tuple[str, int] | str:
    """Publish the previewed release, or let it wait for a second person.

    Without the typed confirmation show the preview.
    """
    connection = get_connection()
    scope = get_scope(connection)
    cube, period = request.form.get("cube", _CUBE), request.form.get("period", "")
    if not _is_confirmed(period):
        return _render_preview(cube, period, fault=_ask_for_word(period))
    digest = request.form.get("digest", "")
    try:
        key = get_program().noise_key
        built = publish(connection, scope.id, cube, period, key, account_id=current_user.id, digest=digest)
    except FiguresChanged as error:
        return _render_preview(cube, period, fault=word_error(error), status=409)
    except ReleaseError as error:
        return _render(word_error(error)), 400
    if built.is_waiting:
        flash(gettext("The release is prepared. It is published when a second person has approved it here."), "good")
        return redirect(url_for("moderate_release.show_releases"), 303)
    flash(_report(built), "good")
    return redirect(url_for("data.show_release", release_id=built.release_id), 303)


@blueprint.get("/<int:release_id>")
@needs(SUPERVISE)
def show_waiting(release_id: int) -> str | tuple[str, int]:
    """Show a release that waits for a second person, or that may be withdrawn."""
    return _render_release(release_id)


@blueprint.post("/<int:release_id>/approve")
@needs(SUPERVISE)
def approve(release_id: int) -> Response | tuple[str, int] | str:
    """Approve and publish a release that another person has prepared."""
    connection = get_connection()
    ids = {"account_id": current_user.id, "campaign_id": get_scope(connection).id}
    refused = _decide(release_id, partial(approve_release, connection, release_id, **ids))
    if refused is not None:
        return refused
    flash(gettext("The release is published."), "good")
    return redirect(url_for("data.show_release", release_id=release_id), 303)


@blueprint.post("/<int:release_id>/withdraw")
@needs(SUPERVISE)
def withdraw(release_id: int) -> Response | tuple[str, int] | str:
    """Withdraw a release for good, with the reason that the public reads."""
    connection, reason = get_connection(), request.form.get("reason", "")
    ids = {"account_id": current_user.id, "campaign_id": get_scope(connection).id}
    refused = _decide(release_id, partial(withdraw_release, connection, release_id, reason, **ids))
    if refused is not None:
        return refused
    flash(
        gettext("The release is withdrawn. It stays listed with the reason; its figures can be read no more."), "good"
    )
    return redirect(url_for("moderate_release.show_releases"), 303)


def _decide(release_id: int, act: Callable[[], None]) -> tuple[str, int] | str | None:
    """Decide on a release once its period is typed; return the page that says what is missing, None when it is done."""
    period = _get_period(get_connection(), release_id)
    if not _is_confirmed(period):
        return _render_release(release_id, fault=_ask_for_word(period))
    try:
        act()
    except NoSuchRelease:
        abort(404)
    except NoReason as error:
        return _render_release(release_id, fault=word_error(error))
    except ReleaseError as error:
        return _render(word_error(error)), 409
    return None


def _render(fault: Any = None) -> str:
    connection = get_connection()
    scope = get_scope(connection)
    return render_template(
        "moderate/release_build.html",
        scope=scope,
        fault=fault,
        calendars=read_calendars(connection, scope.id, now()),
        budget=read_budget(connection, scope.id)[:_ACCOUNTS_LISTED],
        releases=list_all_releases(connection, scope.id),
        cubes=_list_cubes(connection, scope.id),
    )


def _list_cubes(connection: Connection, campaign_id: int) -> dict[int, str]:
    """List the cubes of a campaign's releases by release id."""
    rows = connection.execute(select(Release.id, Release.cube).where(Release.campaign_id == campaign_id))
    return {row.id: row.cube for row in rows}


def _render_preview(cube: str, period: str, *, fault: Any = None, status: int = 400) -> str | tuple[str, int]:
    connection = get_connection()
    scope = get_scope(connection)
    try:
        draft = draft_release(connection, scope.id, cube, period, get_program().noise_key)
    except ReleaseError as error:
        return _render(word_error(error)), 400
    page = render_template(
        "moderate/release_preview.html",
        scope=scope,
        draft=draft,
        fault=fault,
        period=draft.period.name,
        preview=summarise(draft),
        refusal=word_refusal(draft),
        names=draft,
        dimensions=[dimension.name for dimension in draft.cube.dimensions],
        **_list_changes(connection, scope.id, draft.changes),
    )
    return (page, status) if fault else page


def _render_release(release_id: int, *, fault: Any = None) -> str | tuple[str, int]:
    connection = get_connection()
    scope = get_scope(connection)
    release = next((row for row in list_all_releases(connection, scope.id) if row.id == release_id), None)
    if release is None:
        abort(404)
    try:
        waiting = get_waiting(connection, scope.id, release_id)
    except NotWaiting:
        waiting = None
    made = connection.execute(
        select(Release.cube, Release.topics, Release.policy).where(Release.id == release_id)
    ).one()
    page = render_template(
        "moderate/release_decide.html",
        scope=scope,
        release=release,
        waiting=waiting,
        fault=fault,
        period=release.period,
        is_mine=waiting is not None and waiting.row.prepared_by == current_user.id,
        reason=request.form.get("reason", ""),
        reason_longest=REASON_LONGEST,
        cube=made.cube,
        names=Names(made.topics, made.policy.get("questions", {})),
        dimensions=[dimension["name"] for dimension in made.policy.get("dimensions", ())],
        **_list_changes(connection, scope.id, waiting.changes if waiting else []),
    )
    return (page, 400) if fault else page


def _list_changes(connection: Connection, campaign_id: int, changes: Sequence[CellChange]) -> dict[str, Any]:
    """List the changes for a page, with the names of their areas, and the number of changes left out.

    The country comes first, then the totals of areas, so that what is left out is the finest.
    """
    ranked = sorted(
        changes, key=lambda change: (change.key[0], sum(code != TOTAL for code in change.key[3]), change.key)
    )
    listed = ranked[:_CHANGES_LISTED]
    codes = sorted({change.key[1] for change in listed})
    names = connection.execute(_AREA_NAMES, {"id": campaign_id, "codes": codes})
    return {
        "changes": listed,
        "unlisted": len(changes) - len(listed),
        "area_names": {(row.level, row.code): row.name for row in names},
    }


def _get_period(connection: Connection, release_id: int) -> str:
    try:
        return get_period(connection, release_id)
    except NoSuchRelease:
        abort(404)


def _is_confirmed(period: str) -> bool:
    """Return whether the supervisor typed the period as confirmation."""
    return bool(period) and request.form.get("typed", "").strip().lower() == period.lower()


def _ask_for_word(period: str) -> str:
    return str(gettext("Nothing was done yet: type %(word)s to say that you mean it.", word=f"“{period}”"))


def _report(built: Built) -> str:
    return str(
        gettext(
            "The release is made: %(shown)d figures are shown, %(suppressed)d are too small to be shown.",
            shown=built.shown,
            suppressed=built.suppressed,
        )
    )
