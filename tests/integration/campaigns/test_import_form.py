"""A form comes into a campaign from a workbook, stays there, and never breaks what the campaign asks already."""

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from reporting.bootstrap import Program
from reporting.campaigns.definition import Conversation, read_conversation
from reporting.models.campaign import Campaign, Xform
from tests.conftest import ROOT

Run = Callable[..., Result]
EXAMPLES = ROOT / "docs" / "examples"
ARGUMENTS = ("--campaign", "example-services")


@pytest.fixture
def run(app: Flask) -> Run:
    runner = app.test_cli_runner()
    return lambda *arguments: runner.invoke(args=[str(argument) for argument in arguments])


@pytest.fixture
def example(run: Run) -> str:
    """The example, made by its definition."""
    result = run("campaign", "create", "--from", EXAMPLES / "campaign.yaml")
    assert result.exit_code == 0, result.output
    return "example-services"


def read_stored(program: Program) -> Conversation:
    with program.owner.begin() as connection:
        stored = connection.execute(select(Campaign.conversation).where(Campaign.slug == "example-services"))
        return read_conversation(stored.scalar_one())


def list_xforms(program: Program) -> list[tuple[str, str, str]]:
    with program.owner.begin() as connection:
        found = connection.execute(select(Xform.code, Xform.title, Xform.version).order_by(Xform.code))
        return [(row.code, row.title, row.version) for row in found]


def make_book(path: Path, code: str, *, keyword: str, label: str = "Kisa?") -> Path:
    book = openpyxl.Workbook()
    book.worksheets[0].title = "survey"
    for row in (("type", "name", "label"), ("text", "what", label)):
        book.worksheets[0].append(row)
    settings = book.create_sheet("settings")
    for row in (("form_id", "version", "sms_keyword"), (code, "1", keyword)):
        settings.append(row)
    book.save(path)
    return path


def test_a_definition_goes_into_the_database_and_comes_out_the_same(program: Program, example: str) -> None:
    assert example
    conversation = read_stored(program)
    assert [form.code for form in conversation.forms] == ["water_point", "school_meal"]
    assert conversation.forms[0].questions[1].relevant == (("works", "not_at_all"),)
    assert conversation.quiet_from is not None
    assert str(conversation.price_per_segment["twilio"]) == "0.0515"


def test_the_demonstration_has_a_workbook_that_it_takes(run: Run) -> None:
    demonstration = ROOT / "reporting" / "demo" / "campaign.yaml"
    assert run("campaign", "create", "--from", demonstration).exit_code == 0
    result = run("campaign", "import-form", EXAMPLES / "tap-nepal.xlsx")
    assert result.exit_code == 0, result.output
    assert "form tap added" in result.stdout


@pytest.mark.usefixtures("example")
def test_importing_the_twin_of_a_form_replaces_it_by_the_same(program: Program, run: Run) -> None:
    before = read_stored(program)
    for _ in range(2):
        result = run("campaign", "import-form", EXAMPLES / "water-point.xlsx", *ARGUMENTS)
        assert result.exit_code == 0, result.output
        assert "form water_point replaced; asked on topic water or kiyòs, ponp, borne, pompe" in result.stdout
        assert read_stored(program) == before
    assert list_xforms(program) == [("water_point", "Pwen dlo", "2026112201")]


@pytest.mark.usefixtures("example")
def test_an_imported_form_outlives_a_new_definition(program: Program, run: Run, tmp_path: Path) -> None:
    added = run("campaign", "import-form", make_book(tmp_path / "b.xlsx", "bridge", keyword="pon"), *ARGUMENTS)
    assert "form bridge added; asked on pon; questions: what (text)" in added.stdout
    run("campaign", "create", "--from", EXAMPLES / "campaign.yaml")
    forms = read_stored(program).forms
    assert [form.code for form in forms] == ["water_point", "school_meal", "bridge"]
    assert forms[2].keywords == {"ht": ("pon",)}
    assert [code for code, _, _ in list_xforms(program)] == ["bridge"]


@pytest.mark.usefixtures("example")
def test_a_definition_with_the_same_form_takes_its_place(program: Program, run: Run) -> None:
    run("campaign", "import-form", EXAMPLES / "water-point.xlsx", *ARGUMENTS)
    run("campaign", "create", "--from", EXAMPLES / "campaign.yaml")
    assert [form.code for form in read_stored(program).forms] == ["water_point", "school_meal"]
    assert list_xforms(program) == []


@pytest.mark.usefixtures("example")
def test_a_definition_without_a_conversation_leaves_it(program: Program, run: Run, tmp_path: Path) -> None:
    before = read_stored(program)
    short = tmp_path / "short.yaml"
    short.write_text("{slug: example-services, name: Again, country: HT, languages: [ht, fr]}", encoding="utf-8")
    assert run("campaign", "create", "--from", short).exit_code == 0
    assert read_stored(program) == before


@pytest.mark.usefixtures("example")
@pytest.mark.parametrize(
    ("keyword", "label", "expected"),
    [
        ("kantin", "Kisa?", "'kantin' begins as 'kantin' of the form 'school_meal'"),
        ("kanpe", "Kisa?", "'kanpe' is read as STOP"),
        ("", "Kisa?", "neither topic nor keywords"),
        ("pon", "a" * 500, "takes 4 segments of SMS"),
        ("pon", "Nan ${what}?", "a label cannot repeat an earlier answer"),
    ],
)
def test_a_form_that_does_not_fit_changes_nothing(
    program: Program, run: Run, tmp_path: Path, keyword: str, label: str, expected: str
) -> None:
    before = read_stored(program)
    book = make_book(tmp_path / "b.xlsx", "bridge", keyword=keyword, label=label)
    result = run("campaign", "import-form", book, *ARGUMENTS)
    assert result.exit_code == 1
    assert expected in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert read_stored(program) == before
    assert list_xforms(program) == []
