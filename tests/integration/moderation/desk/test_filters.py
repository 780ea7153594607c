"""Each filter of the desk finds its reports and no other, and restricted ones only for those who may see them."""

import json
from typing import Any

import pytest
from sqlalchemy import select, text

from reporting.incidents.refresh import estimate_incidents
from reporting.models.report import Report
from reporting.models.states import ReportState
from reporting.moderation import decisions
from reporting.moderation.desk.filters import NONE, Box, Filters, Holder, make_conditions
from reporting.moderation.desk.listing import COUNTED_MOST, count_lines, list_lines
from reporting.moderation.queue import assign_next
from reporting.moderation.report.assignment import assign
from tests.factories.moderation import Desk


def find(desk: Desk, person: int, *, sees_restricted: bool = False, **filters: Any) -> set[int]:
    """The ids of what the filters find; what is counted is what is listed."""
    asked = Filters(**filters)
    options = {"sees_restricted": sees_restricted}
    lines = list_lines(desk.connection, desk.campaign_id, person, asked, **options).lines
    assert count_lines(desk.connection, desk.campaign_id, person, asked, **options) == len(lines)
    return {line.id for line in lines}


def get_topic(desk: Desk, code: str) -> int:
    query = text("SELECT id FROM topic WHERE code = :code AND campaign_id = :id")
    return int(desk.connection.execute(query, {"code": code, "id": desk.campaign_id}).scalar_one())


def add_photo(desk: Desk, report: int, state: str = "stored", content_type: str = "image/jpeg") -> None:
    values = {"report": report, "campaign": desk.campaign_id, "state": state, "type": content_type}
    message = desk.connection.execute(
        text(
            "INSERT INTO message (campaign_id, channel, external_id, direction, text, state, received_at, report_id)"
            " VALUES (:campaign, 'twilio', 'p' || :report, 'in', '', 'processed', now(), :report) RETURNING id"
        ),
        values,
    ).scalar_one()
    desk.connection.execute(
        text("INSERT INTO media (message_id, number, state, content_type) VALUES (:message, 0, :state, :type)"),
        {**values, "message": message},
    )


def test_the_state_is_waiting_unless_asked(desk: Desk, person: int) -> None:
    waiting, approved = desk.add_report(), desk.add_report(state="approved")
    assert find(desk, person) == {waiting}
    assert find(desk, person, state="approved") == {approved}


def test_a_topic_and_the_want_of_one(desk: Desk, person: int) -> None:
    road = get_topic(desk, "road")
    about, without = desk.add_report(topic_id=road), desk.add_report()
    assert find(desk, person, topic=str(road)) == {about}
    assert find(desk, person, topic=NONE) == {without}


def test_an_area_finds_what_lies_in_areas_below_it(desk: Desk, person: int) -> None:
    inside = desk.add_report(area_codes=json.dumps({"1": "sq", "2": "sq-2"}))
    beside = desk.add_report(area_codes=json.dumps({"1": "sq", "2": "sq-3"}))
    desk.add_report(area_codes=json.dumps({"1": "other"}))
    assert find(desk, person, area="sq") == {inside, beside}
    assert find(desk, person, area="sq-2") == {inside}


def test_a_box_and_the_want_of_a_place(desk: Desk, person: int) -> None:
    near, far, nowhere = desk.add_report(lat=27.5, lon=85.5), desk.add_report(lat=27.9, lon=85.9), desk.add_report()
    assert find(desk, person, box=Box(85.4, 27.4, 85.6, 27.6)) == {near}
    assert find(desk, person, place=NONE) == {nowhere}
    assert find(desk, person) == {near, far, nowhere}


def test_a_place_that_is_set_later_changes_what_is_found(desk: Desk, person: int) -> None:
    report = desk.add_report()
    desk.connection.execute(text("UPDATE report SET point = ST_SetSRID(ST_MakePoint(85.5, 27.5), 4326)"))
    assert find(desk, person, place=NONE) == set()
    assert find(desk, person) == {report}


def test_language_and_channel(desk: Desk, person: int) -> None:
    nepali, unknown = desk.add_report(language="ne"), desk.add_report(source="twilio")
    assert find(desk, person, language="ne") == {nepali}
    assert find(desk, person, language=NONE) == {unknown}
    assert find(desk, person, channel="twilio") == {unknown}


def test_a_photo_is_one_that_is_there(desk: Desk, person: int) -> None:
    with_photo, erased, with_sound = desk.add_report(), desk.add_report(), desk.add_report()
    add_photo(desk, with_photo)
    add_photo(desk, erased, state="erased")
    add_photo(desk, with_sound, content_type="audio/ogg")
    assert find(desk, person, has_photo=True) == {with_photo}
    lines = list_lines(desk.connection, desk.campaign_id, person, Filters()).lines
    assert [line.id for line in lines if line.has_photo] == [with_photo]


def test_age_is_the_time_since_it_was_received(desk: Desk, person: int) -> None:
    old, new = desk.add_report(), desk.add_report()
    desk.connection.execute(
        text("UPDATE report SET reported_at = now() - interval '2 days' WHERE id = :id"), {"id": old}
    )
    desk.connection.execute(text("UPDATE report SET reported_at = now() WHERE id = :id"), {"id": new})
    assert find(desk, person, older_h=24) == {old}
    assert find(desk, person, newer_h=24) == {new}


def test_the_size_of_an_incident_is_what_belongs_to_it_now(desk: Desk, person: int) -> None:
    one = desk.add_report()
    incident = desk.get(one, "incident_id")
    two, alone = desk.add_report(incident_id=incident), desk.add_report()
    assert find(desk, person, cluster=2) == set()
    estimate_incidents(desk.connection, [incident, desk.get(alone, "incident_id")])
    assert find(desk, person, cluster=2) == {one, two}
    assert find(desk, person, cluster=3) == set()


def test_who_has_a_report(desk: Desk, person: int) -> None:
    other = desk.add_person("kofi")
    mine, theirs, free = desk.add_report(), desk.add_report(), desk.add_report()
    assert assign_next(desk.connection, desk.campaign_id, person) == mine
    assert assign_next(desk.connection, desk.campaign_id, other) == theirs
    assert find(desk, person, holder=Holder.MINE) == {mine}
    assert find(desk, person, holder=Holder.OTHERS) == {theirs}
    assert find(desk, person, holder=Holder.NOBODY) == {free}
    desk.end_leases()
    assert find(desk, person, holder=Holder.NOBODY) == {mine, theirs, free}


def test_of_decided_reports_those_are_found_that_somebody_is_assigned_to(desk: Desk, person: int) -> None:
    other = desk.add_person("kofi")
    mine, theirs, free = (desk.add_report() for _ in range(3))
    assign(desk.connection, mine, person, to_account_id=person)
    assign(desk.connection, theirs, person, to_account_id=other)
    assert find(desk, person, holder=Holder.MINE) == {mine}
    for report in (mine, theirs, free):
        decisions.approve(desk.connection, report, person)
    for holder, found in ((Holder.MINE, {mine}), (Holder.OTHERS, {theirs}), (Holder.NOBODY, {free})):
        assert find(desk, person, holder=holder, state=ReportState.APPROVED) == found


def test_the_query_of_ones_own_decided_reports_does_not_look_at_each(desk: Desk, person: int) -> None:
    filters = Filters(holder=Holder.MINE, state=ReportState.APPROVED)
    conditions = make_conditions(desk.connection, desk.campaign_id, person, filters, sees_restricted=False)
    assert "leased_by" not in str(select(Report.id).where(*conditions).compile(desk.connection))


def test_a_sender_is_found_by_the_id_of_their_contact(desk: Desk, person: int) -> None:
    contact = desk.add_contact()
    report, _other = desk.add_report(contact_id=contact), desk.add_report()
    assert find(desk, person, sender=contact) == {report}


def test_restricted_reports_are_found_only_by_those_who_may_see_them(desk: Desk, person: int) -> None:
    ordinary, restricted = desk.add_report("a"), desk.add_report("b", is_sensitive=True)
    assert find(desk, person) == {ordinary}
    assert find(desk, person, sees_restricted=True) == {ordinary}
    assert find(desk, person, is_restricted=True) == set()
    assert find(desk, person, is_restricted=True, sees_restricted=True) == {restricted}


@pytest.mark.parametrize(
    ("said", "typed"),
    [
        ("Nou nan lopital jeneral, pa gen dlo", "LOPITAL dlo"),
        ("La rivière a débordé près de l'école", "riviere ecole"),
        ("L’hôpital est fermé", "hopital"),
        ("El niño está en la montaña", "nino montana"),
        ("हामीलाई पानी चाहियो।", "पानी"),
        ("الطريقُ مقطوعٌ، والماءُ قليل", "مقطوع"),
        ("المدرسة مغلقة", "المدرسه"),
        ("Straße überflutet", "uberflutet"),
        ("Ọmọ mi ṣàìsàn ní ilé", "omo saisan"),
        ("ｗａｔｅｒ is gone", "water"),
        ("bridge broken at Delmas 33", "delm 33"),
    ],
)
def test_words_are_found_in_any_language_with_or_without_accents_and_by_their_beginning(
    desk: Desk, person: int, said: str, typed: str
) -> None:
    report, _other = desk.add_report(said), desk.add_report("something else")
    assert find(desk, person, words=typed) == {report}


def test_all_words_must_be_there_and_signs_alone_find_nothing(desk: Desk, person: int) -> None:
    desk.add_report("no water")
    assert find(desk, person, words="water food") == set()
    assert find(desk, person, words="?! ,") == set()
    assert find(desk, person, words="') | '") == set()


@pytest.mark.parametrize(
    ("said", "typed"),
    [("kolera nan kan an", "cholera"), ("the hospitl is full", "hospital"), ("no watter here", "water"),
     ("we need medcin", "medicine"), ("telefòn mwen pèdi", "telephone")],
)  # fmt: skip
def test_a_word_is_found_by_how_it_sounds_only_where_that_is_asked(
    desk: Desk, person: int, said: str, typed: str
) -> None:
    report, _other = desk.add_report(said), desk.add_report("something else")
    assert find(desk, person, words=typed) == set()
    assert find(desk, person, words=typed, is_spelling=True) == {report}


def test_words_that_were_erased_are_found_no_more(desk: Desk, person: int) -> None:
    report = desk.add_report("Delmas")
    desk.connection.execute(text("UPDATE report SET text = '' WHERE id = :id"), {"id": report})
    assert find(desk, person, words="delmas") == set()


def test_filters_are_combined(desk: Desk, person: int) -> None:
    road = get_topic(desk, "road")
    both = desk.add_report("bridge", topic_id=road, language="ne")
    desk.add_report("bridge", topic_id=road)
    desk.add_report("bridge", language="ne")
    assert find(desk, person, topic=str(road), language="ne", words="bridge", place=NONE) == {both}


def test_counting_ends_at_the_most(desk: Desk, person: int) -> None:
    incident = desk.get(desk.add_report(), "incident_id")
    desk.connection.execute(
        text(
            "INSERT INTO report (campaign_id, reference, source, text, incident_id, occurred_at, reported_at)"
            " SELECT :campaign, 'N' || number, 'test', '', :incident, now(), now()"
            " FROM generate_series(1, :count) AS number"
        ),
        {"campaign": desk.campaign_id, "incident": incident, "count": COUNTED_MOST + 5},
    )
    assert count_lines(desk.connection, desk.campaign_id, person, Filters()) == COUNTED_MOST + 1
