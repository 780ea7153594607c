"""Optimistic concurrency of the moderation pages: each form carries the id of the last decision on its page."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from flask import request, session

from reporting.moderation.errors import ChangeRefused, DecidedMeanwhile, LeaseHeldByOther
from reporting.moderation.stale_decisions import check_incident_meanwhile, check_meanwhile, list_members
from reporting.web.edge.request_transaction import get_connection

SEEN: Final = "seen"  # the name of the form field

View = Callable[..., Any]


def on_incident_as_seen(view: View) -> View:
    """Refuse an act on an incident where others decided on it, or on a report of it, since the page was made.

    A request without that field comes from no page, and is not checked.
    """

    @wraps(view)
    def act(incident_id: int, **options: Any) -> Any:
        seen = request.form.get(SEEN, type=int)
        if seen is None:
            return view(incident_id=incident_id, **options)
        connection = get_connection()
        report_ids = list_members(connection, incident_id)
        try:
            answer = view(incident_id=incident_id, **options)
            check_incident_meanwhile(connection, incident_id, report_ids, seen)
        except (ChangeRefused, LeaseHeldByOther):
            check_incident_meanwhile(connection, incident_id, report_ids, seen)
            raise
        except DecidedMeanwhile:
            session.pop("_flashes", None)
            raise
        return answer

    return act


def on_what_was_seen(view: View) -> View:
    """Refuse an act on a report where others decided on it since the page was made, and say who was faster."""

    @wraps(view)
    def act(report_id: int, **options: Any) -> Any:
        seen = request.form.get(SEEN, type=int)
        try:
            answer = view(report_id=report_id, **options)
            check_meanwhile(get_connection(), report_id, seen)
        except ChangeRefused:
            check_meanwhile(get_connection(), report_id, seen or 0)
            raise
        except DecidedMeanwhile:
            session.pop("_flashes", None)  # the message of the act, which is rolled back
            raise
        return answer

    return act
