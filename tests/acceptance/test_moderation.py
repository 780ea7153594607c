"""Moderators' pages: nothing that is sent breaks one, no words leave by an error, and no decision flips unseen."""

from typing import Final

from tests.acceptance.installation import Installation
from tests.acceptance.visitor import Page, Visitor, sign_in, take_report

WORDS: Final = "ZZMARKERWORDS"
# Fields of the forms of a report, with values for which a column or a number has no room.
BROKEN: Final = [
    ("/reject", {"reason": "other", "note": f"{WORDS}\x00x"}),
    ("/reply", {"text": f"{WORDS}\x00x"}),
    ("/link", {"candidate": "9" * 30}),
    ("/unlink", {"candidate": "inf"}),
    ("/place", {"number": "nan"}),
    ("/pin", {"lat": "nan", "lon": "inf", "radius_m": "1e999"}),
]
AREA: Final = """
{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"code": "1", "name": "Kathmandu"},
 "geometry": {"type": "Polygon", "coordinates": [[[85, 27], [86, 27], [86, 28], [85, 28], [85, 27]]]}}]}
"""


def send(moderator: Visitor, page: Page, action: str, fields: dict[str, str]) -> Page:
    """Send fields to an act on the report of a page, whether or not the page has a form for it now."""
    hidden = next(form.fields for form in page.forms if form.action.startswith(page.path))
    return moderator.post(page.path + action, hidden | fields)


def test_nothing_that_is_sent_breaks_a_page_or_stands_in_the_log(reported: Installation) -> None:
    """H7: fields with NUL, nan and thirty digits are answered without an error, and no log has their words."""
    with reported.serve() as read_log:
        moderator = sign_in(reported, "moderator")
        page = take_report(moderator)
        statuses = {action: send(moderator, page, action, fields).status for action, fields in BROKEN}
        log = read_log()
    assert max(statuses.values()) < 500, statuses
    assert WORDS not in log


def test_no_error_of_a_page_puts_words_into_the_log(reported: Installation) -> None:
    """H7: when the database refuses what a moderator writes, the log says so without the words."""
    with reported.serve() as read_log:
        moderator = sign_in(reported, "moderator")
        page = take_report(moderator)
        reported.sql("ALTER TABLE message ADD CONSTRAINT refusing CHECK (text NOT LIKE '%MARKER%') NOT VALID")
        assert send(moderator, page, "/reply", {"text": WORDS}).status >= 400
        log = read_log()
    assert "refusing" in log or "CheckViolation" in log or "IntegrityError" in log, log[-500:]
    assert WORDS not in log, log[log.index(WORDS) - 100 :][:200]


def test_a_decision_by_an_old_page_flips_none(reported: Installation) -> None:
    """M10: who rejects by a page from before another's approval hears of it, and nothing flips."""
    with reported.serve():
        first, second = sign_in(reported, "moderator", "first"), sign_in(reported, "moderator", "second")
        new, old = first.get("/moderate/reports/1"), second.get("/moderate/reports/1")
        assert send(first, new, "/approve", {"confirmed": "1"}).status == 200
        rejected = send(second, old, "/reject", {"reason": "spam"})
    assert rejected.status == 409, f"{rejected.status}: whoever rejects hears of no approval"


def test_a_pin_far_outside_is_asked_about(reported: Installation) -> None:
    """LOW: a pin on another continent is not taken, and taught, without a question."""
    areas = reported.var / "areas.geojson"
    areas.write_text(AREA)
    reported.command("areas", "load", areas, "--level", "1", "--code-field", "code", "--name-field", "name")
    with reported.serve():
        moderator = sign_in(reported, "moderator")
        send(moderator, take_report(moderator), "/pin", {"lat": "27.7", "lon": "-1", "radius_m": "100"})
    assert reported.sql("SELECT ST_X(point::geometry) FROM report WHERE ST_X(point::geometry) < 0") == []


def test_no_browser_keeps_a_page_with_words(reported: Installation) -> None:
    """M3: pages of moderators are not stored by a shared computer's browser."""
    with reported.serve():
        moderator = sign_in(reported, "moderator")
        pages = [moderator.get(path) for path in ("/moderate/", "/moderate/incidents", "/moderate/reports/1")]
    kept = {page.path: page.answer.headers["Cache-Control"] for page in pages if page.status == 200}
    assert len(kept) == 3
    assert all("no-store" in str(said) for said in kept.values()), kept
