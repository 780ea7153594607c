"""Workbooks of XLSForm: what an SMS can ask comes in as it is meant, the rest is refused by its row."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pytest

from reporting.campaigns.campaign import read_definition
from reporting.campaigns.definition import read_conversation, read_form
from reporting.campaigns.schema import FormSchema
from reporting.campaigns.xlsform import XlsformError, read_xlsform
from reporting.campaigns.xlsform_expression import NotAskable, read_bounds, read_relevant, read_required
from tests.conftest import ROOT

EXAMPLES = ROOT / "docs" / "examples"
HEAD = ("type", "name", "label::English (en)", "label::French (fr)", "required", "relevant", "constraint")
CHOICES = [
    ("list_name", "name", "label::English (en)", "label::French (fr)", "sms_words", "sms_words::French (fr)"),
    ("state", "works", "It works", "Ça marche", "fine, all good", "bien"),
    ("state", "broken", "Broken", "En panne"),
]
SETTINGS = [
    ("form_title", "form_id", "version", "default_language", "sms_keyword", "sms_keyword::French (fr)", "baraza_topic"),
    ("Taps", "taps", "3", "English (en)", "tap pump", "robinet", "water"),
]

Rows = Iterable[tuple[Any, ...]]
MakeBook = Callable[..., Path]


@pytest.fixture
def make_book(tmp_path: Path) -> MakeBook:
    """Writes a workbook of these rows below the usual header; its choices and settings are those above."""

    def make(
        *survey: tuple[Any, ...], head: Rows = (HEAD,), choices: Rows = CHOICES, settings: Rows = SETTINGS
    ) -> Path:
        book = openpyxl.Workbook()
        book.remove(book.worksheets[0])
        for title, rows in (("survey", (*head, *survey)), ("choices", choices), ("settings", settings)):
            sheet = book.create_sheet(title)
            for row in rows:
                sheet.append(row)
        path = tmp_path / "form.xlsx"
        book.save(path)
        return path

    return make


STATE = ("select_one state", "state", "Does it work?", "Marche ?", "yes")


def refused(path: Path) -> tuple[str, ...]:
    with pytest.raises(XlsformError) as caught:
        read_xlsform(path, "en")
    assert not any("\n" in reason for reason in caught.value.reasons)
    return caught.value.reasons


def test_a_workbook_becomes_the_form_that_its_definition_describes(make_book: MakeBook) -> None:
    path = make_book(
        ("note", "hello", "Hello", "Bonjour"),
        ("begin_group", "tap", "The tap", "Le robinet"),
        STATE,
        (),
        ("integer", "days", "Since how many days?", "Depuis ?", None, "${state} = 'broken'", ". >= 0 and . < 31"),
        ("end_group",),
        ("decimal", "litres", "Litres?", "Litres ?", "false()", None, ". <= 20.5"),
        ("text", "words", "Anything else?", "Autre chose ?"),
        ("geopoint", "spot", "Where?", "Où ?"),
    )
    form = read_xlsform(path, "en")
    expected = {
        "code": "taps",
        "topic": "water",
        "keywords": {"en": ["tap", "pump"], "fr": ["robinet"]},
        "questions": [
            {
                "code": "state",
                "kind": "choice",
                "text": {"en": "Does it work?", "fr": "Marche ?"},
                "required": True,
                "choices": [
                    {
                        "code": "works",
                        "label": {"en": "It works", "fr": "Ça marche"},
                        "words": {"en": ["fine", "all good"], "fr": ["bien"]},
                    },
                    {"code": "broken", "label": {"en": "Broken", "fr": "En panne"}},
                ],
            },
            {
                "code": "days",
                "kind": "number",
                "text": {"en": "Since how many days?", "fr": "Depuis ?"},
                "when": {"state": "broken"},
                "low": 0.0,
                "high": 30.0,
            },
            {"code": "litres", "kind": "number", "text": {"en": "Litres?", "fr": "Litres ?"}, "high": 20.5},
            {"code": "words", "kind": "text", "text": {"en": "Anything else?", "fr": "Autre chose ?"}},
            {"code": "spot", "kind": "place", "text": {"en": "Where?", "fr": "Où ?"}},
        ],
    }
    assert form.values == expected
    assert FormSchema().load(form.values) == expected
    assert (form.title, form.version) == ("Taps", "3")
    assert form.remarks == ("survey row 2 (hello): note is not asked by SMS",)


def test_the_xform_of_the_same_workbook_asks_the_same(make_book: MakeBook) -> None:
    form = read_xlsform(make_book(STATE, ("geopoint", "spot", "Where?", "Où ?")), "en")
    root = ElementTree.fromstring(form.xform)  # noqa: S314 - made here
    bound = {bind.get("nodeset") for bind in root.iter("{http://www.w3.org/2002/xforms}bind")}
    assert {"/data/state", "/data/spot"} <= bound
    assert "sms_words" not in form.xform
    instance = next(node for node in root.iter() if node.get("id") == "taps")
    assert instance.get("version") == "3"


def test_the_example_is_the_same_form_as_a_workbook_and_as_a_definition() -> None:
    definition = read_definition((EXAMPLES / "campaign.yaml").read_text(encoding="utf-8"), "campaign.yaml")
    imported = read_xlsform(EXAMPLES / "water-point.xlsx", "ht")
    assert read_form(imported.values) == read_conversation(definition["conversation"]).forms[0]
    assert len(imported.remarks) == 2


def test_a_workbook_in_one_language_is_in_the_campaigns(make_book: MakeBook) -> None:
    path = make_book(
        ("select_one state", "state", "Marche ?"),
        head=[("type", "name", "label")],
        choices=[("list_name", "name", "label"), ("state", "a", "Oui"), ("state", "b", "Non")],
        settings=[("form_id", "sms_keyword"), ("taps", "robinet")],
    )
    values = read_xlsform(path, "fr").values
    assert values["keywords"] == {"fr": ["robinet"]}
    assert values["questions"][0]["text"] == {"fr": "Marche ?"}
    assert [choice["label"] for choice in values["questions"][0]["choices"]] == [{"fr": "Oui"}, {"fr": "Non"}]


@pytest.mark.parametrize("header", ["label::French (fr)", "label::fr", "label::Français", "label::French (fr-HT)"])
def test_the_language_of_a_column_is_found_by_its_code_or_its_name(make_book: MakeBook, header: str) -> None:
    path = make_book(("text", "q", "Quoi ?"), head=[("type", "name", header)], settings=[("form_id",), ("taps",)])
    assert read_xlsform(path, "ht").values["questions"][0]["text"] == {"fr": "Quoi ?"}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (("select_multiple state", "q", "Which?", "Quoi ?"), "'select all that apply' cannot be asked by SMS"),
        (("date", "q", "When?", "Quand ?"), "'date' cannot be asked by SMS"),
        (("video", "q", "Film", "Film"), "cannot be asked by SMS"),
        (("text", "q", "More on ${state}?", "Plus ?"), "a label cannot repeat an earlier answer in an SMS"),
        (("text", "q", "More?", "Plus ?", None, "${state} != 'works'"), "relevant can be ${question} = 'choice'"),
        (("text", "q", "More?", "Plus ?", None, "${state} = 'works' or 1 = 1"), "relevant can be ${question} ="),
        (("integer", "q", "How?", "Combien ?", None, None, ". > ${state}"), "a constraint can be . >= number and"),
        (("text", "q", "More?", "Plus ?", None, None, "regex(., 'a')"), "a constraint can be kept on numbers only"),
        (("text", "q", "More?", "Plus ?", "${state} = 'works'"), "required can be yes or no, and no condition"),
    ],
)
def test_what_an_sms_cannot_ask_is_refused_by_its_row(make_book: MakeBook, row: tuple[Any, ...], reason: str) -> None:
    (fault,) = refused(make_book(STATE, (), row))
    assert fault.startswith("survey row 4 (q): ")
    assert reason in fault


def test_a_calculation_is_refused_by_its_row(make_book: MakeBook) -> None:
    path = make_book(STATE, ("calculate", "c", "", "", "1 + 1"), head=[(*HEAD[:4], "calculation")])
    assert refused(path)[-1].startswith("survey row 3 (c): 'calculate' cannot be asked by SMS")


def test_every_row_that_is_refused_is_named_at_once(make_book: MakeBook) -> None:
    faults = refused(
        make_book(
            ("begin_repeat", "r", "Each", "Chaque"),
            STATE,
            ("end_repeat",),
            ("date", "d", "When?", "Quand ?"),
        )
    )
    assert [fault.partition(":")[0] for fault in faults] == ["survey row 2 (r)", "survey row 5 (d)"]


def test_a_list_longer_than_the_keys_of_a_phone_is_refused(make_book: MakeBook) -> None:
    ten = [("state", f"c{number}", f"Choice {number}", f"Choix {number}") for number in range(10)]
    (fault,) = refused(make_book(STATE, choices=[CHOICES[0], *ten]))
    assert fault == "survey row 2 (state): a list of two to 9 choices without a filter can be asked by SMS"


def one_language(make_book: MakeBook, *rows: tuple[Any, ...], head: tuple[str, ...] = (), **sheets: Any) -> Path:
    """A workbook whose labels name no language."""
    sheets.setdefault("choices", [("list_name", "name", "label"), ("yn", "yes", "Yes"), ("yn", "no", "No")])
    sheets.setdefault("settings", [("form_id", "baraza_topic"), ("taps", "water")])
    return make_book(*rows, head=[("type", "name", "label", *head)], **sheets)


@pytest.mark.parametrize("column", ["public_key", "submission_url", "Submission_URL", "submission url"])
def test_a_workbook_whose_answers_would_go_elsewhere_is_refused(make_book: MakeBook, column: str) -> None:
    settings = [("form_id", column), ("taps", "https://else.example/submission")]
    [reason] = refused(one_language(make_book, ("text", "q", "What?"), settings=settings))
    assert reason.startswith("settings: ")


def test_an_empty_setting_is_none_and_what_phones_do_by_themselves_is_left_out(make_book: MakeBook) -> None:
    settings = [("form_id", "public_key", "auto_send", "auto_delete"), ("taps", None, "true", "true")]
    form = read_xlsform(one_language(make_book, ("text", "q", "What?"), settings=settings), "en")
    assert form.remarks == ("settings: auto_send is left out", "settings: auto_delete is left out")
    assert "<submission" not in form.xform


@pytest.mark.parametrize(
    ("main", "labels", "text"),
    [
        ("ht", ("Kisa ki rive?", "Que s'est-il passé ?"), {"ht": "Kisa ki rive?", "fr": "Que s'est-il passé ?"}),
        ("fr", ("Kisa ki rive?", "Que s'est-il passé ?"), {"fr": "Que s'est-il passé ?"}),
        ("ht", ("Kisa ki rive?", "-"), {"ht": "Kisa ki rive?"}),
        ("ht", ("-", "Quoi ?"), {"fr": "Quoi ?"}),
        ("ht", ("Kisa?", " n/a "), {"ht": "Kisa?"}),
        ("ht", ("Kisa?", None), {"ht": "Kisa?"}),
    ],
)
def test_a_plain_label_is_in_the_campaigns_language_and_a_dash_is_no_translation(
    make_book: MakeBook, main: str, labels: tuple[str, str], text: dict[str, str]
) -> None:
    path = make_book(
        ("text", "what", *labels), head=[("type", "name", "label", "label::French (fr)")],
        settings=[("form_id",), ("taps",)],
    )  # fmt: skip
    assert read_xlsform(path, main).values["questions"][0]["text"] == text


def test_a_question_without_words_in_any_language_is_refused_by_its_row(make_book: MakeBook) -> None:
    assert refused(one_language(make_book, ("text", "q", "-"))) == ("survey row 2 (q): 'q' has no label",)
    choices = [("list_name", "name", "label"), ("yn", "yes", "Yes"), ("yn", "no", "--")]
    faults = refused(one_language(make_book, ("select_one yn", "q", "Works?"), choices=choices))
    assert faults == ("survey row 2 (q): choices row 3: 'no' has no label",)


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("**What** happened to the _pump_?", "What happened to the pump?"),
        ('<span style="color:red">How many</span> days?', "How many days?"),
        ("### Does it work?", "Does it work?"), ("<b>Yes</b>", "Yes"), ("*No*", "No"), ("***x*** y", "x y"),
        ("a_b_c and 2 * 3 * 4 < 5", "a_b_c and 2 * 3 * 4 < 5"), ("x<5 and y>3", "x<5 and y>3"),
        ("see [the map](http://a.example/c) now", "see the map now"), ("\\*not\\*", "*not*"),
        ("R&amp;D &lt;3", "R&D <3"), ("**bold _and_ it**", "bold and it"), ("line<br/>two", "line\ntwo"),
        ("👍", "👍"), ("पानी **छैन**?", "पानी छैन?"),
    ],
)  # fmt: skip
def test_signs_that_a_page_would_not_show_are_not_sent(make_book: MakeBook, label: str, said: str) -> None:
    form = read_xlsform(one_language(make_book, ("text", "q", label)), "en")
    assert form.values["questions"][0]["text"] == {"en": said}


def test_what_is_read_only_is_not_asked(make_book: MakeBook) -> None:
    rows = [("text", "q", "What?"), ("text", "region", "Region?", "yes"), ("text", "r", "More?", "no")]
    form = read_xlsform(one_language(make_book, *rows, head=("read_only",)), "en")
    assert [question["code"] for question in form.values["questions"]] == ["q", "r"]
    assert form.remarks == ("survey row 3 (region): a question that is read_only is not asked by SMS",)
    path = one_language(make_book, ("text", "q", "What?"), ("text", "r", "More?", "${q} = 'a'"), head=("read_only",))
    assert refused(path) == ("survey row 3 (r): read_only can be yes or no, and no condition",)


@pytest.mark.parametrize("spelling", ["or_other", "or other", "or specify other"])
def test_another_answer_than_those_of_a_list_is_asked_for(make_book: MakeBook, spelling: str) -> None:
    form = read_xlsform(one_language(make_book, (f"select_one yn {spelling}", "q", "Works?")), "ht")
    question, which = form.values["questions"]
    assert question["choices"][-1] == {"code": "other", "label": {"ht": "Lòt"}}
    assert which == {"code": "q_other", "kind": "text", "text": {"ht": "Ki lòt?"}, "when": {"q": "other"}}
    assert FormSchema().load(form.values)


def test_choices_at_random_stand_in_their_order_by_sms(make_book: MakeBook) -> None:
    path = one_language(make_book, ("select_one yn", "q", "Works?", "randomize=true"), head=("parameters",))
    form = read_xlsform(path, "en")
    assert [choice["code"] for choice in form.values["questions"][0]["choices"]] == ["yes", "no"]
    assert form.remarks == ("survey row 2 (q): by SMS the choices stand in their order, and not at random",)


def test_a_filter_of_choices_is_refused_as_that(make_book: MakeBook) -> None:
    choices = [("list_name", "name", "label", "of"), ("yn", "yes", "Yes", "a"), ("yn", "no", "No", "a")]
    path = one_language(make_book, ("select_one yn", "q", "Works?", "of='a'"), head=("choice_filter",), choices=choices)
    assert refused(path) == ("survey row 2 (q): a list with a choice_filter cannot be asked by SMS",)


def test_a_column_that_stands_twice_is_told_as_that(make_book: MakeBook) -> None:
    path = make_book(("text", "q", "What?", "Quoi ?"), head=[("type", "name", "label", "label")])
    assert refused(path) == ("sheet survey: the column 'label' stands twice (C and D)",)
    choices = [("list_name", "name", "name", "label"), ("yn", "yes", "x", "Yes"), ("yn", "no", "y", "No")]
    path = one_language(make_book, ("select_one yn", "q", "Works?"), choices=choices)
    assert refused(path) == ("sheet choices: the column 'name' stands twice (B and C)",)


def test_what_xlsform_itself_forbids_is_one_line(make_book: MakeBook) -> None:
    (fault,) = refused(make_book(("select_one nothing", "q", "Which?", "Quoi ?")))
    assert "nothing" in fault


@pytest.mark.parametrize("content", [b"", b"type,name\ntext,q\n", b"PK\x03\x04 and then nothing"])
def test_a_file_that_is_no_workbook_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "form.xlsx"
    path.write_bytes(content)
    assert refused(path) == ("not a workbook of Excel (.xlsx) with a sheet `survey`",)


def test_conditions_are_read_in_each_way_that_means_the_same() -> None:
    assert read_relevant(None) == ()
    assert read_relevant(" ${a}='x'  and  selected(${b}, \"y\")") == (("a", "x"), ("b", "y"))
    with pytest.raises(NotAskable):
        read_relevant("${a} = 'x' and ${a} = 'y'")


def test_bounds_of_whole_numbers_may_be_strict_and_of_others_not() -> None:
    assert read_bounds(". > -1 and .<10", is_whole=True) == {"low": 0, "high": 9}
    with pytest.raises(NotAskable):
        read_bounds(". > 0", is_whole=False)
    with pytest.raises(NotAskable):
        read_bounds(". >= 0 and . >= 5", is_whole=True)


def test_required_is_yes_or_no() -> None:
    assert [read_required(said) for said in ("yes", "TRUE", "true()", "no", "false()", None)] == [True] * 3 + [
        False
    ] * 3
