"""One answer to all: what is said of an incident reaches each of its reporters once, and nobody whom it must not."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import Connection, text

from reporting.bootstrap import Program
from reporting.incidents.linking import link_reports
from reporting.moderation import bulk, decisions
from reporting.moderation.errors import ChangeRefused, IncidentUnknown, InputRefused, LeaseHeldByOther
from reporting.moderation.incident import links as incident
from reporting.moderation.restricted import restrict
from reporting.moderation.undo import undo
from reporting.outbox.delivery import deliver
from reporting.privacy.retention_reports import drop_words
from tests.factories.moderation import Desk, add_square, make_desk

WORDS = "the main pipe at the old temple burst this morning and floods the lower market"
SAID = {"ne": "पाइप मर्मत हुँदैछ।", "en": "The pipe is being repaired.", "fr": "Le tuyau est en réparation."}


@dataclass
class Scene:
    """An incident with its reporters, by language."""

    desk: Desk
    person: int
    incident: int = 0
    reports: list[int] = field(default_factory=list)
    contacts: list[int] = field(default_factory=list)

    @property
    def connection(self) -> Connection:
        return self.desk.connection

    def join(self, language: str | None = None, contact: int | None = None, **columns: Any) -> int:
        """One more report of it."""
        if contact is None:
            contact = self.desk.add_contact(f"+97798000001{len(self.contacts):02}")
            self.contacts.append(contact)
            self.run("UPDATE contact SET language = :language WHERE id = :id", language=language, id=contact)
        columns = {"incident_id": self.incident or None, **columns}
        self.reports.append(self.desk.add_report(WORDS, contact_id=contact, lat=27.5, lon=85.5, **columns))
        self.incident = self.incident or int(self.desk.get(self.reports[0], "incident_id"))
        return self.reports[-1]

    def tell(self, **values: Any) -> int:
        found = {"texts": SAID, **values}
        return bulk.notify_all(self.connection, self.desk.campaign_id, self.incident, self.person, **found)

    def run(self, statement: str, **values: Any) -> None:
        self.connection.execute(text(statement), values)

    def texts(self, purpose: str = "update", state: str = "queued") -> list[str]:
        query = text("SELECT text FROM message WHERE purpose = :purpose AND state = :state ORDER BY id")
        return list(self.connection.execute(query, {"purpose": purpose, "state": state}).scalars())

    def last_decision(self) -> int:
        return int(self.connection.execute(text("SELECT max(id) FROM decision")).scalar_one())


@pytest.fixture
def scene(connection: Connection) -> Scene:
    """Three reporters: one writes Nepali, one English, of one nobody knows."""
    desk = make_desk(connection)
    made = Scene(desk, desk.add_person("ama"))
    for language in ("ne", "en", None):
        made.join(language)
    return made


def test_each_hears_it_once_in_their_language_with_their_reference(scene: Scene) -> None:
    assert scene.tell() == 3
    references = [scene.desk.get(each, "reference") for each in scene.reports]
    assert scene.texts() == [
        f"{references[0]}: {SAID['ne']}",
        f"{references[1]}: {SAID['en']}",
        f"{references[2]}: {SAID['ne']}",  # the campaign's first language
    ]


def test_who_sent_five_reports_hears_it_once(scene: Scene) -> None:
    for _ in range(4):
        scene.join(contact=scene.contacts[0])
    assert scene.tell() == 3


def test_the_second_press_tells_nobody_and_is_no_decision(scene: Scene) -> None:
    scene.tell()
    before = scene.last_decision()
    assert scene.tell() == 0
    assert scene.last_decision() == before
    assert len(scene.texts()) == 3


def test_something_else_is_told_again(scene: Scene) -> None:
    scene.tell()
    assert scene.tell(texts={"en": "It is done."}) == 3


def test_the_fixed_words_that_it_is_solved_speak_every_language(scene: Scene) -> None:
    scene.run("UPDATE contact SET language = 'ht' WHERE id = :id", id=scene.contacts[0])
    assert scene.tell(kind="solved", texts={}) == 3
    query = text("SELECT language FROM message WHERE purpose = 'update' ORDER BY id")
    assert list(scene.connection.execute(query).scalars()) == ["ht", "en", "ne"]


SILENCED = {
    "opted out": "UPDATE contact SET opted_out_at = now() WHERE id = :contact",
    "no number": "UPDATE contact SET number_encrypted = NULL WHERE id = :contact",
    "a machine": "UPDATE contact SET muted_until = now() + interval '1 hour' WHERE id = :contact",
    "rejected": "UPDATE report SET state = 'rejected' WHERE id = :report",
    "restricted": "UPDATE report SET is_sensitive = true WHERE id = :report",
}


@pytest.mark.parametrize("statement", SILENCED.values(), ids=list(SILENCED))
def test_nothing_is_told_to(scene: Scene, statement: str) -> None:
    values = {"contact": scene.contacts[1], "report": scene.reports[1]}
    scene.run(statement, **{name: value for name, value in values.items() if f":{name}" in statement})
    assert scene.tell() == 2
    assert not any(SAID["en"] in each for each in scene.texts())


def test_a_report_that_is_restricted_while_the_text_waits_takes_it_back(scene: Scene) -> None:
    scene.tell()
    restrict(scene.connection, scene.reports[1], scene.person, reason="minor")
    assert len(scene.texts()) == 2


def test_quiet_hours_are_kept_unless_it_is_urgent(scene: Scene) -> None:
    scene.tell()
    scene.tell(texts={"en": "Leave the house now."}, is_urgent=True)
    query = text("SELECT respects_quiet_hours, count(*) FROM message WHERE purpose = 'update' GROUP BY 1 ORDER BY 1")
    assert [tuple(row) for row in scene.connection.execute(query)] == [(False, 3), (True, 3)]


def test_who_joins_later_is_told_the_last_update_once_and_not_before_it_settles(scene: Scene) -> None:
    scene.tell()
    scene.tell(texts={"en": "It is done."})
    late = scene.join("en", incident_id=None, text_key=77)
    scene.run("UPDATE report SET text_key = 77")
    assert link_reports(scene.connection, [late]) == 1
    told = [each for each in scene.texts() if scene.desk.get(late, "reference") in each]
    assert told == [f"{scene.desk.get(late, 'reference')}: It is done."]
    query = text("SELECT retry_at > now() + interval '9 minutes' FROM message ORDER BY id DESC LIMIT 1")
    assert scene.connection.execute(query).scalar()
    assert scene.tell(texts={"en": "It is done."}) == 0


def test_who_is_parted_before_the_text_left_is_not_told_and_can_be_told_again(scene: Scene) -> None:
    scene.tell()
    late = scene.join("en", incident_id=None)
    incident.link(scene.connection, late, scene.person, candidate_id=scene.reports[0])
    assert len(scene.texts()) == 4
    linking = scene.last_decision()
    undo(scene.connection, late, scene.person, decision_id=linking)
    assert len(scene.texts()) == 3
    incident.link(scene.connection, late, scene.person, candidate_id=scene.reports[0])
    assert len(scene.texts()) == 4


def test_an_update_goes_with_the_incident_through_a_merge_and_back(scene: Scene) -> None:
    scene.tell()
    other = scene.join("fr", incident_id=None)
    incident.merge(scene.connection, scene.reports[0], scene.person, candidate_id=other)
    told = [each for each in scene.texts() if SAID["fr"] in each]
    assert len(told) == 1  # the other one's reporter is told what the joined incident was told
    undo(scene.connection, scene.reports[0], scene.person, decision_id=scene.last_decision())
    assert not any(SAID["fr"] in each for each in scene.texts())


def test_what_has_not_left_of_an_update_can_be_taken_back(scene: Scene) -> None:
    scene.tell()
    telling = scene.last_decision()
    scene.run("UPDATE message SET state = 'sent' WHERE contact_id = :id", id=scene.contacts[0])
    query = text("SELECT report_id FROM decision WHERE id = :id")
    report = int(scene.connection.execute(query, {"id": telling}).scalar_one())
    undo(scene.connection, report, scene.person, decision_id=telling)
    assert scene.texts() == []
    assert len(scene.texts(state="failed")) == 2
    with pytest.raises(ChangeRefused):
        undo(scene.connection, report, scene.person, decision_id=telling)
    late = scene.join("en", incident_id=None)
    incident.link(scene.connection, late, scene.person, candidate_id=scene.reports[0])
    assert scene.texts() == []  # what was taken back is told to nobody


def test_what_was_told_goes_with_the_words_of_the_report_that_it_was_noted_with(scene: Scene) -> None:
    scene.tell()
    telling, report = scene.last_decision(), scene.reports[0]
    drop_words(scene.connection, scene.desk.campaign_id, [report], is_restricted=False)
    query = text("SELECT texts, withdrawn_at IS NULL FROM incident_update")
    assert tuple(scene.connection.execute(query).one()) == ({}, False)
    with pytest.raises(ChangeRefused):
        undo(scene.connection, report, scene.person, decision_id=telling)


def test_a_campaign_without_news_tells_what_a_person_says_and_nothing_by_itself(scene: Scene) -> None:
    scene.run("""UPDATE campaign SET conversation = '{"news": false}'""")
    assert scene.tell() == 3
    late = scene.join("en", incident_id=None)
    incident.link(scene.connection, late, scene.person, candidate_id=scene.reports[0])
    assert len(scene.texts()) == 3


def test_a_decision_on_all_is_told_each_sender_once(scene: Scene) -> None:
    for _ in range(4):
        scene.join(contact=scene.contacts[1])
    decided = bulk.decide_all(scene.connection, scene.desk.campaign_id, scene.incident, scene.person, state="approved")
    assert decided.reports == 7
    assert len(scene.texts("news")) == 3


def test_reports_of_one_sender_that_are_decided_one_by_one_are_told_once(scene: Scene) -> None:
    again = scene.join(contact=scene.contacts[0])
    for each in (scene.reports[0], again):
        decisions.approve(scene.connection, each, scene.person)
    assert len(scene.texts("news")) == 1


def test_putting_back_the_one_that_was_announced_announces_the_other(scene: Scene) -> None:
    again = scene.join(contact=scene.contacts[0])
    for each in (scene.reports[0], again):
        decisions.approve(scene.connection, each, scene.person)
    decisions.reopen(scene.connection, scene.reports[0], scene.person)
    (news,) = scene.texts("news")
    assert scene.desk.get(again, "reference") in news


def test_what_somebody_else_works_on_is_left_alone(scene: Scene) -> None:
    kofi = scene.desk.add_person("kofi")
    lease = "UPDATE report SET leased_by = :id, leased_until = now() + interval '5 minutes'"
    scene.run(lease + " WHERE id = :report", id=kofi, report=scene.reports[0])
    values = {"state": "rejected", "reason": "false"}
    decided = bulk.decide_all(scene.connection, scene.desk.campaign_id, scene.incident, scene.person, **values)
    assert (decided.reports, decided.held) == (2, 1)
    with pytest.raises(LeaseHeldByOther):
        bulk.decide_all(scene.connection, scene.desk.campaign_id, scene.incident, scene.person, **values)


@pytest.mark.parametrize("texts", [{}, {"en": "  "}, {"en": "x" * 641}])
def test_nothing_and_too_much_cannot_be_told(scene: Scene, texts: dict[str, str]) -> None:
    with pytest.raises(InputRefused):
        scene.tell(texts=texts)


def test_an_incident_of_another_campaign_is_none(scene: Scene) -> None:
    with pytest.raises(IncidentUnknown):
        bulk.notify_all(scene.connection, scene.desk.campaign_id + 1, scene.incident, scene.person, texts=SAID)


class Phones:
    """A gateway that keeps what it is given."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str]] = []

    def send(self, *, campaign_address: str, address: str, text: str) -> str:  # noqa: ARG002
        """Take the text."""
        self.taken.append((address, text))
        return f"G{len(self.taken)}"


def test_two_moderators_who_press_at_once_send_everybody_one_text(program: Program, campaign: int) -> None:
    with program.owner.begin() as connection:
        desk = add_square(Desk(connection, campaign))
        scene = Scene(desk, desk.add_person("ama"))
        for _ in range(20):
            scene.join("en")
    together_at = threading.Barrier(4)

    def press() -> None:
        together_at.wait()
        with program.app.begin() as connection:
            bulk.notify_all(connection, campaign, scene.incident, scene.person, texts=SAID)

    run_all([press] * 4)
    phones = Phones()
    while deliver(program.app, {"twilio": phones}, program.pseudonyms):
        pass
    assert len({address for address, _ in phones.taken}) == len(phones.taken) == 20


def run_all(acts: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=act) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
