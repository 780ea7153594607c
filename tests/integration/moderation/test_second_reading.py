"""Second readings: who gets one, what they do not see, and when a decision counts."""

import json
from dataclasses import dataclass

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from reporting.accounts.role import MODERATOR, SAFEGUARDING, SUPERVISOR
from reporting.crypto.sample_key import derive_sample_key, is_sampled
from reporting.models.states import ReportState
from reporting.moderation import decisions, restricted
from reporting.moderation.access_log import record_new_access
from reporting.moderation.errors import ChangeRefused, InputRefused, OwnReading, ReadingOpen, ReportUnknown
from reporting.moderation.queue import assign_next
from reporting.moderation.report.view import get_report_view
from reporting.moderation.second_reading.hold import is_held, list_stuck_campaigns
from reporting.moderation.second_reading.read import (
    Outcome,
    Verdict,
    claim_next,
    count_readable,
    find_own_reading,
    give_reading_back,
    give_second_verdict,
    list_disputes,
    settle,
    show_dispute,
    show_reading,
)
from reporting.moderation.second_reading.sample import sample_decided
from reporting.privacy.erasure import erase_reports
from tests.factories.moderation import Desk, make_desk

KEY = derive_sample_key("a-pepper-of-the-tests")
APPROVED, REJECTED = Verdict(ReportState.APPROVED), Verdict(ReportState.REJECTED, reason="spam")


@dataclass
class Room:
    """A desk whose campaign has every decided report read twice, and its people."""

    desk: Desk
    ama: int  # moderators
    kofi: int
    sita: int  # a supervisor
    sara: int  # safeguarding
    omar: int
    lina: int

    @property
    def connection(self) -> Connection:
        return self.desk.connection

    def set_policy(self, **policy: object) -> None:
        change = text("UPDATE campaign SET settings = CAST(:it AS jsonb) WHERE id = :id")
        values = {"it": json.dumps({"second_reading": policy}), "id": self.desk.campaign_id}
        self.connection.execute(change, values)

    def claim(self, person: int, *, restricted: bool = False) -> int | None:
        return claim_next(self.connection, self.desk.campaign_id, person, sees_restricted=restricted)

    def give(self, reading: int, person: int, verdict: Verdict, *, restricted: bool = False) -> Outcome:
        return give_second_verdict(
            self.connection, self.desk.campaign_id, reading, person, verdict, sees_restricted=restricted
        )

    def settle(self, reading: int, person: int, verdict: Verdict, *, restricted: bool = False) -> None:
        settle(
            self.connection, self.desk.campaign_id, reading, person, verdict, sees_restricted=restricted,
            supervises=not restricted,
        )  # fmt: skip

    def list_disputes(self, person: int, *, restricted: bool = False, supervises: bool = False) -> list[int]:
        found = list_disputes(
            self.connection, self.desk.campaign_id, person, sees_restricted=restricted, supervises=supervises
        )
        return [each.id for each in found]

    def decide(self, **columns: object) -> int:
        """An ordinary report that ama has approved, in the sample."""
        report = self.desk.add_report(**columns)
        decisions.approve(self.connection, report, self.ama)
        sample_decided(self.connection, KEY)
        return report

    def add_sensitive(self) -> int:
        return self.desk.add_report(is_sensitive=True, sensitive_reason="minor")

    def read(self, report: int) -> dict[str, object]:
        row = self.connection.execute(text("SELECT * FROM second_reading WHERE report_id = :id"), {"id": report})
        return dict(row.one()._mapping)


@pytest.fixture
def room(connection: Connection) -> Room:
    desk = make_desk(connection)
    people = {name: desk.add_person(name) for name in ("ama", "kofi")}
    people["sita"] = desk.add_person("sita", SUPERVISOR)
    people |= {name: desk.add_person(name, SAFEGUARDING) for name in ("sara", "omar", "lina")}
    made = Room(desk, **people)
    made.set_policy(percent=100)
    return made


def test_the_sample_is_the_share_that_the_key_says_and_repeating_adds_nothing(room: Room) -> None:
    room.set_policy(percent=30)
    reports = [room.desk.add_report() for _ in range(40)]
    for report in reports:
        decisions.approve(room.connection, report, room.ama)
    expected = {report for report in reports if is_sampled(KEY, report, 30)}
    assert 0 < len(expected) < 40
    assert sample_decided(room.connection, KEY) == len(expected)
    assert sample_decided(room.connection, KEY) == 0
    sampled = room.connection.execute(text("SELECT report_id FROM second_reading")).scalars()
    assert set(sampled) == expected


@pytest.mark.parametrize("percent", [0, 5])
def test_a_campaign_may_take_none_and_takes_a_few_unless_it_says_so(room: Room, percent: int) -> None:
    room.set_policy(**({"percent": 0} if percent == 0 else {}))
    for _ in range(60):
        decisions.approve(room.connection, room.desk.add_report(), room.ama)
    assert sample_decided(room.connection, KEY) <= (0 if percent == 0 else 12)


def test_waiting_and_imported_reports_copies_and_restricted_ones_are_not_sampled(room: Room) -> None:
    room.desk.add_report()
    room.desk.add_report(state="approved")  # nobody has decided on it
    later = room.desk.add_report()
    decisions.approve(room.connection, later, room.ama)
    restricted.restrict(room.connection, later, room.ama, reason="minor")
    assert sample_decided(room.connection, KEY) == 0


def test_the_first_reader_is_never_the_second(room: Room) -> None:
    room.decide()
    assert room.claim(room.ama) is None
    assert count_readable(room.connection, room.desk.campaign_id, room.ama, sees_restricted=False) == 0
    assert room.claim(room.kofi) is not None
    assert count_readable(room.connection, room.desk.campaign_id, room.kofi, sees_restricted=False) == 1


def test_not_even_the_database_lets_one_person_be_both(room: Room) -> None:
    report = room.decide()
    with pytest.raises(DBAPIError), room.connection.begin_nested():
        room.connection.execute(
            text("UPDATE second_reading SET second_account_id = :ama WHERE report_id = :report"),
            {"ama": room.ama, "report": report},
        )
    with pytest.raises(DBAPIError), room.connection.begin_nested():
        room.connection.execute(text("UPDATE second_reading SET first_verdict = 'rejected'"))


def test_whoever_saw_the_page_since_or_touched_the_report_is_not_asked(room: Room) -> None:
    report = room.desk.add_report(lat=27.5, lon=85.5)
    decisions.set_topic(room.connection, report, room.kofi, topic_code="road")
    decisions.approve(room.connection, report, room.ama)
    sample_decided(room.connection, KEY)
    get_report_view(room.connection, room.desk.campaign_id, report, room.sita)
    assert room.claim(room.kofi) is None
    assert room.claim(room.sita) is None
    assert room.claim(room.omar) is not None


def test_who_saw_the_verdict_in_a_list_is_not_asked_though_they_looked_before(room: Room) -> None:
    report = room.desk.add_report()
    look = "INSERT INTO access_log (account_id, report_id, looked_at) VALUES (:who, :report, now() - interval '1 min')"
    room.connection.execute(text(look), {"who": room.kofi, "report": report})
    decisions.approve(room.connection, report, room.ama)
    record_new_access(room.connection, room.kofi, [report])
    sample_decided(room.connection, KEY)
    assert room.claim(room.kofi) is None


def test_who_saw_it_while_it_waited_may_read_it(room: Room) -> None:
    report = room.desk.add_report()
    look = "INSERT INTO access_log (account_id, report_id, looked_at) VALUES (:who, :report, now() - interval '1 hour')"
    room.connection.execute(text(look), {"who": room.kofi, "report": report})
    decisions.approve(room.connection, report, room.ama)
    sample_decided(room.connection, KEY)
    assert room.claim(room.kofi) is not None


def test_two_never_get_the_same_and_ones_own_lease_comes_first(room: Room) -> None:
    first, second = room.decide(), room.decide()
    taken = [room.claim(room.kofi), room.claim(room.sita)]
    assert len(set(taken)) == 2
    assert room.claim(room.kofi) == taken[0]
    assert {room.read(report)["id"] for report in (first, second)} == set(taken)
    assert room.claim(room.omar) is None
    give_reading_back(room.connection, int(str(taken[0])), room.kofi)
    assert room.claim(room.omar) == taken[0]


def test_the_second_reader_sees_the_words_and_nothing_that_was_done(room: Room) -> None:
    report = room.decide(words="no water in the school")
    reading = room.claim(room.kofi)
    assert reading is not None
    assert find_own_reading(room.connection, report, room.kofi) == reading
    assert find_own_reading(room.connection, report, room.sita) is None
    view = show_reading(room.connection, room.desk.campaign_id, reading, room.kofi, sees_restricted=False)
    assert view.text == "no water in the school"
    assert not {"state", "topic", "history", "verdict"} & set(view.__dataclass_fields__)
    assert room.desk.count_looks(report) == 1
    for other in (room.ama, room.sita):
        with pytest.raises(ReportUnknown):
            show_reading(room.connection, room.desk.campaign_id, reading, other, sees_restricted=False)


def test_where_both_agree_it_is_settled_and_nothing_else_changes(room: Room) -> None:
    report = room.decide()
    reading = room.claim(room.kofi)
    assert reading is not None
    assert room.give(reading, room.kofi, APPROVED) is Outcome.AGREED
    row = room.read(report)
    assert (row["settled_verdict"], row["settled_by"]) == ("approved", None)
    assert room.desk.get(report, "state") == "approved"
    assert [line.kind for line in room.desk.list_decisions(report)] == ["approve", "second_reading"]
    assert room.desk.list_decisions(report)[1].after == {}
    with pytest.raises(ChangeRefused):
        room.give(reading, room.kofi, REJECTED)


def test_a_disagreement_stands_until_a_third_settles_it(room: Room) -> None:
    report = room.decide()
    reading = room.claim(room.kofi)
    assert reading is not None
    assert room.give(reading, room.kofi, REJECTED) is Outcome.DISPUTED
    assert room.desk.get(report, "state") == "approved"  # the first decision stands
    assert room.list_disputes(room.ama, supervises=True) == []
    assert room.list_disputes(room.kofi, supervises=True) == []
    assert room.list_disputes(room.omar) == []
    assert room.list_disputes(room.sita, supervises=True) == [reading]
    campaign_id = room.desk.campaign_id
    dispute = show_dispute(room.connection, campaign_id, reading, room.sita, sees_restricted=False, supervises=True)
    assert (dispute.first.state, dispute.second) == ("approved", REJECTED)
    with pytest.raises(OwnReading):
        room.settle(reading, room.kofi, REJECTED)
    room.settle(reading, room.sita, REJECTED)
    assert room.desk.get(report, "state") == "rejected"
    assert [line.kind for line in room.desk.list_decisions(report)][2:] == ["settle_readings", "reject"]
    assert room.list_disputes(room.sita, supervises=True) == []
    with pytest.raises(ReportUnknown):
        room.settle(reading, room.sita, APPROVED)


def test_another_topic_is_a_disagreement_too_and_the_third_sets_it(room: Room) -> None:
    report = room.decide()
    reading = room.claim(room.kofi)
    assert reading is not None
    assert room.give(reading, room.kofi, Verdict("approved", topic="road")) is Outcome.DISPUTED
    room.settle(reading, room.sita, Verdict("approved", topic="road"))
    query = text("SELECT code FROM topic JOIN report ON report.topic_id = topic.id WHERE report.id = :id")
    assert room.connection.execute(query, {"id": report}).scalar_one() == "road"
    assert room.desk.get(report, "state") == "approved"


@pytest.mark.parametrize(
    "verdict", [Verdict("queued"), Verdict("rejected"), Verdict("rejected", reason="x"), Verdict("approved", topic="x")]
)
def test_a_verdict_is_one_that_a_first_reader_can_give(room: Room, verdict: Verdict) -> None:
    room.decide()
    reading = room.claim(room.kofi)
    assert reading is not None
    with pytest.raises(InputRefused):
        room.give(reading, room.kofi, verdict)


def test_a_sensitive_report_counts_once_both_decide_the_same(room: Room) -> None:
    report = room.add_sensitive()
    assert decisions.reject(room.connection, report, room.sara, reason="spam", note="an advert") is False
    assert room.desk.get(report, "state") == "queued"
    assert is_held(room.connection, report)
    [line] = room.desk.list_decisions(report)
    assert (line.kind, line.reason, line.after) == ("first_reading", None, {})  # the log does not tell it
    assert room.claim(room.kofi) is None
    assert room.claim(room.sara, restricted=True) is None
    assert assign_next(room.connection, room.desk.campaign_id, room.omar, is_restricted=True) is None
    for person in (room.sara, room.omar):
        with pytest.raises(ReadingOpen):
            decisions.approve(room.connection, report, person)
    reading = room.claim(room.omar, restricted=True)
    assert reading is not None
    assert room.give(reading, room.omar, REJECTED, restricted=True) is Outcome.AGREED
    assert room.desk.get(report, "state") == "rejected"
    last = room.desk.list_decisions(report)[-1]
    assert (last.kind, last.reason, last.after["note"], last.account_id) == ("reject", "spam", "an advert", room.omar)


def test_two_who_disagree_on_a_sensitive_report_leave_it_waiting_for_a_third(room: Room) -> None:
    report = room.add_sensitive()
    decisions.approve(room.connection, report, room.sara)
    reading = room.claim(room.omar, restricted=True)
    assert reading is not None
    assert room.give(reading, room.omar, REJECTED, restricted=True) is Outcome.DISPUTED
    assert room.desk.get(report, "state") == "queued"
    assert room.list_disputes(room.sita, supervises=True) == []
    assert room.list_disputes(room.lina, restricted=True) == [reading]
    with pytest.raises(ReportUnknown):
        room.settle(reading, room.sita, REJECTED)
    room.settle(reading, room.lina, APPROVED, restricted=True)
    assert room.desk.get(report, "state") == "approved"


def test_a_campaign_without_a_further_person_of_the_role_is_told(room: Room) -> None:
    slug = room.connection.execute(text("SELECT slug FROM campaign")).scalar_one()
    report = room.add_sensitive()
    decisions.approve(room.connection, report, room.sara)
    leave = text("DELETE FROM account_role WHERE account_id = :id")
    room.connection.execute(text("RESET ROLE"))
    for person, stuck in ((room.omar, []), (room.lina, [slug])):
        room.connection.execute(leave, {"id": person})
        assert list_stuck_campaigns(room.connection) == stuck


def test_a_campaign_may_leave_sensitive_reports_to_one(room: Room) -> None:
    room.set_policy(sensitive=False)
    report = room.add_sensitive()
    assert decisions.approve(room.connection, report, room.sara) is True
    assert room.desk.get(report, "state") == "approved"


def test_lifting_the_restriction_lets_the_held_verdict_lapse(room: Room) -> None:
    report = room.add_sensitive()
    decisions.approve(room.connection, report, room.sara)
    restricted.release(room.connection, report, room.omar)
    assert not is_held(room.connection, report)
    assert assign_next(room.connection, room.desk.campaign_id, room.kofi) == report


def test_a_sampled_report_that_is_decided_anew_is_sampled_anew(room: Room) -> None:
    report = room.decide()
    decisions.reopen(room.connection, report, room.kofi)
    assert room.claim(room.sita) is None
    decisions.reject(room.connection, report, room.kofi, reason="unclear")
    sample_decided(room.connection, KEY)
    row = room.read(report)
    assert (row["first_account_id"], row["first_verdict"], row["first_reason"]) == (room.kofi, "rejected", "unclear")


def test_what_nobody_can_read_any_more_lapses(room: Room) -> None:
    report = room.decide()
    room.connection.execute(text("UPDATE report SET purged_at = now(), text = '' WHERE id = :id"), {"id": report})
    assert room.claim(room.kofi) is None
    sample_decided(room.connection, KEY)
    assert room.connection.execute(text("SELECT count(*) FROM second_reading")).scalar() == 0


def test_an_erased_report_leaves_no_verdicts(room: Room) -> None:
    report = room.decide()
    erase_reports(room.connection, room.desk.campaign_id, [report])
    assert room.connection.execute(text("SELECT count(*) FROM second_reading")).scalar() == 0


def test_a_moderator_reads_for_a_supervisor_too(room: Room) -> None:
    report = room.desk.add_report()
    decisions.approve(room.connection, report, room.sita)
    sample_decided(room.connection, KEY)
    assert room.claim(room.desk.add_person("zuri", MODERATOR)) is not None
