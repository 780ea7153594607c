"""An incident is passed on to an office: kept in the log, undone, and told to whoever has a reference."""

import json

import pytest
from sqlalchemy import Connection, text

from reporting.campaigns.campaign import CampaignError, read_definition
from reporting.conversation.status import IncidentResponse, find_outcome
from reporting.moderation import bulk
from reporting.moderation.errors import ChangeRefused, IncidentUnknown, InputRefused
from reporting.moderation.incident import links
from reporting.moderation.incident.referral import find_office, refer
from reporting.moderation.undo import undo
from reporting.moderation.undo_plan import plan_undo
from tests.conftest import SMALL_CAMPAIGN
from tests.factories.moderation import Desk, make_desk

OFFICES = [{"code": "water-office", "name": {"en": "Water office"}}, {"code": "roads", "name": {"en": "Roads"}}]


@pytest.fixture
def desk(connection: Connection) -> Desk:
    made = make_desk(connection)
    connection.execute(
        text("UPDATE campaign SET settings = jsonb_set(settings, '{offices}', CAST(:offices AS jsonb))"),
        {"offices": json.dumps(OFFICES)},
    )
    return made


def last_decision(desk: Desk) -> int:
    return int(desk.connection.execute(text("SELECT max(id) FROM decision")).scalar_one())


def test_the_last_office_holds_and_undoing_brings_the_one_before_back(desk: Desk) -> None:
    report, person = desk.add_report(), desk.add_person("ama")
    incident = int(desk.get(report, "incident_id"))
    assert find_office(desk.connection, incident) is None
    assert refer(desk.connection, desk.campaign_id, incident, person, office="water-office")
    assert not refer(desk.connection, desk.campaign_id, incident, person, office="water-office")
    assert refer(desk.connection, desk.campaign_id, incident, person, office="roads")
    assert [(each.kind, each.after["office"]) for each in desk.list_decisions(report)] == [
        ("refer", "water-office"),
        ("refer", "roads"),
    ]
    second = last_decision(desk)
    assert plan_undo(desk.connection, desk.campaign_id, second).is_possible
    undo(desk.connection, report, person, decision_id=second)
    assert find_office(desk.connection, incident) == "water-office"
    assert not plan_undo(desk.connection, desk.campaign_id, second).is_possible
    with pytest.raises(ChangeRefused):
        undo(desk.connection, report, person, decision_id=second)


def test_it_goes_along_with_a_merge(desk: Desk) -> None:
    person, first, second = desk.add_person("ama"), desk.add_report(), desk.add_report()
    refer(desk.connection, desk.campaign_id, int(desk.get(first, "incident_id")), person, office="roads")
    links.merge(desk.connection, second, person, candidate_id=first)
    assert find_office(desk.connection, int(desk.get(second, "incident_id"))) == "roads"


def test_only_what_there_is_is_passed_on_to_what_there_is(desk: Desk) -> None:
    person, report = desk.add_person("ama"), desk.add_report()
    with pytest.raises(InputRefused):
        refer(desk.connection, desk.campaign_id, int(desk.get(report, "incident_id")), person, office="moon")
    with pytest.raises(IncidentUnknown):
        refer(desk.connection, desk.campaign_id, 10**9, person, office="roads")


def test_whoever_has_the_reference_is_told_once_it_is_accepted(desk: Desk) -> None:
    person, report = desk.add_person("ama"), desk.add_report()
    incident, reference = int(desk.get(report, "incident_id")), desk.get(report, "reference")

    def read() -> tuple[object, object]:
        outcome = find_outcome(desk.connection, reference)
        assert outcome is not None
        return outcome.response, outcome.office

    refer(desk.connection, desk.campaign_id, incident, person, office="roads")
    assert read() == (None, None)
    desk.connection.execute(text("UPDATE report SET state = 'approved'"))
    assert read() == (IncidentResponse.PASSED, {"en": "Roads"})
    bulk.notify_all(desk.connection, desk.campaign_id, incident, person, texts={"en": "They come tomorrow."})
    assert read() == (IncidentResponse.ANSWERED, {"en": "Roads"})
    bulk.notify_all(desk.connection, desk.campaign_id, incident, person, texts={}, kind="solved")
    assert read() == (IncidentResponse.SOLVED, {"en": "Roads"})
    desk.connection.execute(text("UPDATE report SET is_sensitive = true"))
    assert read() == (None, None)


@pytest.mark.parametrize(
    "offices", ["[{code: a, name: {en: A}}, {code: a, name: {en: B}}]", "[{code: A b, name: {en: A}}]", "[{code: a}]"]
)
def test_a_definition_names_its_offices_rightly(offices: str) -> None:
    definition = f"{SMALL_CAMPAIGN}settings: {{offices: {offices}}}\n"
    with pytest.raises(CampaignError, match="offices"):
        read_definition(definition, "the campaign")
