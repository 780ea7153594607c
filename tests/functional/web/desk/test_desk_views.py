"""Views that are saved, with how many reports each has now."""

import re

from flask.testing import FlaskClient

from reporting.moderation.desk.saved_views import VIEWS_MOST
from tests.factories.moderation import sign_in
from tests.functional.web.desk.office import Office
from tests.functional.web.desk.test_desk_page import DESK


def read_counts(client: FlaskClient, query: str = "") -> dict[str, str]:
    """How many reports each view has."""
    page = client.get(f"{DESK}/counts{query}").text
    return dict(re.findall(r"<bdi>([^<]+)</bdi> <b>([^<]+)</b>", page))


def test_each_view_says_how_many_reports_it_has(office: Office, ama: FlaskClient) -> None:
    office.add_report()
    office.add_report(lat=27.5, lon=85.5)
    counts = read_counts(ama)
    assert (counts["All that wait"], counts["Without a place"], counts["Without a topic"]) == ("2", "1", "2")
    assert "Restricted" not in counts


def test_restricted_reports_are_counted_only_for_those_who_may_see_them(office: Office, client: FlaskClient) -> None:
    office.add_report(is_sensitive=True)
    sign_in(client, "safe")
    assert read_counts(client)["Restricted"] == "1"


def test_nothing_is_sent_while_nothing_has_changed(office: Office, ama: FlaskClient) -> None:
    office.add_report()
    known = re.search(r"known=([\d-]+)", ama.get(f"{DESK}/counts").text)
    assert known is not None
    assert ama.get(f"{DESK}/counts?known={known[1]}").status_code == 204
    office.add_report()
    assert ama.get(f"{DESK}/counts?known={known[1]}").status_code == 200


def test_a_view_is_saved_counted_and_deleted_by_its_own_account(
    office: Office, client: FlaskClient, ama: FlaskClient
) -> None:
    office.add_report(language="ne")
    ama.post(f"{DESK}/views", data={"desk": "language=ne&order=newest", "name": "  Nepali,  new first "})
    assert read_counts(ama)["Nepali, new first"] == "1"
    other = client.application.test_client()
    sign_in(other, "kofi")
    assert "Nepali, new first" not in read_counts(other)
    view = office.read("SELECT id FROM saved_view")
    other.post(f"{DESK}/views/{view}/delete", data={"desk": ""})
    assert "Nepali, new first" in read_counts(ama)
    ama.post(f"{DESK}/views/{view}/delete", data={"desk": ""})
    assert "Nepali, new first" not in read_counts(ama)


def test_a_view_needs_a_name_and_there_is_an_end_to_them(office: Office, ama: FlaskClient) -> None:
    assert ama.post(f"{DESK}/views", data={"desk": "", "name": " "}).status_code == 422
    for number in range(VIEWS_MOST):
        assert ama.post(f"{DESK}/views", data={"desk": "", "name": str(number)}).status_code == 303
    assert ama.post(f"{DESK}/views", data={"desk": "", "name": "one more"}).status_code == 422
    assert office.read("SELECT count(*) FROM saved_view") == VIEWS_MOST


def test_a_view_whose_topic_is_gone_is_left_out(office: Office, ama: FlaskClient) -> None:
    ama.post(f"{DESK}/views", data={"desk": "topic=road", "name": "Roads"})
    assert "Roads" in read_counts(ama)
    with office.program.owner.begin() as connection:
        connection.exec_driver_sql("UPDATE saved_view SET address = 'topic=gone'")
    assert "Roads" not in read_counts(ama)


def test_without_a_script_the_counts_are_a_page_of_their_own(ama: FlaskClient, office: Office) -> None:
    office.add_report()
    page = ama.get("/moderate/desk/counts").text
    assert "<title>Views" in page
    assert 'data-count="1"' in page
    assert "<title>" not in ama.get("/moderate/desk/counts", headers={"HX-Request": "true"}).text
