"""The pages of translators: what waits for a translation, and the words of one report with the field for it."""

from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext
from flask_security import current_user
from werkzeug.wrappers import Response

from reporting.accounts.role import TRANSLATE
from reporting.moderation.report.translation import TRANSLATION_LONGEST, find_translation
from reporting.moderation.translating import BEGINNING, UNKNOWN, Wanted, find_next, get_words, list_untranslated
from reporting.web.auth import needs, sees_restricted
from reporting.web.current_campaign import Scope, get_scope, list_scopes
from reporting.web.edge.request_transaction import get_connection, get_program
from reporting.web.moderate.acts import save_translation

blueprint = Blueprint("translate", __name__, url_prefix="/moderate/translate")

_YES: Final = "yes"
_LONGEST: Final = 20  # characters of a language's code


@blueprint.get("")
@needs(TRANSLATE)
def show_waiting() -> str:
    """Show the reports that wait for a translation, the most urgent and then the oldest first."""
    connection = get_connection()
    scope = get_scope(connection)
    after_id = request.args.get("after", type=int)
    reports, has_more = list_untranslated(connection, scope.id, current_user.id, _read_wanted(), after_id=after_id)
    return render_template(
        "moderate/translate.html",
        scopes=list_scopes(connection),
        reports=reports,
        has_more=has_more,
        beginning=BEGINNING,
        **_describe(scope),
    )


@blueprint.get("/<int:report_id>")
@needs(TRANSLATE)
def show(report_id: int) -> str:
    """Show the words of one report, and the field for their translation."""
    connection = get_connection()
    scope = get_scope(connection)
    report = get_words(connection, scope.id, report_id, current_user.id, sees_restricted=sees_restricted())
    return render_template(
        "moderate/translate_one.html",
        report=report,
        translation=find_translation(connection, report_id, get_program().pseudonyms),
        translation_longest=TRANSLATION_LONGEST,
        next_id=find_next(connection, scope.id, _read_wanted(), after_id=report_id),
        **_describe(scope),
    )


@blueprint.post("/<int:report_id>")
@needs(TRANSLATE)
def save(report_id: int) -> Response:
    """Save the translation, and go on to the next report."""
    connection = get_connection()
    scope = get_scope(connection)
    get_words(connection, scope.id, report_id, current_user.id, sees_restricted=sees_restricted())
    save_translation(connection, report_id)
    flash(gettext("The translation was saved."), "good")
    next_id = find_next(connection, scope.id, _read_wanted(), after_id=report_id)
    asked = _read_asked()
    if next_id is None:
        return redirect(url_for("translate.show_waiting", **asked), 303)
    return redirect(url_for("translate.show", report_id=next_id, **asked), 303)


def _read_asked() -> dict[str, Any]:
    """Read the filters of the address, as they stand in it."""
    asked = {"language": request.args.get("language", "")[:_LONGEST].strip()}
    if request.args.get("restricted") == _YES and sees_restricted():
        asked["restricted"] = _YES
    return {name: value for name, value in asked.items() if value}


def _read_wanted() -> Wanted:
    """Read what is asked for; without a language it is all but the one in which the translator reads these pages."""
    asked = _read_asked()
    is_restricted = "restricted" in asked
    if "language" in asked:
        return Wanted(language=asked["language"], is_restricted=is_restricted)
    locale = get_locale()
    return Wanted(not_language=locale.language if locale is not None else None, is_restricted=is_restricted)


def _describe(scope: Scope) -> dict[str, Any]:
    return {
        "scope": scope,
        "asked": _read_asked(),
        "languages": scope.languages,
        "unknown": UNKNOWN,
        "may_see_restricted": sees_restricted(),
    }
