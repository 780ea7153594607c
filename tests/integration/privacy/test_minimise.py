"""What is kept no longer than it is needed: each age by its rule, and nothing that somebody still needs."""

import json
import secrets
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, text

from geo.learned_placements import FROM_MODERATOR, add_placement, list_placements
from reporting.bootstrap import Program
from reporting.campaigns.campaign import CampaignError, create_campaign, read_definition
from reporting.campaigns.retention_policy import Retention, find_cutoffs
from reporting.jobs import jobs
from reporting.models.base import now
from reporting.moderation.decisions import move_pin
from reporting.moderation.errors import ChangeRefused
from reporting.moderation.undo import undo
from reporting.privacy.retention import RetentionCounts, RetentionRun, minimise
from tests.conftest import SMALL_CAMPAIGN
from tests.factories.moderation import Desk, make_desk, sign_in

NUMBER = "+9779800000007"
OPENROSA_PAYLOAD = {"content": "abc", "attachments": ["d1"], "fields": {"words": ["the tap is dry"]}, "account": 3}


class Archive:
    """The desk of the tests with old reports, and the messages and decisions that made them old."""

    def __init__(self, program: Program, connection: Connection) -> None:
        self.connection = connection
        self.desk: Desk = make_desk(connection)
        self.seals = program.pseudonyms
        self.account_id = self.desk.add_person("ama")

    def add_report(self, days: float, *, state: str = "approved", contact_id: int | None = None, **columns: Any) -> int:
        """A report that came and was decided so many days ago, with its message."""
        report_id = self.desk.add_report("no water at my uncle's", state=state, contact_id=contact_id, **columns)
        self.run("UPDATE report SET text_key = 7, location_source = 'text', gazetteer_name = 'my uncle',"
                 " location_reasons = CAST(:reasons AS jsonb), created_at = now() - :age * interval '1 day'"
                 " WHERE id = :id", id=report_id, age=days,
                 reasons='[{"code": "name", "words": "my uncle", "name": "my uncle"}]')  # fmt: skip
        message_id = self.add_message(days, contact_id=contact_id, report_id=report_id)
        self.run("UPDATE report SET message_id = :message WHERE id = :id", id=report_id, message=message_id)
        self.decide(report_id, days)
        return report_id

    def tell(self, contact_id: int | None, report_id: int, *, expires: str = "2 years") -> None:
        """What a sender told about themselves with a report."""
        self.run(
            "INSERT INTO reporter_profile (campaign_id, contact_id, report_id, sex, sex_why, expires_at) VALUES"
            " (:campaign, :contact, :report, 'F', 'answered', now() + CAST(:expires AS interval))",
            campaign=self.desk.campaign_id, contact=contact_id, report=report_id, expires=expires,
        )  # fmt: skip

    def decide(self, report_id: int, days: float) -> None:
        """Somebody decided about it so many days ago."""
        self.run(
            "INSERT INTO decision (campaign_id, report_id, account_id, kind, reason, before, after, decided_at) VALUES"
            " (:campaign, :id, :person, 'move_pin', 'why', '{\"lat\": 27.1}',"
            " '{\"state\": \"approved\", \"note\": \"n\"}',"
            " now() - :age * interval '1 day')", campaign=self.desk.campaign_id, id=report_id, person=self.account_id,
            age=days,
        )  # fmt: skip

    def add_contact(self, days: float, number: str = NUMBER) -> int:
        """Somebody who first wrote so many days ago."""
        contact_id = self.desk.add_contact(number)
        self.run("UPDATE contact SET created_at = now() - :age * interval '1 day' WHERE id = :id",
                 id=contact_id, age=days)  # fmt: skip
        return contact_id

    def add_message(self, days: float, *, state: str = "processed", channel: str = "twilio", **columns: Any) -> int:
        """A message that came so many days ago, with all that a gateway brings."""
        payload = OPENROSA_PAYLOAD if channel == "openrosa" else {"Body": "no water"}
        values = {
            "campaign_id": self.desk.campaign_id, "channel": channel, "external_id": f"m{next(self.desk.numbers)}",
            "direction": "in", "text": "no water at my uncle's", "state": state, "address_hash": b"somebody",
            "address_encrypted": self.seals.seal(NUMBER), "payload_encrypted": self.seals.seal(json.dumps(payload)),
            "details_encrypted": self.seals.seal("{}"), "network_hash": b"network", "content_hash": b"content",
            "language": "en", **columns,
        }  # fmt: skip
        names, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
        return int(
            self.get(
                f"INSERT INTO message ({names}, received_at) VALUES ({marks}, now() - :age * interval '1 day')"
                " RETURNING id",
                **values,
                age=days,
            )
        )

    def add_picture(self, report_id: int) -> int:
        """A picture of the report's message."""
        return int(self.get("INSERT INTO media (message_id, number, state, key) SELECT message_id, 0, 'stored', 'k'"
                            " FROM report WHERE id = :id RETURNING id", id=report_id))  # fmt: skip

    def minimise(self, **ages: int) -> RetentionCounts:
        """A run by these ages, in this transaction."""
        cutoffs = find_cutoffs(Retention(**ages), now())
        return RetentionRun(lambda: nullcontext(self.connection), self.seals, self.desk.campaign_id, cutoffs).run()

    def message_of(self, report_id: int) -> Any:
        """The message of a report."""
        return self.row("SELECT message.* FROM message JOIN report ON report.message_id = message.id"
                        " WHERE report.id = :id", id=report_id)  # fmt: skip

    def get(self, statement: str, **values: Any) -> Any:
        """One value."""
        return self.connection.execute(text(statement), values).scalar()

    def row(self, statement: str, **values: Any) -> Any:
        """One row."""
        return self.connection.execute(text(statement), values).one()

    def run(self, statement: str, **values: Any) -> None:
        """A change."""
        self.connection.execute(text(statement), values)


@pytest.fixture
def archive(program: Program) -> Iterator[Archive]:
    """An empty archive in a transaction of the worker's role."""
    with program.owner.engine.connect() as connection:
        made = Archive(program, connection)
        connection.execute(text("SET LOCAL ROLE baraza_app"))
        yield made
        connection.rollback()


def test_what_a_gateway_sent_goes_after_a_month_and_the_words_stay(archive: Archive) -> None:
    old, young = archive.add_report(31), archive.add_report(29)
    assert archive.minimise().raw_messages == 1
    message = archive.message_of(old)
    sealed = (message.address_encrypted, message.payload_encrypted, message.details_encrypted)
    assert (*sealed, message.network_hash, message.content_hash) == (None,) * 5
    assert message.text == "no water at my uncle's"
    assert archive.message_of(young).payload_encrypted is not None


def test_words_pictures_and_the_exact_point_of_a_closed_report_go_after_half_a_year(archive: Archive) -> None:
    report_id = archive.add_report(
        181, lat=27.71234, lon=85.32345, answers='{"works": "no", "days": 3, "why": "he said"}'
    )
    picture_id = archive.add_picture(report_id)
    archive.run(
        "UPDATE campaign SET conversation = '{\"forms\": [{\"code\": \"f\", \"questions\": [{\"code\": \"works\","
        " \"kind\": \"choice\", \"text\": {}, \"choices\": [{\"code\": \"no\", \"label\": {}}]}]}]}'"
    )  # fmt: skip
    add_placement(
        archive.connection, archive.desk.campaign_id, "my uncle", 27.7, 85.3, 50, FROM_MODERATOR, str(report_id)
    )
    counts = archive.minimise()
    assert (counts.reports, counts.messages, counts.pictures) == (1, 1, 1)
    report = archive.row(
        "SELECT *, ST_Y(point) AS lat, ST_X(point) AS lon, ST_Distance(point::geography,"
        " ST_SetSRID(ST_MakePoint(85.32345, 27.71234), 4326)::geography) AS moved_m FROM report WHERE id = :id",
        id=report_id,
    )
    assert (report.text, report.text_key, report.gazetteer_name, report.location_reasons) == ("", None, None, [])
    assert report.location_source == "text"
    assert (round(report.lat, 6), round(report.lon, 6)) == (27.715, 85.325)
    assert 0 < report.moved_m <= report.radius_m
    assert report.answers == {"works": "no", "days": 3}
    assert (report.state, report.purged_at is not None) == ("approved", True)
    assert archive.message_of(report_id).text == ""
    assert archive.get("SELECT state FROM media WHERE id = :id", id=picture_id) == "erased"
    assert list_placements(archive.connection, archive.desk.campaign_id) == {}


def test_a_translation_goes_with_the_words(archive: Archive) -> None:
    report_id = archive.add_report(181)
    archive.run(
        "INSERT INTO report_translation (campaign_id, report_id, account_id, text_encrypted, written_at)"
        " VALUES (:campaign, :report, :person, :words, now() - interval '181 days')",
        campaign=archive.desk.campaign_id, report=report_id, person=archive.account_id,
        words=archive.seals.seal("no water"),
    )  # fmt: skip
    assert archive.minimise().reports == 1
    assert archive.get("SELECT count(*) FROM report_translation") == 0


def test_who_decided_what_and_why_stays_and_where_and_notes_go(archive: Archive) -> None:
    report_id = archive.add_report(181)
    archive.minimise()
    [decision] = archive.desk.list_decisions(report_id)
    assert (decision.kind, decision.reason, decision.account_id) == ("move_pin", "why", archive.account_id)
    assert (decision.before, decision.after) == ({}, {"state": "approved"})


def test_a_place_that_went_cannot_be_brought_back_and_who_moved_a_report_where_stays_known(archive: Archive) -> None:
    report_id = archive.add_report(0, lat=27.71234, lon=85.32345)
    move_pin(archive.connection, report_id, archive.account_id, lat=27.5, lon=85.5, radius_m=50)
    archive.run("SET LOCAL ROLE NONE")
    archive.run("ALTER TABLE decision DISABLE TRIGGER USER")
    archive.run("UPDATE decision SET decided_at = now() - interval '200 days'")
    archive.run("ALTER TABLE decision ENABLE TRIGGER USER")
    archive.run("SET LOCAL ROLE baraza_app")
    archive.run("UPDATE report SET created_at = now() - interval '200 days'")
    archive.run("UPDATE message SET received_at = now() - interval '200 days'")
    assert archive.minimise().reports == 1
    decision_id, after = archive.row("SELECT id, after FROM decision ORDER BY id DESC LIMIT 1")
    assert "85" not in json.dumps(after)
    assert "incident_of" in after["changed"]
    with pytest.raises(ChangeRefused):
        undo(archive.connection, report_id, archive.account_id, decision_id=decision_id)


def test_what_waits_for_a_decision_keeps_everything_however_old_it_is(archive: Archive) -> None:
    contact_id = archive.add_contact(900)
    report_id = archive.add_report(900, state="queued", contact_id=contact_id)
    archive.add_picture(report_id)
    earlier = archive.add_message(900, contact_id=contact_id)
    counts = archive.minimise()
    assert (counts.rows, counts.reports, counts.messages, counts.pictures, counts.numbers) == (0, 0, 0, 0, 0)
    assert archive.desk.get(report_id, "text") == "no water at my uncle's"
    assert archive.get("SELECT text FROM message WHERE id = :id", id=earlier) == "no water at my uncle's"
    assert archive.get("SELECT number_encrypted IS NOT NULL FROM contact WHERE id = :id", id=contact_id)


def test_what_a_waiting_report_is_compared_with_keeps_its_words(archive: Archive) -> None:
    linked, same = archive.add_report(400), archive.add_report(400)
    archive.desk.add_link(archive.add_report(1, state="queued"), linked)
    archive.add_report(1, state="queued", incident_id=archive.desk.get(same, "incident_id"))
    assert archive.minimise(rows_days=300).reports == 0
    assert archive.desk.get(linked, "text") == archive.desk.get(same, "text") == "no water at my uncle's"


def test_what_somebody_works_on_or_touched_lately_keeps_its_words(archive: Archive) -> None:
    leased, decided, answered = (archive.add_report(400) for _ in range(3))
    archive.run("UPDATE report SET leased_until = now() + interval '1 minute' WHERE id = :id", id=leased)
    archive.decide(decided, 10)
    archive.add_message(10, report_id=answered)
    assert archive.minimise().reports == 0


@pytest.mark.parametrize("state", ["received", "set_aside", "queued", "sending"])
def test_a_message_that_is_not_worked_off_keeps_everything(archive: Archive, state: str) -> None:
    message_id = archive.add_message(900, state=state)
    assert not archive.minimise()
    message = archive.row("SELECT * FROM message WHERE id = :id", id=message_id)
    assert message.text
    assert None not in (
        message.address_encrypted,
        message.payload_encrypted,
        message.details_encrypted,
        message.address_hash,
    )


def test_a_restricted_report_loses_its_words_and_its_place_three_days_after_it_is_closed(archive: Archive) -> None:
    areas = '{"1": "P3", "2": "D27"}'
    closed = archive.add_report(4, is_sensitive=True, lat=27.7, lon=85.3, area_codes=areas, answers='{"days": 3}')
    young = archive.add_report(2, is_sensitive=True)
    waiting = archive.add_report(30, state="queued", is_sensitive=True)
    ordinary = archive.add_report(4)
    for told in (closed, young):
        archive.run(
            "INSERT INTO affected (report_id, role, role_why, number, number_why)"
            " VALUES (:id, 'household', 'answered', 5, 'answered')",
            id=told,
        )
    counts = archive.minimise()
    assert (counts.restricted_reports, counts.reports) == (1, 0)
    assert archive.get("SELECT report_id FROM affected") == young
    report = archive.row("SELECT * FROM report WHERE id = :id", id=closed)
    assert (report.text, report.point, report.answers, report.area_codes) == ("", None, {}, {"1": "P3"})
    message = archive.message_of(closed)
    assert (message.text, message.address_encrypted, message.payload_encrypted) == ("", None, None)
    assert all(archive.desk.get(kept, "text") for kept in (young, waiting, ordinary))


def test_a_number_goes_when_nothing_goes_on_with_its_owner(archive: Archive) -> None:
    quiet, writing, asked = (archive.add_contact(200, f"+97798000000{n}") for n in (11, 12, 13))
    for contact_id in (quiet, writing, asked):
        archive.add_report(120, contact_id=contact_id)
    archive.add_message(5, contact_id=writing)
    archive.run("INSERT INTO question (contact_id, kind, expires_at) VALUES (:id, 'place', now() + interval '1 hour')",
                id=asked)  # fmt: skip
    assert archive.minimise().numbers == 1
    rows = archive.connection.execute(text("SELECT id FROM contact WHERE number_encrypted IS NULL")).scalars()
    assert list(rows) == [quiet]


def test_a_number_waits_for_what_is_still_to_be_sent_or_worked_off(archive: Archive) -> None:
    contacts = [archive.add_contact(200, f"+97798000000{n}") for n in (21, 22)]
    archive.add_message(120, contact_id=contacts[0], direction="out", state="queued")
    address_hash = archive.get("SELECT address_hash FROM contact WHERE id = :id", id=contacts[1])
    archive.add_message(120, state="set_aside", address_hash=address_hash)
    assert archive.minimise().numbers == 0


def test_after_two_years_a_report_is_its_reference_and_its_sender_is_nobody(archive: Archive) -> None:
    contact_id = archive.add_contact(900)
    report_id = archive.add_report(800, contact_id=contact_id, lat=27.7, lon=85.3)
    reference = archive.desk.get(report_id, "reference")
    archive.tell(contact_id, report_id)
    archive.run("INSERT INTO affected (report_id, role, role_why) VALUES (:id, 'person', 'answered')", id=report_id)
    message_id = archive.message_of(report_id).id
    counts = archive.minimise()
    assert (counts.rows, counts.senders) == (1, 1)
    report = archive.row("SELECT * FROM report WHERE id = :id", id=report_id)
    assert (report.state, report.reference, report.contact_id, report.point) == ("erased", reference, None, None)
    assert archive.get("SELECT count(*) FROM reporter_profile") == 0
    assert archive.get("SELECT count(*) FROM affected") == 0
    message = archive.row("SELECT * FROM message WHERE id = :id", id=message_id)
    assert (message.address_hash, message.contact_id, message.text) == (None, None, "")
    assert message.external_id  # by which a gateway cannot bring it back


def test_what_a_sender_told_stays_as_long_as_one_of_their_reports_does(archive: Archive) -> None:
    contact_id = archive.add_contact(900)
    old, _ = (archive.add_report(days, contact_id=contact_id, lat=27.7, lon=85.3) for days in (800, 10))
    archive.tell(contact_id, old)
    archive.run("UPDATE contact SET opted_out_at = now() WHERE id = :id", id=contact_id)
    assert archive.minimise().rows == 1
    # An erased report is linked to nobody, also not by its moment.
    profile = "SELECT contact_id, report_id, sex, created_at = date_trunc('day', created_at) FROM reporter_profile"
    assert archive.row(profile) == (contact_id, None, "F", True)
    assert archive.minimise(rows_days=5).rows == 1
    assert archive.get("SELECT count(*) FROM reporter_profile") == 0
    assert archive.get("SELECT count(*) FROM contact") == 1


def test_what_a_sender_told_expires_by_itself(archive: Archive) -> None:
    contact_id = archive.add_contact(10)
    report_id = archive.add_report(5, contact_id=contact_id, lat=27.7, lon=85.3)
    nobodys = archive.add_report(5, lat=27.7, lon=85.3)
    archive.tell(contact_id, report_id, expires="1 day")
    archive.tell(None, nobodys, expires="-1 day")
    assert archive.minimise().profiles == 1
    assert archive.get("SELECT report_id FROM reporter_profile") == report_id


def test_whose_browser_an_old_report_came_from_is_forgotten_whatever_its_state(archive: Archive) -> None:
    old, new = (archive.add_report(days, lat=27.7, lon=85.3) for days in (100, 10))
    archive.run("UPDATE report SET browser_hash = 7, state = 'queued'")
    archive.run("UPDATE report SET reported_at = now() - interval '100 days' WHERE id = :id", id=old)
    assert archive.minimise(profiles_days=50).browsers == 1
    assert archive.get("SELECT browser_hash FROM report WHERE id = :id", id=old) is None
    assert archive.get("SELECT browser_hash FROM report WHERE id = :id", id=new) == 7


def test_who_wants_no_messages_stays_known(archive: Archive) -> None:
    contact_id = archive.add_contact(900)
    archive.run("UPDATE contact SET opted_out_at = now() WHERE id = :id", id=contact_id)
    archive.minimise()
    assert archive.row("SELECT number_encrypted, opted_out_at FROM contact WHERE id = :id", id=contact_id).opted_out_at


def test_a_second_run_finds_nothing(archive: Archive) -> None:
    for days in (40, 100, 200, 800):
        archive.add_report(days, contact_id=archive.add_contact(days, f"+9779800001{days:03}"), lat=27.7, lon=85.3)
    archive.add_report(200, is_sensitive=True)
    archive.add_message(200, channel="openrosa")
    assert archive.minimise()
    assert not archive.minimise()


def test_a_form_that_a_phone_sends_again_after_months_is_still_known(archive: Archive) -> None:
    message_id = archive.add_message(40, channel="openrosa")
    archive.minimise()
    sealed = archive.get("SELECT payload_encrypted FROM message WHERE id = :id", id=message_id)
    assert json.loads(archive.seals.unseal(sealed)) == {"content": "abc", "attachments": ["d1"]}


def test_the_command_counts_first_and_then_does_what_it_counted(app: Flask, program: Program, campaign: int) -> None:
    with program.owner.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO message"
                " (campaign_id, channel, external_id, direction, text, state, address_encrypted, received_at)"
                " SELECT :id, 'twilio', 'm' || n, 'in', 'words', 'processed', 'x', now() - interval '200 days'"
                " FROM generate_series(1, 12) AS n"
            ),
            {"id": campaign},
        )
    runner = app.test_cli_runner()
    counted = runner.invoke(args=["reports", "minimise", "--dry-run"])
    assert counted.exit_code == 0, counted.output
    with program.owner.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM message WHERE text = 'words'")).scalar() == 12
    done, again = (runner.invoke(args=["reports", "minimise", "--campaign", "test"]) for _ in range(2))
    assert done.stdout == counted.stdout
    assert "messages: 12" in done.stdout
    assert "messages: 0" in again.stdout


def test_the_ages_are_the_campaign_s_and_a_wrong_one_is_said_in_one_line(program: Program) -> None:
    source = SMALL_CAMPAIGN + "settings: {retention: {raw_days: 1}}\n"
    with program.owner.begin() as connection:
        campaign_id = create_campaign(connection, read_definition(source, "c.yaml"))
        connection.execute(
            text(
                "INSERT INTO message (campaign_id, channel, direction, text, state, address_encrypted, received_at)"
                " VALUES (:id, 'twilio', 'in', 'words', 'processed', 'x', now() - interval '2 days')"
            ),
            {"id": campaign_id},
        )
    assert minimise(program.app, program.pseudonyms, campaign_id).raw_messages == 1
    for wrong in ("{raw_days: 0}", "{raw: 3}", "{words_days: never}", "3"):
        with pytest.raises(CampaignError, match=r"settings\.retention"):
            read_definition(SMALL_CAMPAIGN + f"settings: {{retention: {wrong}}}\n", "c.yaml")


def test_the_job_lets_all_go_once_a_day_and_restricted_words_each_time(
    program: Program, campaign: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "get_program", lambda: program)
    monkeypatch.setattr(jobs, "_MINIMISED", f"baraza:minimised:{secrets.token_hex(8)}")  # the tests share one Redis

    def add_old_message() -> None:
        with program.owner.begin() as connection:
            connection.execute(
                text(
                    "INSERT INTO message (campaign_id, channel, direction, text, state, address_encrypted, received_at)"
                    " VALUES (:id, 'twilio', 'in', 'words', 'processed', 'x', now() - interval '200 days')"
                ),
                {"id": campaign},
            )

    def count_words() -> int:
        with program.owner.begin() as connection:
            return int(connection.execute(text("SELECT count(*) FROM message WHERE text <> ''")).scalar_one())

    with program.owner.begin() as connection:
        desk = Desk(connection, campaign)
        restricted = [desk.add_report("words", state="rejected", is_sensitive=True) for _ in range(2)]
    add_old_message()

    def run(report_id: int) -> tuple[str, int]:
        """The words of a restricted report that is due, and how many messages have words, after a run."""
        with program.owner.begin() as connection:
            age = text("UPDATE report SET created_at = now() - interval '4 days' WHERE id = :id")
            connection.execute(age, {"id": report_id})
        jobs.purge_reports()
        with program.owner.begin() as connection:
            said = connection.execute(text("SELECT text FROM report WHERE id = :id"), {"id": report_id}).scalar_one()
        return said, count_words()

    assert run(restricted[0]) == ("", 0)
    add_old_message()
    assert run(restricted[1]) == ("", 1)


def test_a_moderator_reads_when_and_why_the_words_went(client: FlaskClient, program: Program, campaign: int) -> None:
    with program.owner.begin() as connection:
        desk = Desk(connection, campaign)
        desk.add_person("ama")
        report_id = desk.add_report("", state="approved", purged_at="2026-11-01T12:00Z")
    sign_in(client, "ama")
    page = client.get(f"/moderate/reports/{report_id}")
    assert page.status_code == 200
    assert "nothing is kept longer than it is needed" in page.text
