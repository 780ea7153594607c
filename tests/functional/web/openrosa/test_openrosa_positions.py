"""What a phone puts into a form besides answers: positions, names of files and instances, sealed answers."""

from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from channels.built_in.openrosa import (
    BodyUnreadable,
    FormEncrypted,
    Submission,
    keep_answers_here,
    list_recorded,
    read_filled_form,
    read_trace,
)
from reporting.accounts.role import VOLUNTEER
from reporting.bootstrap import Program
from reporting.campaigns.definition import read_form
from reporting.campaigns.xlsform import read_xlsform
from reporting.processing.worker import drain
from reporting.web.openrosa.parse import read_submission
from tests.collect_phone import Phone, add_account
from tests.factories.picture import make_photo

WARMUP = ("start-geopoint", "warmup", None)
WHAT = ("text", "what", "What happened?")
PLACE = ("geopoint", "place", "Where is it?")
SECOND = ("geopoint", "second", "Where else?")
HERE, THERE, ELSEWHERE = "18.54 -72.34 10 5", "18.2300 -72.5300 0 8", "18.9 -72.9 0 3"


def write_book(path: Path, *rows: tuple[str | None, ...], settings: dict[str, str] | None = None) -> Path:
    """A workbook of these questions."""
    told = {"form_id": "f04", "form_title": "F", "baraza_topic": "water"} | (settings or {})
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, lines in (
        ("survey", [("type", "name", "label"), *rows]),
        ("settings", [tuple(told), tuple(told.values())]),
    ):
        sheet = book.create_sheet(title)
        for line in lines:
            sheet.append(line)
    book.save(path)
    return path


def read(tmp_path: Path, rows: list[tuple[str | None, ...]], **values: str) -> Submission:
    """What is read of a form of these rows with these values."""
    imported = read_xlsform(write_book(tmp_path / "f.xlsx", *rows), "en")
    inside = "".join(f"<{name}>{value}</{name}>" for name, value in values.items())
    filled = read_filled_form(f'<data id="f04">{inside}</data>'.encode())
    return read_submission(
        filled, read_form(imported.values), title="F", noted=list_recorded(imported.xform), files=(),
        arrived_at=datetime.now(UTC),
    )  # fmt: skip


def place_of(submission: Submission) -> tuple[float, float, bool] | None:
    """Where it is, and whether nobody was asked for it."""
    position = submission.position
    return (position.lat, position.lon, position.is_noted) if position else None


def test_the_position_that_was_asked_for_is_the_place_wherever_it_stands(tmp_path: Path) -> None:
    for rows in ([WARMUP, WHAT, PLACE], [PLACE, WARMUP, WHAT]):
        submission = read(tmp_path, rows, warmup=HERE, what="the pump is broken", place=THERE)
        assert place_of(submission) == (18.23, -72.53, False)
        assert submission.text == "the pump is broken"


def test_a_position_that_nobody_asked_for_is_only_used_where_nobody_answered_and_says_so(tmp_path: Path) -> None:
    submission = read(tmp_path, [WARMUP, WHAT, PLACE], warmup=HERE, what="the pump is broken")
    assert place_of(submission) == (18.54, -72.34, True)
    assert submission.text == "the pump is broken"


def test_of_two_questions_for_a_place_the_first_one_counts_and_the_other_is_told(tmp_path: Path) -> None:
    submission = read(tmp_path, [WHAT, PLACE, SECOND], what="dry", place=THERE, second=ELSEWHERE)
    assert place_of(submission) == (18.23, -72.53, False)
    assert submission.text == f"dry\nsecond: {ELSEWHERE}"
    assert place_of(read(tmp_path, [WHAT, PLACE, SECOND], what="dry", second=ELSEWHERE)) == (18.9, -72.9, False)


def test_a_field_that_the_form_has_no_more_is_no_answer_where_a_place_was_asked_for(tmp_path: Path) -> None:
    submission = read(tmp_path, [WHAT, PLACE], gone=HERE, what="dry", place=THERE)
    assert place_of(submission) == (18.23, -72.53, False)
    assert submission.text == f"dry\ngone: {HERE}"
    assert place_of(read(tmp_path, [WHAT, PLACE], gone=HERE, what="dry")) == (18.54, -72.34, True)


@pytest.mark.parametrize(
    ("inside", "place"),
    [
        (f"<where>{THERE}</where>", (18.23, -72.53, False)),
        (f"<start-geopoint>{HERE}</start-geopoint><where>{THERE}</where>", (18.23, -72.53, False)),
        (f"<warmup>{HERE}</warmup>", (18.54, -72.34, True)),
        (f"<a>{HERE}</a><b>{THERE}</b>", (18.23, -72.53, True)),
        ("<a>18.2 -72.5</a>", None),
        ("<line>18 -72 0 0; 18.2 -72 0 0; 18.1 -72.3 0 0</line>", (18.1, -72.1, False)),
    ],
)
def test_of_a_form_that_nobody_knows_the_likeliest_position_is_taken(
    inside: str, place: tuple[float, float, bool] | None
) -> None:
    filled = read_filled_form(f'<data id="gone"><what>dry</what>{inside}</data>'.encode())
    submission = read_submission(
        filled, None, title="F", noted=list_recorded(""), files=(), arrived_at=datetime.now(UTC)
    )
    found = place_of(submission)
    assert (found and (round(found[0], 6), round(found[1], 6), found[2])) == place


def test_a_line_or_a_surface_has_a_middle_and_a_reach() -> None:
    found = read_trace("18 -72 0 0;18.2 -72 0 0;")
    assert found is not None
    assert (found.lat, found.lon) == (18.1, -72.0)
    assert 11_000 < (found.accuracy_m or 0) < 11_300
    assert read_trace("18 -72 0 0") is None
    assert read_trace("one; two") is None


def test_names_of_instances_labels_of_entities_and_of_files_are_no_words(tmp_path: Path) -> None:
    rows = [WHAT, ("photo", "pic1", "One"), ("photo", "pic2", "Two")]
    inside = (
        "<what>dry</what><pic1>a.jpg</pic1><pic2>b.jpg</pic2><meta><instanceID>uuid:1</instanceID>"
        "<instanceName>jean.pierre - 3</instanceName><userID>jean</userID>"
        '<entity dataset="pumps"><label>dry</label></entity></meta>'
    )
    imported = read_xlsform(write_book(tmp_path / "f.xlsx", *rows), "en")
    filled = read_filled_form(f'<data id="f04">{inside}</data>'.encode())
    for form, noted in ((read_form(imported.values), list_recorded(imported.xform)), (None, list_recorded(""))):
        submission = read_submission(
            filled, form, title="F", noted=noted, files={"a.jpg"}, arrived_at=datetime.now(UTC)
        )
        assert submission.text in ("dry", "what: dry")
        assert "jean" not in str(submission.payload)


SEALED = (
    '<x:data xmlns:x="http://www.opendatakit.org/xforms/encrypted" id="f">'
    "<x:encryptedXmlFile>s</x:encryptedXmlFile></x:data>"
)


@pytest.mark.parametrize(
    "xml",
    [
        '<data id="f01" encrypted="yes" xmlns="http://opendatakit.org/submissions"><a>b</a></data>',
        '<data id="f01" encrypted="true"><a>b</a></data>',
        '<data id="f01"><base64EncryptedKey>R</base64EncryptedKey><encryptedXmlFile>s.enc</encryptedXmlFile></data>',
        SEALED,
    ],
)  # fmt: skip
def test_sealed_answers_are_refused(xml: str) -> None:
    with pytest.raises(FormEncrypted):
        read_filled_form(xml.encode())
    assert issubclass(FormEncrypted, BodyUnreadable)


def test_a_form_that_was_imported_before_sends_its_answers_here_all_the_same() -> None:
    form = '<model><submission action="https://else.example/x" base64RsaPublicKey="M"/><instance/></model>'
    assert keep_answers_here(form) == "<model><instance/></model>"
    assert keep_answers_here("<model><instance/></model>") == "<model><instance/></model>"


@pytest.fixture
def phone(app: Flask, program: Program, client: FlaskClient, tmp_path: Path) -> Phone:
    """A volunteer's phone, with a form that notes where it is opened."""
    run = app.test_cli_runner().invoke
    book = str(write_book(tmp_path / "f04.xlsx", WARMUP, WHAT, PLACE))
    topics = tmp_path / "topics.yaml"
    topics.write_text("- {code: water, name: {en: Water}}\n", encoding="utf-8")
    made = ["campaign", "create", "c", "--name", "C", "--country", "HT", "--language", "en", "--topics", str(topics)]
    for arguments in (made, ["campaign", "import-form", book, "--campaign", "c"]):
        result = run(args=arguments)
        assert result.exit_code == 0, result.output
    add_account(app, program, "vera", VOLUNTEER)
    return Phone(client)


def reports(program: Program) -> list[tuple[object, ...]]:
    """Where reports are, and how sure that is."""
    drain(program.app, program.pipeline)
    query = "SELECT text, ST_Y(point), place_confidence > 0.5, location_reasons -> 0 ->> 'code' FROM report ORDER BY id"
    with program.app.begin() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def test_a_report_stands_where_it_was_said_to_be(phone: Phone, program: Program) -> None:
    inside = f"<warmup>{HERE}</warmup><what>the pump is broken</what><place>{THERE}</place>"
    assert phone.send(f'<data id="f04">{inside}</data>'.encode()).status_code == 201
    assert phone.send(f'<data id="f04"><warmup>{HERE}</warmup><what>dry</what></data>'.encode()).status_code == 201
    assert reports(program) == [
        ("the pump is broken", 18.23, True, "device"),
        ("dry", 18.54, False, "device_unasked"),
    ]


def test_a_sealed_form_stays_on_the_phone_with_a_sentence(phone: Phone, program: Program) -> None:
    answer = phone.send(b'<data id="f04" encrypted="yes"><base64EncryptedKey>RVhB</base64EncryptedKey></data>')
    assert answer.status_code == 400
    assert "encrypted" in answer.text
    assert "<OpenRosaResponse" in answer.text
    assert reports(program) == []


def test_a_picture_that_comes_in_a_second_call_leaves_no_line(phone: Phone, program: Program) -> None:
    inside = "<what>dry</what><p1>a.jpg</p1><p2>b.jpg</p2><meta><instanceID>uuid:9</instanceID></meta>"
    xml = f'<data id="gone">{inside}</data>'.encode()
    for name in ("a.jpg", "b.jpg"):
        assert phone.send(xml, [(name, make_photo())]).status_code == 201
    assert [row[0] for row in reports(program)] == ["what: dry"]


def test_a_form_that_was_served_with_another_address_is_not_any_more(phone: Phone, program: Program) -> None:
    order = '<submission action="https://else.example/x"/><instance>'
    with program.owner.begin() as connection:
        connection.execute(text("UPDATE xform SET xml = replace(xml, '<instance>', :order)"), {"order": order})
    assert "else.example" not in phone.fetch("f04")
