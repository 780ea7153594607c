"""The desk as a browser sees it: with a script that swaps pieces, and without one."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from reporting.moderation.desk.listing import PAGE_SIZE
from tests.factories.moderation import sign_in
from tests.functional.web.desk.office import Office

DESK = "/moderate/desk"
PIECE = {"HX-Request": "true"}
READER = {**PIECE, "HX-Target": "reader"}
PANE = {**PIECE, "HX-Target": "pane"}


def list_lines(answer: TestResponse) -> list[int]:
    """The reports of the list, in its order."""
    return [int(number) for number in re.findall(r'<li id="line-(\d+)"', answer.text)]


def find_reader(answer: TestResponse) -> int | None:
    """The report in the reader."""
    found = re.search(r'data-report="(\d+)"', answer.text)
    return int(found[1]) if found else None


def decide(client: FlaskClient, report: int, **form: object) -> TestResponse:
    """Approve a report on the desk, as the script does."""
    return client.post(
        f"/moderate/reports/{report}/approve", data={"desk": "", "seen": 0, "confirmed": 1, **form}, headers=READER
    )


def test_the_whole_page_has_the_list_and_the_report_of_its_address(office: Office, ama: FlaskClient) -> None:
    one, two = office.add_report("first words"), office.add_report("second words")
    page = ama.get(f"{DESK}?report={two}")
    assert page.status_code == 200
    assert list_lines(page) == [one, two]
    assert find_reader(page) == two
    assert "no-store" in page.headers["Cache-Control"]


def test_a_piece_is_sent_alone(office: Office, ama: FlaskClient) -> None:
    report = office.add_report("first words")
    reader = ama.get(f"{DESK}?report={report}", headers=READER)
    assert find_reader(reader) == report
    assert "<html" not in reader.text
    assert list_lines(reader) == []
    pane = ama.get(f"{DESK}?report={report}&topic=", headers=PANE)
    assert list_lines(pane) == [report]
    assert "<html" not in pane.text
    assert pane.headers["HX-Push-Url"] == DESK  # without what is empty


def test_filters_of_the_address_are_kept_in_every_link(office: Office, ama: FlaskClient) -> None:
    report, _other = office.add_report(language="ne"), office.add_report()
    page = ama.get(f"{DESK}?language=ne&order=newest")
    assert list_lines(page) == [report]
    assert f"language=ne&amp;order=newest&amp;report={report}" in page.text or re.search(
        rf"report={report}&amp;language=ne&amp;order=newest", page.text
    )


@pytest.mark.parametrize(
    "query",
    ["state=erased", "state=x", "topic=unknown", "box=1,2,3", "box=2,2,1,1", "box=nan,0,1,1", "older=-1", "older=nan",
     "cluster=x", "holder=x", "sender=99999999999999999999", "words=abc", "order=x", "after=x",
     "after=1-x", "after=99999999999999999999999-1"],
)  # fmt: skip
def test_an_address_that_cannot_be_read_is_refused(office: Office, ama: FlaskClient, query: str) -> None:
    office.add_report()
    assert ama.get(f"{DESK}?{query}").status_code == 422


def test_pages_go_on_behind_the_last_report(office: Office, ama: FlaskClient) -> None:
    reports = [office.add_report(f"report {number}") for number in range(PAGE_SIZE + 2)]
    first = ama.get(DESK)
    assert list_lines(first) == reports[:PAGE_SIZE]
    link = re.search(r'href="([^"]*after=[^"]*)"[^>]*>Next page', first.text)
    assert link is not None
    assert list_lines(ama.get(link[1].replace("&amp;", "&"))) == reports[PAGE_SIZE:]


def test_the_next_report_is_leased_and_shown(office: Office, ama: FlaskClient) -> None:
    first, second = office.add_report(), office.add_report()
    answer = ama.post(f"{DESK}/next", data={"desk": ""})
    assert answer.status_code == 303
    assert parse_qs(urlsplit(answer.headers["Location"]).query)["report"] == [str(first)]
    assert office.get_holder(first) == "ama"
    ahead = ama.post(f"{DESK}/next", data={"desk": "", "after": first, "ahead": "yes"}, headers=PIECE)
    assert find_reader(ahead) == second
    assert (office.get_holder(first), office.get_holder(second)) == ("ama", "ama")


def test_nothing_is_fetched_ahead_where_there_is_nothing(office: Office, ama: FlaskClient) -> None:
    only = office.add_report()
    ama.post(f"{DESK}/next", data={"desk": ""})
    assert ama.post(f"{DESK}/next", data={"desk": "", "after": only, "ahead": "yes"}, headers=PIECE).status_code == 204


def test_a_decision_answers_with_the_next_report_and_the_changed_line(office: Office, ama: FlaskClient) -> None:
    first, second = office.add_report("first"), office.add_report("second")
    answer = decide(ama, first)
    assert office.get_state(first) == "approved"
    assert find_reader(answer) == second
    assert office.get_holder(second) == "ama"
    assert f'id="line-{first}" hx-swap-oob="true"' in answer.text
    assert f"/moderate/reports/{first}/reopen" in answer.text
    assert answer.headers["HX-Push-Url"] == f"{DESK}?report={second}"


def test_a_decision_says_only_what_changed_where_the_next_report_is_there_already(
    office: Office, ama: FlaskClient
) -> None:
    first, second = office.add_report("first"), office.add_report("second")
    ama.post(f"{DESK}/next", data={"desk": ""})
    ama.post(f"{DESK}/next", data={"desk": "", "after": first, "ahead": "yes"}, headers=PIECE)
    answer = decide(ama, first, ahead=second, ahead_seen=0)
    assert answer.headers["HX-Trigger"] == "desk-next"
    assert answer.headers["HX-Reswap"] == "none"
    assert find_reader(answer) is None
    assert office.get_holder(second) == "ama"


def test_what_was_fetched_ahead_is_not_shown_when_it_has_changed_or_is_somebody_elses(
    office: Office, client: FlaskClient, ama: FlaskClient
) -> None:
    first, second, third = (office.add_report(words) for words in ("first", "second", "third"))
    assert find_reader(decide(ama, first, ahead=second, ahead_seen=7)) == second
    other = client.application.test_client()
    sign_in(other, "kofi")
    other.post(f"/moderate/reports/{third}/take")
    assert find_reader(decide(ama, second, ahead=third, ahead_seen=0)) is None
    assert office.get_holder(third) == "kofi"


def test_undo_puts_the_report_back_into_the_reader(office: Office, ama: FlaskClient) -> None:
    first, _second = office.add_report("first"), office.add_report("second")
    decided = decide(ama, first)
    seen = re.findall(r'name="seen" value="(\d+)"', decided.text)[-1]
    answer = ama.post(f"/moderate/reports/{first}/reopen", data={"desk": "", "seen": seen}, headers=READER)
    assert find_reader(answer) == first
    assert office.get_state(first) == "queued"
    assert office.get_holder(first) == "ama"


def test_an_act_shows_the_report_again_with_its_message(office: Office, ama: FlaskClient) -> None:
    report = office.add_report()
    answer = ama.post(f"/moderate/reports/{report}/topic", data={"desk": "", "topic": "road"}, headers=READER)
    assert find_reader(answer) == report
    assert "The topic was set." in answer.text
    assert "<html" not in answer.text
    assert "The topic was set." not in ama.get(DESK).text  # it was said once


def test_approving_what_counts_as_unknown_asks_first_within_the_reader(office: Office, ama: FlaskClient) -> None:
    report = office.add_report()
    answer = ama.post(f"/moderate/reports/{report}/approve", data={"desk": "", "seen": 0}, headers=READER)
    assert office.get_state(report) == "queued"
    assert "Not approved yet" in answer.text
    assert re.search(r'<details class="reject" data-key="a" open', answer.text)


def test_without_a_script_every_act_comes_back_to_the_desk_with_its_filters(office: Office, ama: FlaskClient) -> None:
    first, second = office.add_report(language="ne"), office.add_report(language="ne")
    page = ama.get(f"{DESK}?language=ne&report={first}")
    assert 'name="desk" value="language=ne"' in page.text
    answer = ama.post(f"/moderate/reports/{first}/topic", data={"desk": "language=ne", "topic": "road"})
    assert answer.headers["Location"] == f"{DESK}?language=ne&report={first}#message"
    answer = ama.post(f"/moderate/reports/{first}/approve", data={"desk": "language=ne", "confirmed": 1, "seen": 99})
    assert answer.headers["Location"] == f"{DESK}?language=ne&report={second}"


def test_a_restricted_report_leaves_the_list_of_whoever_may_not_see_it(office: Office, ama: FlaskClient) -> None:
    report, _other = office.add_report("she was beaten"), office.add_report("other")
    answer = ama.post(f"/moderate/reports/{report}/restrict", data={"desk": "", "reason": "moderator"}, headers=READER)
    assert f'id="line-{report}" hx-swap-oob="delete"' in answer.text
    assert "beaten" not in answer.text
    assert "beaten" not in ama.get(DESK).text
    assert ama.get(f"{DESK}?restricted=yes").status_code == 403
    assert ama.get(f"{DESK}?report={report}").status_code == 404


def test_restricted_reports_have_a_list_for_those_who_may_see_them(office: Office, client: FlaskClient) -> None:
    report, ordinary = office.add_report(is_sensitive=True), office.add_report()
    sign_in(client, "safe")
    assert list_lines(client.get(f"{DESK}?restricted=yes")) == [report]
    assert list_lines(client.get(DESK)) == [ordinary]


def test_an_early_signal_stands_above_the_list_and_leads_to_its_reports(office: Office, ama: FlaskClient) -> None:
    assert "More sources than usual" not in ama.get(DESK).text
    office.read(
        "INSERT INTO early_signal (campaign_id, topic_id, area_code, sources, usual)"
        " SELECT campaign_id, id, 'sq', 8, 0.5 FROM topic WHERE code = 'water' AND campaign_id = :campaign"
        " RETURNING id",
        campaign=office.campaign,
    )
    page = ama.get(DESK).text
    assert "More sources than usual" in page
    assert "8 sources in a day, usually 0.5" in page
    assert re.search(r'href="/moderate/desk\?topic=water&amp;area=sq&amp;newer=24"', page)


def test_an_urgent_report_has_a_mark_with_its_reasons(office: Office, ama: FlaskClient) -> None:
    calm, urgent = office.add_report(), office.add_report()
    office.read(
        "UPDATE report SET urgency = 5, urgency_reasons = '{topic,waiting}' WHERE id = :id RETURNING id", id=urgent
    )
    page = ama.get(DESK)
    assert list_lines(page) == [urgent, calm]
    assert page.text.count("very urgent: its topic is urgent, waiting for more than a day") == 1


def test_a_report_says_in_words_why_it_is_urgent(ama: FlaskClient, office: Office) -> None:
    report = office.add_report("people under stones", urgency=5, urgency_reasons=["topic", "waiting"])
    for path in (f"/moderate/desk?report={report}", f"/moderate/reports/{report}"):
        [said] = re.findall(r'<p class="urgency high">(.*?)</p>', ama.get(path).text)
        assert said == "<strong>very urgent:</strong> its topic is urgent, waiting for more than a day"
    late = office.add_report("a pothole", urgency=1, urgency_reasons=["waiting"])
    assert '<p class="urgency">waiting for more than a day</p>' in ama.get(f"/moderate/reports/{late}").text
