"""Acts on a report are meant for the report as it was seen: each form of its page carries the last decision."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from flask import request, session

from reporting.moderation.errors import ChangeRefused, DecidedMeanwhile
from reporting.moderation.stale_decisions import check_meanwhile
from reporting.web.edge.request_transaction import get_connection

SEEN: Final = "seen"  # the field

View = Callable[..., Any]


def on_what_was_seen(view: View) -> View:
    """For an act on a report: refuse it, and say who was faster, where others decided since the page was made."""

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
            session.pop("_flashes", None)  # what the view said of an act that did not happen
            raise
        return answer

    return act
