"""Nobody turns another person's decision around without knowing: an act is meant for the report as it was seen."""

import re
import threading
from collections.abc import Mapping

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from reporting.accounts.role import MODERATOR, SAFEGUARDING
from reporting.bootstrap import Program
from tests.factories.moderation import Desk, add_square, sign_in

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


WORDS = "the main pipe at the old temple burst this morning and floods the lower market"


@pytest.fixture
def incident(program: Program, report: int, campaign: int) -> int:
    """An incident of that report and another one."""
    with program.owner.begin() as connection:
        desk = Desk(connection, campaign)
        incident_id = desk.get(report, "incident_id")
        topic = desk.get(report, "topic_id")
        columns = {"lat": 27.5, "lon": 85.5, "topic_id": topic, "incident_id": incident_id, "reference": "SECOND0001"}
        connection.execute(text("UPDATE incident SET topic_id = :topic"), {"topic": topic})
        desk.add_report(WORDS, **columns)
        return int(incident_id)


def read_fields(client: FlaskClient, incident: int) -> Mapping[str, str]:
    """What the forms of the incident's page carry: each what was seen, those of a decision the last report too."""
    page = client.get(f"/moderate/incidents/{incident}").text
    forms = re.findall(r"<form[^>]*action=\"/moderate/incidents/[^\"]*\".*?</form>", page, re.DOTALL)
    assert len(forms) > 3
    seen = {re.search(r'name="seen" value="(\d+)"', form).group(1) for form in forms}  # type: ignore[union-attr]
    newest = {found[1] for form in forms if "/decide" in form and (found := re.search(r'"newest" value="(\d+)"', form))}
    assert len(seen) == len(newest) == 1
    return {"seen": seen.pop(), "newest": newest.pop()}


@pytest.mark.parametrize(
    ("act", "form"),
    [
        ("decide", {"state": "rejected", "reason": "spam"}),
        ("decide", {"state": "approved", "confirmed": "1"}),
        ("notify", {"text-en": "It is repaired."}),
        ("split", {"chosen": "REPORT"}),
    ],
)
def test_no_act_is_done_on_an_incident_that_others_decided_on(
    app: Flask, program: Program, report: int, incident: int, act: str, form: dict[str, str]
) -> None:
    ama, kofi = open_browser(app, "ama"), open_browser(app, "kofi")
    fields = read_fields(kofi, incident)
    form = {name: str(report) if value == "REPORT" else value for name, value in form.items()}
    ama.post(f"/moderate/reports/{report}/approve", data={"confirmed": "1"})
    before = read(program, "SELECT jsonb_agg(to_jsonb(report) ORDER BY id) FROM report")
    answer = kofi.post(f"/moderate/incidents/{incident}/{act}", data={**form, **fields})
    assert answer.status_code == 409
    assert "ama" in answer.text
    assert f'href="/moderate/incidents/{incident}"' in answer.text
    assert read(program, "SELECT jsonb_agg(to_jsonb(report) ORDER BY id) FROM report") == before
    assert read(program, "SELECT count(*) FROM decision") == 1
    with program.owner.begin() as connection:  # who approves is handed the next one
        connection.execute(text("UPDATE report SET leased_by = NULL, leased_until = NULL"))
    again = kofi.post(f"/moderate/incidents/{incident}/{act}", data={**form, **read_fields(kofi, incident)})
    assert again.status_code == 302


def test_what_was_taken_out_of_an_incident_meanwhile_is_a_decision_on_it(
    app: Flask, program: Program, report: int, incident: int
) -> None:
    ama, kofi = open_browser(app, "ama"), open_browser(app, "kofi")
    fields = read_fields(kofi, incident)
    assert ama.post(f"/moderate/incidents/{incident}/split", data={"chosen": str(report)}).status_code == 302
    answer = kofi.post(f"/moderate/incidents/{incident}/decide", data={"state": "approved", "confirmed": "1", **fields})
    assert answer.status_code == 409
    assert read(program, "SELECT count(*) FROM report WHERE state = 'approved'") == 0


def test_what_came_after_the_page_was_made_goes_on_waiting(
    app: Flask, program: Program, campaign: int, incident: int
) -> None:
    ama = open_browser(app, "ama")
    fields = read_fields(ama, incident)
    with program.owner.begin() as connection:
        Desk(connection, campaign).add_report("and more", incident_id=incident, reference="NEWEST0001")
    form = {"state": "approved", "confirmed": "1", **fields}
    assert ama.post(f"/moderate/incidents/{incident}/decide", data=form).status_code == 302
    assert read(program, "SELECT count(*) FROM report WHERE state = 'approved'") == 2
    assert read(program, "SELECT state FROM report WHERE reference = 'NEWEST0001'") == "queued"
