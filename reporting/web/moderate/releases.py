"""Publication of figures by supervisors: preview, typed confirmation, approval by a second person, withdrawal.

The preview shows the figures and what changes. The supervisor types the period to confirm. A release with a delicate
topic needs a second person. A wrong release is withdrawn with a reason.
"""

from typing import Any, Final

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_security import current_user
from sqlalchemy import Connection, select, text
from werkzeug.wrappers import Response

from reporting.accounts.role import SUPERVISE
from reporting.aggregation.count_sql import list_months
from reporting.aggregation.cube import CUBES
from reporting.aggregation.draft import CellChange
from reporting.aggregation.errors import (
    EmptyRelease,
    FiguresChanged,
    NoReason,
    NoSuchRelease,
    NotWaiting,
    ReleaseError,
    ReleaseOutdated,
    ReleaseWithdrawn,
    SamePerson,
)
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
from reporting.models.campaign import Topic
from reporting.web.auth import needs
from reporting.web.current_campaign import get_scope
from reporting.web.edge.request_transaction import get_connection

blueprint = Blueprint("moderate_release", __name__, url_prefix="/moderate/releases")

_CUBE: Final = next(iter(CUBES))
_CHANGES_LISTED: Final = 200
_AREA_NAMES = text(
    "SELECT code, min(name) AS name FROM area"
    " WHERE campaign_id = :id AND code = ANY(CAST(:codes AS text[])) GROUP BY code"
)


@blueprint.get("")
@needs(SUPERVISE)
def show_releases() -> str:
    """Show all releases (published, waiting, withdrawn), and the choice of a period for the next one."""
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
        built = publish(connection, scope.id, cube, period, account_id=current_user.id, digest=digest)
    except FiguresChanged as error:
        return _render_preview(cube, period, fault=_word_error(error), status=409)
    except ReleaseError as error:
        return _render(_word_error(error)), 400
    if built.is_waiting:
        flash(gettext("The release is prepared. It is published when a second person has approved it here."), "good")
        return redirect(url_for("moderate_release.show_releases"), 303)
    for sentence in _report(built):
        flash(sentence, "good")
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
    scope = get_scope(connection)
    period = _get_period(connection, release_id)
    if not _is_confirmed(period):
        return _render_release(release_id, fault=_ask_for_word(period))
    try:
        approve_release(connection, release_id, current_user.id, campaign_id=scope.id)
    except NoSuchRelease:
        abort(404)
    except ReleaseError as error:
        return _render(_word_error(error)), 409
    flash(gettext("The release is published."), "good")
    return redirect(url_for("data.show_release", release_id=release_id), 303)


@blueprint.post("/<int:release_id>/withdraw")
@needs(SUPERVISE)
def withdraw(release_id: int) -> Response | tuple[str, int] | str:
    """Withdraw a release for good, with the reason that the public reads."""
    connection = get_connection()
    scope = get_scope(connection)
    period = _get_period(connection, release_id)
    if not _is_confirmed(period):
        return _render_release(release_id, fault=_ask_for_word(period))
    try:
        withdraw_release(connection, release_id, request.form.get("reason", ""), current_user.id, campaign_id=scope.id)
    except NoSuchRelease:
        abort(404)
    except NoReason as error:
        return _render_release(release_id, fault=_word_error(error))
    except ReleaseError as error:
        return _render(_word_error(error)), 409
    flash(
        gettext("The release is withdrawn. It stays listed with the reason; its figures can be read no more."), "good"
    )
    return redirect(url_for("moderate_release.show_releases"), 303)


def _render(fault: Any = None) -> str:
    connection = get_connection()
    scope = get_scope(connection)
    months = list_months(connection, scope.id, scope.timezone)
    return render_template(
        "data/build.html",
        scope=scope,
        fault=fault,
        months=months,
        years=sorted({month[:4] for month in months}, reverse=True),
        cubes=list(CUBES),
        releases=list_all_releases(connection, scope.id),
    )


def _render_preview(cube: str, period: str, *, fault: Any = None, status: int = 400) -> str | tuple[str, int]:
    connection = get_connection()
    scope = get_scope(connection)
    try:
        draft = draft_release(connection, scope.id, cube, period)
    except ReleaseError as error:
        return _render(_word_error(error)), 400
    page = render_template(
        "data/preview.html",
        scope=scope,
        draft=draft,
        fault=fault,
        period=draft.period.name,
        counts=draft.counts,
        topics=draft.topics,
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
    names = connection.execute(select(Topic.code, Topic.name).where(Topic.campaign_id == scope.id))
    page = render_template(
        "data/decide.html",
        scope=scope,
        release=release,
        waiting=waiting,
        fault=fault,
        period=release.period,
        is_mine=waiting is not None and waiting.row.prepared_by == current_user.id,
        reason=request.form.get("reason", ""),
        reason_longest=REASON_LONGEST,
        topics={row.code: row.name for row in names},
        **_list_changes(connection, scope.id, waiting.changes if waiting else []),
    )
    return (page, 400) if fault else page


def _list_changes(connection: Connection, campaign_id: int, changes: list[CellChange] | Any) -> dict[str, Any]:
    """List the changes for a page, with the names of their areas, and the number of changes left out."""
    listed = list(changes)[:_CHANGES_LISTED]
    codes = sorted({change.key[0] for change in listed})
    names = connection.execute(_AREA_NAMES, {"id": campaign_id, "codes": codes})
    return {
        "changes": listed,
        "unlisted": len(changes) - len(listed),
        "area_names": {row.code: row.name for row in names},
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


def _word_error(error: ReleaseError) -> Any:
    """Word an error in the language of the page. Errors that only operators meet keep their English text."""
    words = {
        EmptyRelease: gettext("Not one figure could be shown of this period, so there is nothing to publish."),
        FiguresChanged: gettext("The figures are not those that you looked at any more. Look again, then publish."),
        SamePerson: gettext("You prepared this release: somebody else must look at it and publish it."),
        ReleaseOutdated: gettext("Another release was published since. Withdraw this one and prepare it anew."),
        NotWaiting: gettext("This release does not wait any more: somebody was faster."),
        ReleaseWithdrawn: gettext("This release was withdrawn before."),
        NoReason: gettext(
            "Say why the release is withdrawn, in up to %(number)s characters. Everybody can read it.",
            number=REASON_LONGEST,
        ),
    }
    return words.get(type(error), str(error))


def _report(built: Built) -> list[str]:
    sentences = [
        gettext(
            "The release is made: %(shown)d cells show figures, %(suppressed)d are too small to be shown.",
            shown=built.shown,
            suppressed=built.suppressed,
        )
    ]
    if built.kept:
        sentences.append(
            gettext(
                "%(kept)d cells show what the release before showed: the reports that changed are of too few people.",
                kept=built.kept,
            )
        )
    return sentences
