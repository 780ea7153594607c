"""A sensitive report leaves no trace where people without the role look, and changes no figure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, text
from werkzeug.test import TestResponse

from reporting.accounts.role import ADMIN, MODERATOR, SAFEGUARD, SAFEGUARDING, SUPERVISOR, TRANSLATE
from reporting.aggregation.estimate import Figure
from reporting.aggregation.release import draft_release
from reporting.bootstrap import Program
from reporting.extraction.reader import TextAnalysers
from reporting.incidents.linking import link_reports, relink
from reporting.moderation import decisions, restricted
from reporting.moderation.errors import ChangeRefused, InputRefused, ReportUnknown
from reporting.moderation.incident import links as incident
from reporting.moderation.queue import assign_next, renew
from reporting.moderation.report.view import get_report_view
from reporting.reports.csv_import import ReportImport
from reporting.web.auth import GUARD_ATTRIBUTE
from tests.factories.moderation import Desk, add_square, sign_in
from tests.factories.release import NOISE_KEY, SETTLED, World, make_world

WORDS = "zebra quartz my husband beats me"
REFERENCE = "SECRET77"
REPEATED_WORDS = "zebra quartz repeated"


@dataclass(frozen=True)
class Office:
    """An ordinary report, and a sensitive one of the same sender whose message is in the thread."""

    program: Program
    ordinary: int
    sensitive: int


@pytest.fixture
def office(program: Program, campaign: int) -> Office:
    with program.owner.begin() as connection:
        desk = add_square(Desk(connection, campaign))
        people = {name: desk.add_person(name, role) for name, role in PEOPLE.items()}
        contact = desk.add_contact()
        ordinary = desk.add_report("no water", contact_id=contact, lat=27.5, lon=85.5)
        columns = {"is_sensitive": True, "sensitive_reason": "gender_based_violence", "reference": REFERENCE}
        sensitive = desk.add_report(WORDS, contact_id=contact, lat=27.5, lon=85.5, **columns)
        desk.add_link(sensitive, ordinary)
        message = text(
            "INSERT INTO message (campaign_id, channel, direction, external_id, text, state, contact_id, report_id)"
            " VALUES (:campaign, 'twilio', 'in', :id, :words, :state, :contact, :report)"
        )
        for number, (words, state, report) in enumerate(
            ((WORDS, "processed", sensitive), (REPEATED_WORDS, "repeated", None), (WORDS, "received", None))
        ):
            values = {"id": f"m{number}", "words": words, "state": state, "report": report, "contact": contact}
            connection.execute(message, values | {"campaign": campaign})
        renew(connection, sensitive, people["sara"])
        restricted.release(connection, sensitive, people["sara"])
        restricted.restrict(connection, sensitive, people["sara"], reason="gender_based_violence")
        renew(connection, sensitive, people["sara"])
    return Office(program, ordinary, sensitive)


TAP = "the tap behind the blue school is broken since monday and nobody came to mend it"
PEOPLE = {"ama": MODERATOR, "sita": SUPERVISOR, "sara": SAFEGUARDING, "adam": ADMIN}


def add_alike(desk: Desk) -> dict[str, object]:
    """Columns that make two reports of the same words one incident."""
    query = text("SELECT id FROM topic WHERE campaign_id = :id AND code = 'water'")
    topic_id = desk.connection.execute(query, {"id": desk.campaign_id}).scalar_one()
    return {"lat": 27.5, "lon": 85.5, "text_key": 5, "topic_id": topic_id}


def crawl(client: FlaskClient) -> Iterator[tuple[str, TestResponse]]:
    """Every page and tile below /moderate that can be reached by links from the queue."""
    start = ("/moderate/", "/moderate/figures", "/moderate/audit", "/moderate/dead-letters", "/moderate/releases")
    states = ("queued", "approved", "rejected", "erased")
    waiting = [*start, *(f"/moderate/reports?state={state}" for state in states), "/moderate/tiles/0/0/0.mvt"]
    seen: set[str] = set()
    while waiting:
        path = waiting.pop()
        if path in seen or len(seen) > 200:
            continue
        seen.add(path)
        answer = client.get(path)
        yield path, answer
        if answer.mimetype == "text/html":
            waiting.extend(
                re.findall(r'(?:href|data-tiles|hx-get)="(/moderate[^"#]*)"', answer.text.replace("&amp;", "&"))
            )


def list_report_routes(app: Flask) -> list[tuple[str, str, str]]:
    """Method, rule and guard of every address below /moderate that names a report."""
    return [
        (method, rule.rule, str(getattr(app.view_functions[rule.endpoint], GUARD_ATTRIBUTE, "")))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/moderate") and "report_id>" in rule.rule
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


@pytest.mark.parametrize("name", ["ama", "sita"])
def test_who_lacks_the_role_finds_no_trace_on_any_page(office: Office, client: FlaskClient, name: str) -> None:
    sign_in(client, name)
    pages = dict(crawl(client))
    assert f"/moderate/reports/{office.ordinary}" in pages
    for path, answer in pages.items():
        assert b"zebra" not in answer.data, path
        assert REFERENCE.encode() not in answer.data, path
        assert f"/reports/{office.sensitive}".encode() not in answer.data, path


def test_the_same_crawl_finds_it_for_who_has_the_role(office: Office, client: FlaskClient) -> None:
    sign_in(client, "adam")
    found = [path for path, answer in crawl(client) if REFERENCE.encode() in answer.data]
    assert "/moderate/audit" in found
    assert f"/moderate/reports/{office.sensitive}" in found


def test_no_address_of_the_report_is_there_for_who_lacks_the_role(office: Office, app: Flask) -> None:
    routes = list_report_routes(app)
    assert len(routes) > 12
    for name in ("ama", "sita"):
        client = app.test_client()
        sign_in(client, name)
        for method, rule, guard in routes:
            path = re.sub(r"<int:report_id>", str(office.sensitive), rule)
            path = re.sub(r"<[^>]+>", "1", path)
            status = client.open(path, method=method).status_code
            if rule.startswith("/moderate/leases"):
                assert status in (302, 403), path  # the same answer as for a report that is not there
            else:
                # What needs the role is forbidden whatever report it is asked of.
                assert status == (403 if guard in {SAFEGUARD, TRANSLATE} else 404), f"{method} {path}"
    with office.program.owner.begin() as connection:
        left = connection.execute(
            text("SELECT leased_by IS NOT NULL, state FROM report WHERE id = :id"), {"id": office.sensitive}
        )
        assert left.one() == (True, "queued")


def test_the_restricted_queue_leads_to_the_report_with_its_reason(office: Office, client: FlaskClient) -> None:
    sign_in(client, "sara")
    assert "Restricted reports" in client.get("/moderate/restricted").text
    assert REFERENCE in client.get("/moderate/restricted/reports").text
    taken = client.post("/moderate/restricted/next")
    assert taken.location == f"/moderate/reports/{office.sensitive}"
    page = client.get(taken.location).text
    assert WORDS in page
    assert "Violence against a person" in page
    approved = client.post(f"/moderate/reports/{office.sensitive}/approve")
    assert approved.location == "/moderate/restricted"


def test_a_moderator_restricts_and_only_the_role_releases(office: Office, app: Flask) -> None:
    moderator, guardian = app.test_client(), app.test_client()
    sign_in(moderator, "ama")
    sign_in(guardian, "sara")
    address = f"/moderate/reports/{office.ordinary}"
    assert moderator.post(f"{address}/restrict", data={"reason": "moderator"}).status_code == 302
    assert moderator.get(address).status_code == 404
    assert moderator.post(f"{address}/release").status_code == 403
    assert guardian.post(f"{address}/release").status_code == 302
    assert moderator.get(address).status_code == 200


def test_the_two_queues_never_mix(desk: Desk) -> None:
    ordinary, sensitive = desk.add_report(), desk.add_report(is_sensitive=True)
    ama, sara = desk.add_person("ama"), desk.add_person("sara", SAFEGUARDING)
    assert assign_next(desk.connection, desk.campaign_id, ama) == ordinary
    assert assign_next(desk.connection, desk.campaign_id, ama, after_id=ordinary) is None
    assert assign_next(desk.connection, desk.campaign_id, sara, is_restricted=True) == sensitive


def test_restricting_parts_it_from_its_incident_and_releasing_links_it_again(desk: Desk) -> None:
    same = add_alike(desk)
    first, second = desk.add_report(TAP, **same), desk.add_report(TAP, **same)
    link_reports(desk.connection, [second])
    assert desk.get(first, "incident_id") == desk.get(second, "incident_id")
    ama, sara = desk.add_person("ama"), desk.add_person("sara", SAFEGUARDING)
    restricted.restrict(desk.connection, second, ama, reason="minor")
    assert desk.get(first, "incident_id") != desk.get(second, "incident_id")
    assert get_report_view(desk.connection, desk.campaign_id, first, ama).candidates == []
    restricted.release(desk.connection, second, sara)
    assert desk.get(first, "incident_id") == desk.get(second, "incident_id")
    assert [(line.kind, line.reason) for line in desk.list_decisions(second)] == [
        ("restrict", "minor"),
        ("release", None),
    ]


def test_a_sensitive_report_is_neither_linked_nor_suggested_whichever_came_first(desk: Desk) -> None:
    same = add_alike(desk)
    first, hidden, last = (desk.add_report(TAP, is_sensitive=each, **same) for each in (False, True, False))
    link_reports(desk.connection, [hidden])
    relink(desk.connection, [last])
    links = desk.connection.execute(text("SELECT report_id, candidate_id FROM link")).all()
    assert links == [(last, first)]


def test_a_person_cannot_link_a_sensitive_report_either(desk: Desk) -> None:
    ordinary, sensitive = desk.add_report(), desk.add_report(is_sensitive=True)
    sara = desk.add_person("sara", SAFEGUARDING)
    with pytest.raises(ChangeRefused):
        incident.link(desk.connection, sensitive, sara, candidate_id=ordinary)
    with pytest.raises(ReportUnknown):
        incident.link(desk.connection, ordinary, sara, candidate_id=sensitive)


def test_no_act_reaches_a_sensitive_report_without_the_role(desk: Desk) -> None:
    sensitive, sita = desk.add_report(is_sensitive=True), desk.add_person("sita", SUPERVISOR)
    for act in (decisions.approve, decisions.reopen, restricted.release, restricted.send_hotline):
        with pytest.raises(ReportUnknown):
            act(desk.connection, sensitive, sita)
    assert desk.list_decisions(sensitive) == []


def test_a_reason_that_is_none_is_refused(desk: Desk) -> None:
    with pytest.raises(InputRefused):
        restricted.restrict(desk.connection, desk.add_report(), desk.add_person("ama"), reason="whatever")


def test_a_sensitive_report_teaches_the_geocoder_nothing_and_what_it_taught_is_forgotten(desk: Desk) -> None:
    placements = text("SELECT count(*) FROM learned_placement")
    sara, report = desk.add_person("sara", SAFEGUARDING), desk.add_report("behind the blue school")
    decisions.move_pin(desk.connection, report, sara, lat=27.5, lon=85.5, radius_m=50)
    assert desk.connection.execute(placements).scalar() == 1
    restricted.restrict(desk.connection, report, sara, reason="minor")
    assert desk.connection.execute(placements).scalar() == 0
    decisions.move_pin(desk.connection, report, sara, lat=27.6, lon=85.6, radius_m=50)
    assert desk.connection.execute(placements).scalar() == 0


def test_the_help_text_says_nothing_of_the_report(desk: Desk) -> None:
    sara = desk.add_person("sara", SAFEGUARDING)
    report = desk.add_report(WORDS, reference=REFERENCE, contact_id=desk.add_contact(), is_sensitive=True)
    message_id = restricted.send_hotline(desk.connection, report, sara)
    sent = desk.connection.execute(text("SELECT text FROM message WHERE id = :id"), {"id": message_id}).scalar_one()
    assert sent
    assert REFERENCE not in sent
    assert not {"zebra", "husband", "beats"} & set(sent.lower().split())


def test_figures_are_the_same_with_and_without_sensitive_reports(connection: Connection) -> None:
    world = make_world(connection)
    for sender in range(60):
        world.add_report(sender)
    before = _draft(world)
    for sender in range(40, 90):
        for state in ("approved", "queued", "rejected"):
            hidden = world.add_report(sender, state=state)
            connection.execute(text("UPDATE report SET is_sensitive = true WHERE id = :id"), {"id": hidden})
    assert before == _draft(world)
    assert any(figure.value for figure in before[0])


def _draft(world: World) -> tuple[list[Figure], Mapping[str, object]]:
    draft = draft_release(world.connection, world.campaign_id, "incidents", "2026-11", NOISE_KEY, at=SETTLED)
    return list(draft.figures), draft.quality


def test_a_sensitive_row_of_an_approved_import_is_restricted_and_teaches_nothing(
    program: Program, campaign: int, tmp_path: Path
) -> None:
    sheet = tmp_path / "reports.csv"
    sheet.write_text(
        "id,text,lat,lon\n1,my husband beats me near the mill,27.5,85.5\n2,no water at the mill,27.5,85.5\n"
    )
    importer = ReportImport(program.owner, TextAnalysers(), campaign, is_approved=True, pseudonyms=program.pseudonyms)
    importer.run(sheet, lambda _count: None)
    with program.owner.begin() as connection:
        reports = connection.execute(text("SELECT source_id, sensitive_reason FROM report ORDER BY source_id")).all()
        placements = connection.execute(text("SELECT source_id FROM learned_placement")).scalars().all()
    assert reports == [("1", "gender_based_violence"), ("2", None)]
    assert placements == ["2"]
