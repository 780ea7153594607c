"""The translation of a report's words: one for all who may read them, encrypted, in no log, gone with the words."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from reporting.accounts.role import MODERATOR, SAFEGUARDING
from reporting.bootstrap import Program
from reporting.moderation.errors import ChangeRefused, InputRefused, ReportUnknown, TranslatedMeanwhile
from reporting.moderation.queue import assign_next
from reporting.moderation.report.translation import TRANSLATION_LONGEST, find_translation, write_translation
from reporting.moderation.stale_decisions import check_meanwhile
from reporting.privacy.erasure import erase_reports
from tests.factories.moderation import Desk, add_square, sign_in


class TestTranslation:
    """What stands in the database."""

    def test_it_is_encrypted_and_the_log_does_not_have_its_words(
        self, desk: Desk, person: int, program: Program
    ) -> None:
        report, seals = desk.add_report("pa gen dlo"), program.pseudonyms
        written = write_translation(desk.connection, report, person, words=" no water ", replaces=None, seals=seals)
        found = find_translation(desk.connection, report, seals)
        assert found is not None
        assert (found.id, found.account_name, found.text) == (written, "ama", "no water")
        stored = desk.connection.execute(text("SELECT text_encrypted FROM report_translation")).scalar_one()
        assert b"water" not in bytes(stored)
        assert desk.list_decisions(report) == [("translate", None, {}, {"translation_id": written}, person)]

    def test_a_correction_replaces_what_its_writer_saw_and_nothing_newer(
        self, desk: Desk, person: int, program: Program
    ) -> None:
        report, kofi, seals = desk.add_report("pa gen dlo"), desk.add_person("kofi"), program.pseudonyms
        first = write_translation(desk.connection, report, person, words="no waiter", replaces=None, seals=seals)
        with pytest.raises(TranslatedMeanwhile):
            write_translation(desk.connection, report, kofi, words="nothing", replaces=None, seals=seals)
        second = write_translation(desk.connection, report, kofi, words="no water", replaces=first, seals=seals)
        with pytest.raises(TranslatedMeanwhile):
            write_translation(desk.connection, report, person, words="none", replaces=first, seals=seals)
        found = find_translation(desk.connection, report, seals)
        assert found is not None
        assert (found.id, found.account_name, found.text) == (second, "kofi", "no water")
        assert desk.connection.execute(text("SELECT count(*) FROM report_translation")).scalar() == 1

    @pytest.mark.parametrize("words", ["", " \n ", "x" * (TRANSLATION_LONGEST + 1)])
    def test_an_empty_or_very_long_one_is_refused(self, desk: Desk, person: int, program: Program, words: str) -> None:
        report = desk.add_report()
        with pytest.raises(InputRefused):
            write_translation(desk.connection, report, person, words=words, replaces=None, seals=program.pseudonyms)

    def test_words_that_are_gone_are_not_translated(self, desk: Desk, person: int, program: Program) -> None:
        with pytest.raises(ChangeRefused):
            write_translation(
                desk.connection, desk.add_report(""), person, words="x", replaces=None, seals=program.pseudonyms
            )

    def test_a_restricted_report_is_translated_by_those_who_see_it(
        self, desk: Desk, person: int, program: Program
    ) -> None:
        report, sara = desk.add_report(is_sensitive=True), desk.add_person("sara", SAFEGUARDING)
        with pytest.raises(ReportUnknown):
            write_translation(desk.connection, report, person, words="x", replaces=None, seals=program.pseudonyms)
        assert write_translation(desk.connection, report, sara, words="x", replaces=None, seals=program.pseudonyms)

    def test_it_stands_in_nobodys_way(self, desk: Desk, person: int, program: Program) -> None:
        report = desk.add_report()
        assign_next(desk.connection, desk.campaign_id, desk.add_person("kofi"))
        write_translation(desk.connection, report, person, words="x", replaces=None, seals=program.pseudonyms)
        check_meanwhile(desk.connection, report, 0)

    def test_it_is_not_changed_by_the_program(self, desk: Desk, person: int, program: Program) -> None:
        report = desk.add_report()
        write_translation(desk.connection, report, person, words="x", replaces=None, seals=program.pseudonyms)
        with pytest.raises(DBAPIError), desk.connection.begin_nested():
            desk.connection.execute(text("UPDATE report_translation SET account_id = 1"))

    def test_it_goes_with_the_report(self, desk: Desk, person: int, program: Program) -> None:
        report = desk.add_report()
        write_translation(desk.connection, report, person, words="x", replaces=None, seals=program.pseudonyms)
        erase_reports(desk.connection, desk.campaign_id, [report])
        assert find_translation(desk.connection, report, program.pseudonyms) is None


@pytest.fixture
def report_id(program: Program, campaign: int) -> int:
    """A report in Creole, and two moderators."""
    with program.owner.begin() as connection:
        desk = add_square(Desk(connection, campaign))
        for name in ("ama", "kofi"):
            desk.add_person(name, MODERATOR)
        return desk.add_report("pa gen dlo nan lekòl la", language="ht")


def test_it_is_written_and_corrected_on_the_page_of_the_report(client: FlaskClient, report_id: int) -> None:
    sign_in(client, "ama")
    path = f"/moderate/reports/{report_id}"
    page = client.post(f"{path}/translation", data={"translation": "no <b>water"}, follow_redirects=True).text
    assert "The translation was saved." in page
    assert 'dir="auto">no &lt;b&gt;water</p>' in page
    assert "translated its words" in page
    assert client.post(f"{path}/translation", data={"translation": "again"}).status_code == 409
    replaces = page.split('name="replaces" value="')[1].split('"')[0]
    sign_in(client, "kofi")
    corrected = {"translation": "no water at the school", "replaces": replaces}
    page = client.post(f"{path}/translation", data=corrected, follow_redirects=True).text
    assert "no water at the school" in page
    assert "no &lt;b&gt;water" not in page


def test_a_report_without_words_has_no_field(client: FlaskClient, program: Program, report_id: int) -> None:
    sign_in(client, "ama")
    assert 'id="translation"' in client.get(f"/moderate/reports/{report_id}").text
    with program.owner.begin() as connection:
        connection.execute(text("UPDATE report SET text = '', purged_at = now()"))
    assert 'id="translation"' not in client.get(f"/moderate/reports/{report_id}").text


def test_the_desk_shows_what_changed(client: FlaskClient, report_id: int) -> None:
    sign_in(client, "ama")
    form = {"translation": "no water", "desk": "state=queued"}
    answer = client.post(f"/moderate/reports/{report_id}/translation", data=form, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "no water</p>" in answer.text
    assert "<html" not in answer.text
