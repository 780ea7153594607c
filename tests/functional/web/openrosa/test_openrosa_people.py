"""What a form of ODK Collect asks about people lies apart from the report, with the volunteer's help told."""

from pathlib import Path

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import text

from reporting.bootstrap import Program
from reporting.incidents.lock import lock_linking
from reporting.privacy.erasure import erase_reports
from tests.collect_phone import Phone, fill
from tests.functional.web.openrosa.test_openrosa import phone, read, work

__all__ = ["phone"]

SURVEY = (
    ("type", "name", "label"), ("text", "what", "Kisa?"), ("select_one sex", "sex", "Sèks"),
    ("integer", "age_band", "Laj"), ("select_one how", "wg_see", "Wè"), ("select_one how", "wg_hear", "Tande"),
    ("select_one who", "affected_role", "Kiyès?"), ("integer", "affected_number", "Konbyen?"),
    ("text", "age", "Laj tiyo a"),
)  # fmt: skip
CHOICES = (
    ("list_name", "name", "label"), ("sex", "F", "Fi"), ("sex", "M", "Gason"), ("how", "1", "Non"),
    ("how", "3", "Anpil"), ("who", "person", "Yon moun"), ("who", "household", "Yon fanmi"),
)  # fmt: skip


@pytest.fixture
def xform(phone: Phone, app: Flask, tmp_path: Path) -> str:
    """A form with questions about people, as the phone has it."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    settings = (("form_id", "version", "sms_keyword"), ("pipe", "1", "tiyo"))
    for title, rows in (("survey", SURVEY), ("choices", CHOICES), ("settings", settings)):
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(tmp_path / "pipe.xlsx")
    arguments = ["campaign", "import-form", str(tmp_path / "pipe.xlsx"), "--campaign", "example-services"]
    result = app.test_cli_runner().invoke(args=arguments)
    assert "survey row 3 (sex): is kept apart, as what is told about people; not asked by SMS" in result.output
    return phone.fetch("pipe")


def test_what_is_told_about_people_lies_apart_and_not_in_the_words(phone: Phone, program: Program, xform: str) -> None:
    filled = {
        "what": "tiyo a kase", "sex": "F", "age_band": "67", "wg_see": "1", "wg_hear": "3",
        "affected_role": "household", "affected_number": "6", "age": "de zan",
    }  # fmt: skip
    assert phone.send(fill(xform, filled)).status_code == 201
    work(program)
    # The age of the pipe is a question of the campaign's own.
    assert read(program, "SELECT text, answers FROM report") == [
        ("tiyo a kase\nde zan", {"what": "tiyo a kase", "age": "de zan"})
    ]
    assert read(program, "SELECT contact_id, sex, age, difficulty, mode FROM reporter_profile") == [
        (None, "F", "Y65T69", {"see": 1, "hear": 3}, "assisted")
    ]
    assert read(program, "SELECT role, number FROM affected") == [("household", 6)]


def test_a_correction_completes_what_was_told(phone: Phone, program: Program, xform: str) -> None:
    first = fill(xform, {"what": "tiyo a kase", "sex": "F"}, instance_id="uuid:first")
    phone.send(first)
    work(program)
    again = {"what": "tiyo a kase", "sex": "M", "age_band": "30", "affected_role": "person"}
    phone.send(fill(xform, again, instance_id="uuid:second", corrects="uuid:first"))
    work(program)
    assert read(program, "SELECT version, sex, age, mode FROM reporter_profile") == [(1, "M", "Y30T34", "assisted")]
    assert read(program, "SELECT role FROM affected") == [("person",)]


def test_what_cannot_be_read_is_hidden_from_no_moderator(phone: Phone, program: Program, xform: str) -> None:
    phone.send(fill(xform, {"what": "tiyo a kase", "age_band": "-7"}))
    work(program)
    assert read(program, "SELECT text FROM report") == [("tiyo a kase\nage_band: -7",)]
    assert read(program, "SELECT age, age_why FROM reporter_profile") == [(None, "unknown")]


def test_a_report_knows_which_account_filled_it_in_until_it_is_erased(
    phone: Phone, program: Program, xform: str
) -> None:
    phone.send(fill(xform, {"what": "tiyo a kase", "affected_role": "person"}))
    work(program)
    query = "SELECT account.name FROM report JOIN account ON account.id = report.account_id"
    assert read(program, query) == [("vera",)]
    with program.app.begin() as connection:
        [report_id, campaign_id] = connection.execute(text("SELECT id, campaign_id FROM report")).one()
        lock_linking(connection, campaign_id)
        erase_reports(connection, campaign_id, [report_id])
    assert read(program, query) == []
