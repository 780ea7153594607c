"""Error pages: what was refused, why, and what to do. Other kinds of answers (JSON, XML) are not changed."""

from typing import Any, Final

from flask import Flask, Response, make_response, render_template, request, url_for
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException

from reporting.moderation.errors import DecidedMeanwhile, ModerationError
from reporting.web.current_campaign import ChoiceNeeded, NoCampaign
from reporting.web.edge.database_unavailable import RETRY_AFTER_S, check_outage, show_unavailable
from reporting.web.edge.problem_json import show_http_error
from reporting.web.formatting import REFUSALS
from reporting.web.privacy_notice import show_choice

_NO_PAGES: Final = ("/api/", "/channels/", "/openrosa/", "/open311/", "/healthz", "/readyz", "/metrics", "/static/")


def configure_refusal(app: Flask) -> None:
    """Show errors on the site's own pages."""
    app.register_error_handler(ModerationError, _show_moderation_error)
    app.register_error_handler(NoCampaign, _show_no_campaign)
    app.register_error_handler(ChoiceNeeded, _show_choice)
    app.register_error_handler(CSRFError, _show_stale_form)
    app.register_error_handler(DBAPIError, _show_outage)
    for status in (403, 404, 405, 503):
        app.register_error_handler(status, _show_http_error)


def _show_moderation_error(error: ModerationError) -> Response:
    meanwhile = error if isinstance(error, DecidedMeanwhile) else None
    again = None
    if meanwhile is not None and request.view_args:
        page = "incident.show_incident" if "incident_id" in request.view_args else "report.show_report"
        again = url_for(page, **request.view_args)
    return _page(error.status, REFUSALS[error.reason], meanwhile=meanwhile, again=again)


def _show_no_campaign(_error: NoCampaign) -> Response:
    return _page(404, gettext("There is no campaign yet. An operator makes one with: flask campaign create"))


def _show_choice(_error: ChoiceNeeded) -> str:
    return show_choice()


def _show_outage(error: DBAPIError) -> Response:
    check_outage(error)
    response = Response("try again\n", content_type="text/plain") if _is_no_page() else show_unavailable()
    response.status_code = 503
    response.headers["Retry-After"] = RETRY_AFTER_S
    response.cache_control.no_store = True
    return response


def _is_no_page() -> bool:
    return request.path.startswith(_NO_PAGES)


def _show_stale_form(_error: CSRFError) -> Response:
    return _page(400, gettext("The form was too old or came from elsewhere. Go back, reload the page and try again."))


def _show_http_error(error: HTTPException) -> Response | HTTPException:
    if request.path.startswith("/api/"):
        return show_http_error(error)
    if _is_no_page():
        return error
    messages = {
        403: gettext("You do not have permission to open this page."),
        404: gettext("Page not found."),
        405: gettext("This address is for forms only."),
        503: gettext("Please try again in a moment"),
    }
    page = _page(error.code or 500, messages.get(error.code or 0, error.name))
    page.headers.extend((name, value) for name, value in error.get_headers() if name == "Retry-After")
    return page


def _page(status: int, message: Any, **values: Any) -> Response:
    return make_response(render_template("refusal.html", message=message, status=status, **values), status)
