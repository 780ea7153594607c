"""Acts beside a decision: assign, put off, note and mention, replies that are ready, undo with one click."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from reporting.accounts.role import MODERATOR, SAFEGUARDING
from reporting.bootstrap import Program
from reporting.moderation import decisions
from reporting.moderation.errors import InputRefused, LeaseHeldByOther
from reporting.moderation.queue import assign_next
from reporting.moderation.report.assignment import (
    Colleague,
    assign,
    find_assignment,
    list_assigned,
    list_colleagues,
    snooze,
)
from reporting.moderation.report.notes import add_note, find_mentioned, list_mentions, list_notes
from reporting.moderation.stale_decisions import check_meanwhile
from reporting.privacy.erasure import erase_reports
from tests.factories.moderation import Desk, add_square, sign_in

TOMORROW = datetime.now(UTC) + timedelta(days=1)


class TestAssignment:
    """Whose a report is, and until when it is put off."""

    def test_an_assigned_report_is_handed_out_to_nobody_else(self, desk: Desk, person: int) -> None:
        kofi = desk.add_person("kofi")
        first, second = desk.add_report(), desk.add_report()
        assign(desk.connection, first, person, to_account_id=kofi)
        assert assign_next(desk.connection, desk.campaign_id, person) == second
        assert assign_next(desk.connection, desk.campaign_id, kofi) == first
        assert [each.id for each in list_assigned(desk.connection, desk.campaign_id, kofi, sees_restricted=False)] == [
            first
        ]
        assert desk.list_decisions(first) == [("assign", None, {}, {"to": kofi}, person)]
        assign(desk.connection, first, kofi, to_account_id=None)
        assert find_assignment(desk.connection, first).assigned_to is None

    def test_assigning_ones_own_open_report_ends_the_lease(self, desk: Desk, person: int) -> None:
        report, kofi = desk.add_report(), desk.add_person("kofi")
        assign_next(desk.connection, desk.campaign_id, person)
        assign(desk.connection, report, person, to_account_id=kofi)
        assert assign_next(desk.connection, desk.campaign_id, kofi) == report
        with pytest.raises(LeaseHeldByOther):
            assign(desk.connection, report, person, to_account_id=person)

    def test_only_who_may_work_on_a_report_gets_it(self, desk: Desk, person: int) -> None:
        sara = desk.add_person("sara", SAFEGUARDING)
        sensitive = desk.add_report(is_sensitive=True)
        for stranger in (person, 10**9):
            with pytest.raises(InputRefused):
                assign(desk.connection, sensitive, sara, to_account_id=stranger)
        assign(desk.connection, sensitive, sara, to_account_id=sara)
        desk.connection.execute(text("UPDATE account SET is_campaign_limited = true WHERE id = :id"), {"id": person})
        assert [each.name for each in list_colleagues(desk.connection, desk.campaign_id)] == ["sara"]

    def test_a_report_that_is_put_off_comes_back_by_itself(self, desk: Desk, person: int) -> None:
        report = desk.add_report()
        snooze(desk.connection, report, person, until=TOMORROW)
        assert assign_next(desk.connection, desk.campaign_id, person) is None
        change = "UPDATE report_assignment SET snoozed_until = now() - interval '1 second'"
        desk.connection.execute(text(change))
        assert find_assignment(desk.connection, report).snoozed_until is None
        assert assign_next(desk.connection, desk.campaign_id, person) == report

    def test_it_can_be_called_back_and_stays_whose_it_is(self, desk: Desk, person: int) -> None:
        report = desk.add_report()
        assign(desk.connection, report, person, to_account_id=person)
        snooze(desk.connection, report, person, until=TOMORROW)
        snooze(desk.connection, report, person, until=None)
        assert find_assignment(desk.connection, report).assigned_to == person
        assert assign_next(desk.connection, desk.campaign_id, person) == report
        assert [line.kind for line in desk.list_decisions(report)] == ["assign", "snooze", "snooze"]

    @pytest.mark.parametrize("days", [-1, 366])
    def test_a_time_that_is_over_or_very_far_is_refused(self, desk: Desk, person: int, days: int) -> None:
        with pytest.raises(InputRefused):
            snooze(desk.connection, desk.add_report(), person, until=datetime.now(UTC) + timedelta(days=days))

    def test_none_of_it_makes_a_decision_stale(self, desk: Desk, person: int, program: Program) -> None:
        report, kofi = desk.add_report(), desk.add_person("kofi")
        assign(desk.connection, report, kofi, to_account_id=person)
        add_note(desk.connection, report, kofi, words="look at the date", seals=program.pseudonyms)
        check_meanwhile(desk.connection, report, 0)


class TestNotes:
    """Private notes."""

    def test_a_note_is_read_by_those_who_see_the_report_and_is_encrypted(
        self, desk: Desk, person: int, program: Program
    ) -> None:
        report = desk.add_report()
        add_note(desk.connection, report, person, words=" the well is at the school ", seals=program.pseudonyms)
        [note] = list_notes(desk.connection, report, program.pseudonyms)
        assert (note.account_name, note.text) == ("ama", "the well is at the school")
        stored = desk.connection.execute(text("SELECT text_encrypted FROM report_note")).scalar_one()
        assert b"well" not in bytes(stored)
        [line] = desk.list_decisions(report)
        assert (line.kind, line.after) == ("note", {"note_id": note.id})

    def test_it_can_be_written_while_somebody_else_has_the_report_open(
        self, desk: Desk, person: int, program: Program
    ) -> None:
        report = desk.add_report()
        assign_next(desk.connection, desk.campaign_id, desk.add_person("kofi"))
        add_note(desk.connection, report, person, words="call first", seals=program.pseudonyms)
        with pytest.raises(LeaseHeldByOther):
            decisions.approve(desk.connection, report, person)

    @pytest.mark.parametrize("words", ["", "  ", "x" * 2_001])
    def test_an_empty_or_very_long_one_is_refused(self, desk: Desk, person: int, program: Program, words: str) -> None:
        with pytest.raises(InputRefused):
            add_note(desk.connection, desk.add_report(), person, words=words, seals=program.pseudonyms)

    def test_nobody_changes_what_was_written(self, desk: Desk, person: int, program: Program) -> None:
        add_note(desk.connection, desk.add_report(), person, words="so it was", seals=program.pseudonyms)
        with pytest.raises(DBAPIError), desk.connection.begin_nested():
            desk.connection.execute(text("UPDATE report_note SET account_id = 1"))

    def test_who_is_mentioned_finds_it_on_their_desk(self, desk: Desk, person: int, program: Program) -> None:
        report, kofi, zoe = desk.add_report(), desk.add_person("kofi"), desk.add_person("Zoé Dupont")
        sensitive, sara = desk.add_report(is_sensitive=True), desk.add_person("sara", SAFEGUARDING)
        add_note(desk.connection, report, person, words="@Kofi, @zoe dupont, @ama: look", seals=program.pseudonyms)
        add_note(desk.connection, sensitive, sara, words="@kofi look", seals=program.pseudonyms)  # who may not see it

        def read(account: int) -> list[int]:
            found = list_mentions(desk.connection, desk.campaign_id, account, sees_restricted=False)
            return [each.report_id for each in found]

        assert [read(each) for each in (kofi, zoe, person)] == [[report], [report], []]

    def test_notes_go_with_the_words_of_the_report(self, desk: Desk, person: int, program: Program) -> None:
        report = desk.add_report()
        add_note(desk.connection, report, person, words="@ama", seals=program.pseudonyms)
        assign(desk.connection, report, person, to_account_id=person)
        erase_reports(desk.connection, desk.campaign_id, [report])
        for table in ("report_note", "note_mention", "report_assignment"):
            assert desk.connection.execute(text(f"SELECT count(*) FROM {table}")).scalar() == 0


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("@Ama look", {"Ama"}), ("@ama mensah look", {"Ama Mensah"}), ("@ama and @AMA MENSAH", {"Ama", "Ama Mensah"}),
        ("mail ama@example.org", set()), ("@amanda", set()), ("ask Ama", set()), ("@zoe,", {"Zoé"}), ("@ ama", set()),
    ],
)  # fmt: skip
def test_a_mention_is_a_whole_name_behind_the_sign(words: str, names: set[str]) -> None:
    colleagues = [Colleague(number, name) for number, name in enumerate(("Ama", "Ama Mensah", "Zoé"))]
    assert {each.name for each in find_mentioned(words, colleagues)} == names


CANNED = {
    "emergency_line": {"en": "Emergency: call 114."},
    "canned_replies": [
        {
            "code": "thanks",
            "text": {"en": "Thank you for {reference}. {organisation}", "fr": "Merci pour {reference}."},
        },
        {"code": "danger", "text": {"en": "If you are in danger: {hotline}"}},
    ],
}


@pytest.fixture
def office(program: Program, campaign: int) -> dict[str, int]:
    """Two moderators, and a report of a sender who can be answered."""
    with program.owner.begin() as connection:
        values = {"it": json.dumps(CANNED), "organisation": "Water Watch"}
        connection.execute(
            text("UPDATE campaign SET conversation = CAST(:it AS jsonb), organisation = :organisation"), values
        )
        desk = add_square(Desk(connection, campaign))
        people = {name: desk.add_person(name, MODERATOR) for name in ("ama", "kofi")}
        report = desk.add_report("no water", reference="AAA2222", contact_id=desk.add_contact(), language="fr")
        other = desk.add_report("no light", reference="BBB3333")
    return {"report": report, "other": other, **people}


@pytest.fixture
def ama(office: dict[str, int], client: FlaskClient) -> FlaskClient:  # noqa: ARG001
    sign_in(client, "ama")
    return client


def test_a_ready_reply_is_put_into_the_form_with_its_cost_and_sent_as_it_stands(
    ama: FlaskClient, office: dict[str, int], program: Program
) -> None:
    path = f"/moderate/reports/{office['report']}"
    assert "If you are in danger: Emergency: call 114." in ama.get(path).text
    page = ama.get(f"{path}?canned=thanks").text
    assert re.search(r"<textarea[^>]*>Merci pour AAA2222.</textarea>", page)
    assert "1 SMS" in page
    assert re.search(r"<textarea[^>]*></textarea>", ama.get(f"{path}?canned=nothing").text)
    assert ama.post(f"{path}/reply", data={"text": "Merci pour AAA2222."}).status_code == 302
    with program.app.begin() as connection:
        sent = connection.execute(text("SELECT text FROM message WHERE direction = 'out'")).scalar_one()
    assert sent == "Merci pour AAA2222."


def test_notes_assignment_and_the_desk_work_without_a_script(
    app: Flask, ama: FlaskClient, office: dict[str, int]
) -> None:
    path = f"/moderate/reports/{office['report']}"
    page = ama.post(f"{path}/notes", data={"note": "@kofi do you know this well?"}, follow_redirects=True).text
    assert "The note was added." in page
    assert "do you know this well?" in page
    assert "wrote a private note" in page
    ama.post(f"{path}/assign", data={"assigned_to": str(office["kofi"])})
    kofi = app.test_client()
    sign_in(kofi, "kofi")
    desk = kofi.get("/moderate/mine").text
    assert desk.count("AAA2222") == 2
    assert "do you know" not in desk
    assert "Assigned to kofi." in kofi.get(path).text
    assert kofi.get("/moderate/mine").text.count("AAA2222") == 1  # the mention was seen
    tomorrow = TOMORROW.date().isoformat()
    assert "Put off until" in kofi.post(f"{path}/snooze", data={"until": tomorrow}, follow_redirects=True).text
    for form in ({"until": "2020-01-01"}, {"until": "soon"}):
        assert kofi.post(f"{path}/snooze", data=form).status_code == 422
    assert kofi.post(f"{path}/assign", data={"assigned_to": "x"}).status_code == 422
    assert kofi.post(f"{path}/notes", data={"note": " "}).status_code == 422


def press_undo(client: FlaskClient, page: str) -> str:
    """Press the button of the message, as it stands on the page."""
    [form] = re.findall(r'<form method="post" action="([^"]+)" class="undo-offer"[^>]*>(.*?)</form>', page, re.DOTALL)
    fields = dict(re.findall(r'<input type="hidden" name="(seen|report)" value="(\d+)">', form[1]))
    return client.post(form[0], data=fields, follow_redirects=True).text


def test_a_decision_is_undone_with_one_click_in_the_message(ama: FlaskClient, office: dict[str, int]) -> None:
    path = f"/moderate/reports/{office['report']}"
    page = ama.post(f"{path}/reject", data={"reason": "spam", "seen": "0"}, follow_redirects=True).text
    assert "Rejected." in page
    back = press_undo(ama, page)
    assert "AAA2222" in back
    assert "assigned to you" in back
    assert "undo-offer" not in ama.get("/moderate/").text


def test_an_act_on_a_report_is_undone_where_it_was_done(ama: FlaskClient, office: dict[str, int]) -> None:
    path = f"/moderate/reports/{office['report']}"
    page = ama.post(f"{path}/topic", data={"topic": "road", "seen": "0"}, follow_redirects=True).text
    assert 'value="road" selected' in page
    back = press_undo(ama, page)
    assert "The decision was undone." in back
    assert "AAA2222" in back
    assert 'value="road" selected' not in back


def test_what_somebody_else_decided_since_is_not_undone(app: Flask, ama: FlaskClient, office: dict[str, int]) -> None:
    path = f"/moderate/reports/{office['report']}"
    page = ama.post(f"{path}/approve", data={"confirmed": "1", "seen": "0"}, follow_redirects=True).text
    kofi = app.test_client()
    sign_in(kofi, "kofi")
    seen = re.search(r'name="seen" value="(\d+)"', kofi.get(path).text)
    assert seen is not None
    assert kofi.post(f"{path}/reject", data={"reason": "spam", "seen": seen[1]}).status_code == 302
    assert "Somebody decided on this after you opened it" in press_undo(ama, page)
