"""The web form without JavaScript: stored once, told its reference at once, and no word lost by a fault."""

import json
import re
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from config.settings import Settings
from reporting.app import create_app
from reporting.bootstrap import Program
from reporting.crypto.details import unseal_details
from reporting.languages.references import find_reference
from reporting.media.storage import list_uploads
from reporting.processing.worker import drain
from reporting.web.report.parse import PHOTO_LARGEST_BYTES

WORDS = "बाटो भत्कियो, the road is gone"


def fill(client: FlaskClient, **fields: Any) -> TestResponse:
    """Send the form of the small campaign."""
    values = {"id": "6f1c1f0e-0000-4000-8000-000000000001", "campaign": "test", "language": "ne", "text": WORDS}
    return client.post("/report", data={**values, **fields})


def list_messages(program: Program) -> list[Any]:
    """What is stored."""
    with program.app.begin() as connection:
        return list(connection.execute(text("SELECT * FROM message ORDER BY id")))


def read_shown_reference(answer: TestResponse) -> str:
    """The reference on the page."""
    found = re.search(r'class="reference" dir="ltr">(\w+)<', answer.text)
    assert found
    return found[1]


@pytest.mark.usefixtures("campaign")
def test_what_is_filled_in_is_stored_and_its_reference_is_told(client: FlaskClient, program: Program) -> None:
    answer = fill(client, place="Dhading", lat="27.9", lon="84.9", topic="road", phone="9800000001")
    assert answer.status_code == 201
    [row] = list_messages(program)
    assert (row.channel, row.text, row.state, row.direction) == ("form", WORDS, "received", "in")
    assert program.pseudonyms.unseal(row.address_encrypted) == "+9779800000001"
    details = unseal_details(program.pseudonyms, row.details_encrypted)
    assert details.point == (27.9, 84.9)
    assert details.answers == {"place": "Dhading", "topic": "road"}
    assert (details.language, details.reference) == ("ne", read_shown_reference(answer))
    assert find_reference([details.reference or ""]) == details.reference
    assert answer.headers["Cache-Control"] == "no-store"


def test_it_belongs_to_the_campaign_of_its_form(client: FlaskClient, program: Program, campaign: int) -> None:
    fill(client)
    assert [row.campaign_id for row in list_messages(program)] == [campaign]


@pytest.mark.usefixtures("campaign")
def test_the_same_form_again_changes_nothing_and_shows_the_same_reference(
    client: FlaskClient, program: Program
) -> None:
    first, again = fill(client), fill(client)
    assert (first.status_code, again.status_code) == (201, 200)
    assert read_shown_reference(first) == read_shown_reference(again)
    assert len(list_messages(program)) == 1


@pytest.mark.usefixtures("campaign")
def test_who_goes_back_and_writes_something_else_is_heard(client: FlaskClient, program: Program) -> None:
    first, second = fill(client), fill(client, text="and the bridge fell")
    assert read_shown_reference(first) != read_shown_reference(second)
    assert [row.text for row in list_messages(program)] == [WORDS, "and the bridge fell"]


@pytest.mark.usefixtures("campaign")
def test_every_empty_form_has_an_id_of_its_own(client: FlaskClient) -> None:
    ids = {re.findall(r'name="id" value="([^"]+)"', client.get("/report").text)[0] for _ in range(2)}
    assert len({uuid.UUID(each) for each in ids}) == 2


@pytest.mark.usefixtures("campaign")
@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"text": "  "}, "text", "Please write what is happening."),
        ({"text": "x" * 10_001}, "text", "This is too long."),
        ({"place": "x" * 301}, "place", "This is too long."),
        ({"phone": "my number"}, "phone", "This is not a phone number."),
        ({"phone": "12"}, "phone", "This is not a phone number."),
        ({"website": "http://example.org"}, "website", "a field that must be empty"),
    ],
)
def test_a_fault_is_told_in_plain_words_and_the_page_keeps_what_was_written(
    client: FlaskClient, program: Program, fields: dict[str, str], field: str, words: str
) -> None:
    answer = fill(client, **({"place": "Dhading <b>"} | fields))
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert words in answer.text
    assert WORDS in answer.text or "text" in fields
    assert "<b>" not in answer.text
    assert list_messages(program) == []


@pytest.mark.usefixtures("campaign")
def test_who_was_taken_for_a_program_sends_again_and_is_heard(client: FlaskClient, program: Program) -> None:
    page = fill(client, website="filled in by the browser")
    assert 'name="website" tabindex="0"' in page.text
    assert fill(client).status_code == 201
    assert len(list_messages(program)) == 1


@pytest.mark.usefixtures("campaign")
@pytest.mark.parametrize(
    "fields",
    [
        {"lat": "NaN", "lon": "1"}, {"lat": "95", "lon": "1"}, {"lat": "1"}, {"lat": "x", "lon": "y"},
        {"topic": "a-topic-that-is-gone"}, {"sex": "whatever"}, {"id": "no id"}, {"id": ""}, {"q.gone.depth": "3"},
    ],
)  # fmt: skip
def test_what_cannot_be_used_holds_no_words_back(client: FlaskClient, program: Program, fields: dict[str, str]) -> None:
    assert fill(client, **fields).status_code == 201
    [row] = list_messages(program)
    details = unseal_details(program.pseudonyms, row.details_encrypted)
    assert (row.text, details.point, details.answers) == (WORDS, None, {})


@pytest.mark.usefixtures("campaign")
def test_the_questions_of_the_campaign_are_asked_and_answered_by_code(client: FlaskClient, program: Program) -> None:
    conversation = """{"forms": [{"code": "tap", "topic": "water", "keywords": {}, "questions": [
        {"code": "broken", "kind": "choice", "text": {"en": "Is it broken?"},
         "choices": [{"code": "yes", "label": {"en": "Yes"}}, {"code": "no", "label": {"en": "No"}}]},
        {"code": "days", "kind": "number", "text": {"en": "For how many days?"}, "low": 0, "high": 60,
         "when": {"broken": "yes"}}]}], "person": {"sex": true, "age_band": true}}"""
    with program.owner.begin() as connection:
        connection.execute(text("UPDATE campaign SET conversation = CAST(:it AS jsonb)"), {"it": conversation})
    page = client.get("/report").text
    assert "For how many days?" in page
    assert "a woman or girl" not in page  # no figure uses it
    with program.owner.begin() as connection:
        cube = '{"cubes": {"who": {"dimensions": ["sex", "age"]}}}'
        connection.execute(text("UPDATE campaign SET settings = CAST(:it AS jsonb)"), {"it": cube})
    assert "a woman or girl" in client.get("/report").text
    fill(client, **{"q.tap.broken": "yes", "q.tap.days": "3", "sex": "F", "age_band": "Y15T24"})
    fill(client, **{"q.tap.broken": "no", "q.tap.days": "3"})
    answers = [unseal_details(program.pseudonyms, row.details_encrypted).answers for row in list_messages(program)]
    assert answers == [{"broken": "yes", "days": 3, "sex": "F", "age_band": "Y15T24"}, {"broken": "no"}]
    fill(client, **{"sex": "", "age_band": "Y3T7"})
    answers = unseal_details(program.pseudonyms, list_messages(program)[-1].details_encrypted).answers
    assert answers == {"sex": "refused", "age_band": "unknown"}  # skipped, and not to be read
    refused = fill(client, **{"q.tap.broken": "yes", "q.tap.days": "99"})
    assert "from 0 to 60" in refused.text


AFFECTED = ("affected", "affected_number", "affected_sex", "affected_age", "affected_difficulty")


def ask_affected(program: Program, *dimensions: str) -> None:
    """Let the campaign ask who is affected, for a cube of these dimensions."""
    with program.owner.begin() as connection:
        connection.execute(
            text("UPDATE campaign SET conversation = CAST(:it AS jsonb), settings = CAST(:settings AS jsonb)"),
            {
                "it": '{"person": {"affected": true}}',
                "settings": json.dumps({"cubes": {"who": {"dimensions": dimensions}}}),
            },
        )


@pytest.mark.usefixtures("campaign")
def test_who_is_affected_is_asked_where_a_figure_uses_it(client: FlaskClient, program: Program) -> None:
    ask_affected(program, "topic")
    assert "Who is affected" not in client.get("/report").text
    ask_affected(program, "affected", "affected_sex")
    page = client.get("/report").text
    assert "Who is affected?" in page
    assert 'name="affected_sex"' in page
    assert 'name="affected_age"' not in page
    assert 'name="affected_number"' not in page


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"affected": "person", "affected_sex": "F", "affected_age": "Y15T24", "affected_difficulty": "yes"},
         ("person", "answered", None, "not_asked", "F", "Y15T24", {"any": 3})),
        ({"affected": "household", "affected_number": "5", "affected_sex": ""},
         ("household", "answered", 5, "answered", None, None, {})),
        ({"affected": "community", "affected_number": ""}, ("community", "answered", None, "refused", None, None, {})),
        ({"affected": "self", "affected_sex": "M"}, ("person", "answered", 1, "answered", None, None, {})),
        ({"affected": ""}, (None, "refused", None, "not_asked", None, None, {})),
        ({"affected": "nobody"}, (None, "unknown", None, "not_asked", None, None, {})),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("campaign")
def test_whom_a_report_is_about_is_kept_apart_with_why(
    client: FlaskClient, program: Program, fields: dict[str, str], told: tuple[Any, ...]
) -> None:
    ask_affected(program, *AFFECTED)
    assert fill(client, **fields).status_code == 201
    drain(program.app, program.pipeline)
    with program.owner.begin() as connection:
        rows = connection.execute(text("SELECT role, role_why, number, number_why, sex, age, difficulty FROM affected"))
        assert [tuple(row) for row in rows] == [told]
        assert connection.execute(text("SELECT answers FROM report")).scalar() == {}


@pytest.mark.usefixtures("campaign")
def test_a_number_of_people_that_is_none_is_told(client: FlaskClient, program: Program) -> None:
    ask_affected(program, *AFFECTED)
    for number in ("many", "0", "-3", "9" * 8, "1.5"):
        answer = fill(client, affected="household", affected_number=number)
        assert answer.status_code == 422
        assert f'value="{number}"' in answer.text
    assert list_messages(program) == []


@pytest.mark.usefixtures("campaign")
def test_what_no_database_takes_holds_no_form_up(client: FlaskClient, program: Program) -> None:
    odd = WORDS.encode() + b"\x00\xff"
    body = b"campaign=test&text=" + quote(odd).encode() + b"&place=" + quote(odd).encode()
    answer = client.post("/report", data=body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 201
    drain(program.app, program.pipeline)
    [row] = list_messages(program)
    assert row.state == "processed"
    assert row.text.startswith(WORDS)


@pytest.mark.usefixtures("campaign")
def test_photos_wait_in_the_store_and_are_kept_once(client: FlaskClient, program: Program) -> None:
    for _ in range(2):
        fill(client, photo=[(BytesIO(b"\xff\xd8one"), "a.jpg"), (BytesIO(b"\xff\xd8two"), "b.jpg")])
    [row] = list_messages(program)
    media = unseal_details(program.pseudonyms, row.details_encrypted).media
    assert [program.media_store.open("upload/" + each.url.removeprefix("upload:")) for each in media] == [
        b"\xff\xd8one", b"\xff\xd8two",
    ]  # fmt: skip
    assert len(list(list_uploads(program.media_store, datetime(2100, 1, 1, tzinfo=UTC)))) == 2


@pytest.mark.usefixtures("campaign")
@pytest.mark.parametrize(
    ("sizes", "status", "words"),
    [
        ([1] * 4, 422, "three photos at most"),
        ([PHOTO_LARGEST_BYTES + 1], 422, "8 MB at most"),
        ([PHOTO_LARGEST_BYTES * 4], 413, "The photos are too large."),
    ],
)
def test_photos_that_are_too_many_or_too_large_are_told(
    client: FlaskClient, program: Program, sizes: list[int], status: int, words: str
) -> None:
    answer = fill(client, photo=[(BytesIO(b"x" * size), "a.jpg") for size in sizes])
    assert answer.status_code == status
    assert words in answer.text
    assert list_messages(program) == []


@pytest.mark.usefixtures("campaign")
def test_words_are_taken_where_the_store_of_photos_is_away(client: FlaskClient, program: Program) -> None:
    (program.settings.var / "media").write_text("a file where the folder should be")
    assert fill(client, photo=[(BytesIO(b"\xff\xd8one"), "a.jpg")]).status_code == 201
    assert [row.text for row in list_messages(program)] == [WORDS]


@pytest.mark.usefixtures("campaign")
def test_a_form_needs_neither_cookie_nor_token(program: Program) -> None:
    app = create_app(program)
    app.config.update(TESTING=True)
    assert app.config.get("WTF_CSRF_ENABLED", True)
    assert fill(app.test_client(use_cookies=False)).status_code == 201


@pytest.mark.usefixtures("campaign")
def test_a_program_hears_json(client: FlaskClient) -> None:
    values = {"id": str(uuid.uuid4()), "campaign": "test", "text": WORDS}
    taken = client.post("/report", data=values, headers={"Accept": "application/json"})
    assert (taken.status_code, set(taken.json)) == (201, {"reference"})
    refused = client.post("/report", data=values | {"text": ""}, headers={"Accept": "application/json"})
    assert (refused.status_code, set(refused.json["faults"])) == (422, {"text"})


@pytest.mark.usefixtures("campaign")
def test_a_form_of_a_campaign_that_is_gone_is_not_put_into_another(client: FlaskClient, program: Program) -> None:
    answer = fill(client, campaign="gone")
    assert answer.status_code == 422
    assert WORDS in answer.text
    assert list_messages(program) == []


def test_the_network_of_the_sender_is_kept_as_a_keyed_hash(
    settings: Settings, database_url: str, redis_url: str, program: Program, campaign: int
) -> None:
    assert campaign
    behind_a_proxy = Program(replace(settings, forwarded_hops=1), database_url, redis_url)
    client = create_app(behind_a_proxy).test_client()
    for number, address in enumerate(("41.86.1.77", "41.86.1.78", "41.86.2.1")):
        client.post("/report", data={"campaign": "test", "text": f"{WORDS} {number}"},
                    headers={"X-Forwarded-For": f"8.8.8.8, {address}"})  # fmt: skip
    behind_a_proxy.close()
    rows = list_messages(program)
    assert rows[0].network_hash == rows[1].network_hash == program.pseudonyms.hash_network("41.86.1.0/24")
    assert rows[2].network_hash != rows[0].network_hash
    assert "41.86" not in str(rows)


@pytest.mark.usefixtures("campaign")
def test_the_reference_finds_the_report_once_it_is_made(client: FlaskClient, program: Program) -> None:
    reference = read_shown_reference(fill(client, place="Dhading"))
    early = client.get(f"/status/{reference}")
    assert early.status_code == 404
    assert "try again in a few minutes" in early.text
    drain(program.app, program.pipeline)
    later = client.get(f"/status/{reference}")
    assert later.status_code == 200
    assert "It has arrived" in later.text


@pytest.mark.usefixtures("campaign")
def test_the_form_is_light_and_brings_nothing_from_elsewhere(client: FlaskClient) -> None:
    page = client.get("/report")
    links = re.findall(r'<(?:link|script|img)[^>]+(?:href|src)="([^"]+)"', page.text)
    assert links
    assert all(link.startswith("/static/") for link in links)
    sizes = [len(client.get(link).data) for link in set(links)]
    assert len(page.data) + sum(sizes) + len(client.get("/report/worker.js").data) < 60_000
    assert not re.search(r"<script(?![^>]*src=)| style=| on\w+=", page.text)


@pytest.mark.usefixtures("campaign")
def test_the_worker_may_keep_the_form_and_every_file_it_names_is_there(client: FlaskClient) -> None:
    worker = client.get("/report/worker.js")
    assert worker.headers["Service-Worker-Allowed"] == "/report"
    assert worker.mimetype == "text/javascript"
    names = re.findall(r'"(/static/[^"]+)"', worker.text)
    assert len(set(names)) == 9
    assert [name for name in names if client.get(name).status_code != 200] == []
