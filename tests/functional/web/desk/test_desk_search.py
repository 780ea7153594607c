"""What is typed into the search of the desk stands in no address, and a number is looked up by its hash."""

from urllib.parse import parse_qs, urlsplit

from flask.testing import FlaskClient

from tests.factories.moderation import sign_in
from tests.functional.web.desk.office import Office
from tests.functional.web.desk.test_desk_page import DESK, list_lines

NUMBER = "+9779800000007"


def search(client: FlaskClient, typed: str, desk: str = "") -> str:
    """The address that a search leads to."""
    answer = client.post(f"{DESK}/search", data={"desk": desk, "said": typed})
    assert answer.status_code == 303
    return str(answer.headers["Location"])


def test_words_are_encrypted_in_the_address_and_find_their_reports(office: Office, ama: FlaskClient) -> None:
    report, _other = office.add_report("the bridge is broken"), office.add_report("no water")
    address = search(ama, "bridge", "language=&order=newest")
    assert "bridge" not in address
    assert parse_qs(urlsplit(address).query)["order"] == ["newest"]
    page = ama.get(address)
    assert list_lines(page) == [report]
    assert 'value="bridge"' in page.text


def test_words_that_nothing_has_are_looked_for_by_how_they_sound(office: Office, ama: FlaskClient) -> None:
    report = office.add_report("kolera nan kan an")
    page = ama.get(search(ama, "cholera"))
    assert list_lines(page) == [report]
    assert "words that sound like them" in page.text
    assert list_lines(ama.get(search(ama, "earthquake"))) == []


def test_a_whole_number_finds_its_sender_however_it_is_spelt(office: Office, ama: FlaskClient) -> None:
    report, _other = office.add_report(contact_id=office.add_contact(NUMBER)), office.add_report()
    for typed in (NUMBER, "980-000 0007", "00977 980 0000007"):
        address = search(ama, typed)
        assert "980" not in address
        assert list_lines(ama.get(address)) == [report], typed


def test_a_part_of_a_number_and_an_unknown_one_find_nobody(office: Office, ama: FlaskClient) -> None:
    office.add_report(contact_id=office.add_contact(NUMBER))
    assert "sender" not in search(ama, "98000000")
    page = ama.get(search(ama, "+9779811111111"))
    assert "Nobody with this number has written" in page.text


def test_a_reference_opens_its_report_and_a_restricted_one_only_for_those_who_may_see_it(
    office: Office, client: FlaskClient, ama: FlaskClient
) -> None:
    ordinary = office.add_report(reference="CFGHJMPQRV", state="approved")
    restricted = office.add_report(reference="23456789CF", is_sensitive=True)
    assert search(ama, "cfghj mpqrv") == f"{DESK}?report={ordinary}"
    assert "report" not in parse_qs(urlsplit(search(ama, "23456789CF")).query)
    safe = client.application.test_client()
    sign_in(safe, "safe")
    assert search(safe, "23456789cf") == f"{DESK}?report={restricted}"


def test_words_of_another_installation_are_refused(office: Office, ama: FlaskClient) -> None:
    office.add_report()
    address = search(ama, "bridge")
    assert ama.get(address[:-4] + "AAAA").status_code == 422
