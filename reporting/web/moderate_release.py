"""A supervisor makes a release and sees what became of its cells."""

from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from reporting.accounts.role import SUPERVISE
from reporting.aggregation.counting import list_months
from reporting.aggregation.cube import CUBES
from reporting.aggregation.error import ReleaseError
from reporting.aggregation.release import Built, make_release
from reporting.publishing.reading import list_releases
from reporting.web.guard import needs
from reporting.web.scope import get_scope
from reporting.web.transaction import get_connection

blueprint = Blueprint("moderate_release", __name__, url_prefix="/moderate/releases")

_CUBE: Final = next(iter(CUBES))


@blueprint.get("")
@needs(SUPERVISE)
def show_releases() -> str:
    """What was released, and the form for the next one."""
    return _render()


@blueprint.post("")
@needs(SUPERVISE)
def build() -> Response | tuple[str, int]:
    """Make a release of the period that was chosen and lead to it."""
    connection = get_connection()
    scope = get_scope(connection)
    cube, period = request.form.get("cube", _CUBE), request.form.get("period", "")
    try:
        built = make_release(connection, scope.id, cube, period)
    except ReleaseError as error:
        return _render(str(error)), 400
    for sentence in _report(built):
        flash(sentence, "good")
    return redirect(url_for("data.show_release", release_id=built.release_id), 303)


def _render(fault: str | None = None) -> str:
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
        releases=list_releases(connection, scope.slug),
    )


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
