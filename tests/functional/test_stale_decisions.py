"""Nobody turns another person's decision around without knowing: an act is meant for the report as it was seen."""

import re
import threading

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from reporting.accounts.role import MODERATOR, SAFEGUARDING
from reporting.bootstrap import Program
from tests.moderation_factory import Desk, add_square, sign_in

THREADS = 20


@pytest.fixture
def report(program: Program, campaign: int) -> int:
    """A report that waits, with a place and a topic; two moderators and one for restricted reports."""
    with program.owner.begin() as connection:
        desk = add_square(Desk(connection, campaign))
        for name, role in (("ama", MODERATOR), ("kofi", MODERATOR), ("sara", SAFEGUARDING)):
            desk.add_person(name, role)
        topic = connection.execute(text("SELECT id FROM topic ORDER BY id LIMIT 1")).scalar_one()
        report_id = desk.add_report(lat=27.5, lon=85.5, topic_id=topic)
        connection.execute(text('UPDATE report SET area_codes = \'{"1": "sq"}\''))
        return report_id


def open_browser(app: Flask, name: str) -> FlaskClient:
    """A browser in which that person is signed in."""
    client = app.test_client()
    sign_in(client, name)
    return client


def read_seen(client: FlaskClient, report: int) -> str:
    """What the forms of the page carry; all of them the same."""
    page = client.get(f"/moderate/reports/{report}").text
    forms = re.findall(r"<form[^>]*action=\"/moderate/reports/[^\"]*\".*?</form>", page, re.DOTALL)
    found = {re.search(r'name="seen" value="(\d+)"', form).group(1) for form in forms}  # type: ignore[union-attr]
    assert len(found) == 1
    return str(found.pop())


def read(program: Program, query: str) -> object:
    """One value."""
    with program.app.begin() as connection:
        return connection.execute(text(query)).scalar()


def test_a_decision_on_a_page_that_is_old_is_told_who_was_faster(app: Flask, program: Program, report: int) -> None:
    ama, kofi = open_browser(app, "ama"), open_browser(app, "kofi")
    seen = read_seen(kofi, report)
    assert ama.post(f"/moderate/reports/{report}/approve", data={"seen": read_seen(ama, report)}).status_code == 302
    answer = kofi.post(f"/moderate/reports/{report}/reject", data={"reason": "spam", "seen": seen})
    assert answer.status_code == 409
    assert "ama" in answer.text
    assert "approved" in answer.text
    assert f'href="/moderate/reports/{report}"' in answer.text
    assert read(program, "SELECT state FROM report") == "approved"
    assert read(program, "SELECT count(*) FROM decision") == 1
    page = kofi.get(f"/moderate/reports/{report}").text
    assert "Rejected." not in page  # nothing is said of what did not happen
    again = kofi.post(f"/moderate/reports/{report}/reject", data={"reason": "spam", "seen": read_seen(kofi, report)})
    assert again.status_code == 302
    assert read(program, "SELECT state FROM report") == "rejected"


@pytest.mark.parametrize(
    ("act", "form"),
    [
        ("reject", {"reason": "spam"}),
        ("approve", {"confirmed": "1"}),
        ("reopen", {}),
        ("pin", {"lat": "27.6", "lon": "85.6", "radius_m": "100"}),
        ("topic", {"topic": "road"}),
        ("restrict", {"reason": "minor"}),
    ],
)
def test_no_act_is_done_on_what_others_changed(
    app: Flask, program: Program, report: int, act: str, form: dict[str, str]
) -> None:
    ama, kofi = open_browser(app, "ama"), open_browser(app, "kofi")
    seen = read_seen(kofi, report)
    ama.post(f"/moderate/reports/{report}/topic", data={"topic": "road"})
    ama.post(f"/moderate/reports/{report}/approve", data={"confirmed": "1"})
    before = read(program, "SELECT jsonb_agg(to_jsonb(report)) FROM report")
    answer = kofi.post(f"/moderate/reports/{report}/{act}", data=form | {"seen": seen})
    assert answer.status_code == 409
    assert "ama" in answer.text
    assert read(program, "SELECT jsonb_agg(to_jsonb(report)) FROM report") == before
    assert read(program, "SELECT count(*) FROM decision") == 2


def test_one_may_go_on_with_ones_own_page(app: Flask, program: Program, report: int) -> None:
    ama = open_browser(app, "ama")
    for act, form in (("topic", {"topic": "road"}), ("pin", {"lat": "27.6", "lon": "85.6", "radius_m": "100"})):
        answer = ama.post(f"/moderate/reports/{report}/{act}", data=form | {"seen": read_seen(ama, report)})
        assert answer.status_code == 302
    assert ama.post(f"/moderate/reports/{report}/approve", data={"seen": read_seen(ama, report)}).status_code == 302
    assert read(program, "SELECT state FROM report") == "approved"


@pytest.mark.parametrize("is_told", [True, False])
def test_of_twenty_decisions_at_once_exactly_one_goes_through(
    app: Flask, program: Program, report: int, is_told: bool
) -> None:
    browsers = [open_browser(app, ("ama", "kofi")[number % 2]) for number in range(THREADS)]
    with program.owner.begin() as connection:
        connection.execute(text("UPDATE report SET leased_by = NULL, leased_until = NULL"))
    seen = {"seen": "0"} if is_told else {}
    start, answers = threading.Barrier(THREADS), []

    def decide(number: int) -> None:
        act, form = (("approve", {}), ("reject", {"reason": "spam"}))[number // 2 % 2]
        start.wait()
        answers.append(browsers[number].post(f"/moderate/reports/{report}/{act}", data=form | seen).status_code)

    threads = [threading.Thread(target=decide, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [302, *[409] * (THREADS - 1)]
    assert read(program, "SELECT count(*) FROM decision") == 1
