"""Commands: understood in eight languages, and only when nothing else is said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting.languages.keywords import Command, FoundCommand, find_command, list_command_words
from reporting.languages.names import list_sms_names
from reporting.languages.normalise import fold, words
from reporting.languages.references import REFERENCE_ALPHABET, REFERENCE_LENGTHS
from reporting.languages.sms_texts import spoken_languages
from tests.conftest import ROOT


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("STOP", Command.STOP),
        ("  stop. ", Command.STOP),
        ("Stop!!! 🙏", Command.STOP),
        ("STOP\u200b\n", Command.STOP),
        ("Stop all", Command.STOP),
        ("UNSUBSCRIBE", Command.STOP),
        ("END", Command.STOP),
        ("arret", Command.STOP),
        ("ARRÊT", Command.STOP),
        ("KANPE", Command.STOP),
        ("band garnuhos", Command.STOP),
        ("बन्द", Command.STOP),
        ("बन्द।", Command.STOP),
        ("إيقاف", Command.STOP),
        ("ايقاف", Command.STOP),
        ("unstop", Command.START),
        ("Komanse", Command.START),
        ("सुरु", Command.START),
        ("help?", Command.HELP),
        ("mmetuma nini", Command.HELP),
        ("ume tuma nini?", Command.HELP),
        ("Msaada", Command.HELP),
        ("ÈD", Command.HELP),
        ("मद्दत", Command.HELP),
        ("madat", Command.HELP),
        ("مساعدة", Command.HELP),
        ("Skip.", Command.SKIP),
        ("छोड्नुहोस्", Command.SKIP),
        ("Atras", Command.BACK),
        ("OUBLIEZ-MOI", Command.FORGET),
        ("delete my data", Command.FORGET),
        ("Lugha?", Command.LANGUAGE),
        ("अवस्था", Command.STATUS),
        ("Sí", Command.YES),
        ("wi", Command.YES),
        ("não", Command.NO),
        ("لا", Command.NO),
    ],
)
def test_a_command_is_understood_however_it_is_typed(text: str, command: Command) -> None:
    assert find_command(text) == FoundCommand(command)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "...",
        "please stop the fighting",
        "stop the trucks in Benighat",
        "the road is blocked, no end in sight. Stop",
        "bato band cha",
        "nepal band",
        "nou bezwen ede",
        "HELP flood in Barahakshetra",
        "stopped",
        "STOP " * 50,
        "yes the road is open",
        "no water",
        "no light in ward 5",
        "status of the road is bad",
        "status road",
        "status 12345",
        "STATUS CFGH2345 please",
        "language school burned down",
        "language teacher",
        "hali mbaya",
        "estado de la carretera",
        "skip the queue",
        "do not forget me",
        "back road blocked",
    ],
)
def test_a_report_that_holds_such_a_word_is_no_command(text: str) -> None:
    assert find_command(text) is None


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("lang fr", "fr"),
        ("LANG KREYOL", "ht"),
        ("language: English", "en"),
        ("langue français", "fr"),
        ("idioma inglés", "en"),
        ("língua portuguesa", "pt"),
        ("lugha Kiswahili", "sw"),
        ("lang Kreyòl Ayisyen", "ht"),
        ("भाषा नेपाली", "ne"),
        ("नेपाली भाषा", "ne"),
        ("bhasa nepali", "ne"),
        ("اللغة العربية", "ar"),
    ],
)
def test_a_language_is_asked_for_by_its_name_or_its_code(text: str, language: str) -> None:
    assert find_command(text) == FoundCommand(Command.LANGUAGE, language)


def test_every_language_is_known_in_every_language() -> None:
    for asked in list_command_words()[Command.LANGUAGE].values():
        for code, name in list_sms_names().items():
            assert find_command(f"{asked[0]} {code}") == FoundCommand(Command.LANGUAGE, code)
            assert find_command(f"{asked[0]} {name}") == FoundCommand(Command.LANGUAGE, code)


@pytest.mark.parametrize("text", ["STATUS CFGH2345", "status cfgh2345", "Status: cfgh-2345", "statut cfgh 23 45"])
def test_a_reference_may_be_typed_in_any_way(text: str) -> None:
    assert find_command(text) == FoundCommand(Command.STATUS, "CFGH2345")


@given(
    st.sampled_from(sorted(REFERENCE_LENGTHS)).flatmap(lambda n: st.text(REFERENCE_ALPHABET, min_size=n, max_size=n))
)
def test_every_reference_is_found(reference: str) -> None:
    assert find_command(f"status {reference.lower()}") == FoundCommand(Command.STATUS, reference)


def test_every_command_can_be_given_in_every_language_we_speak() -> None:
    assert set(list_command_words()) == set(Command)
    for command, by_language in list_command_words().items():
        assert set(by_language) == spoken_languages() == set(list_sms_names())
        for entries in by_language.values():
            assert [find_command(entry) for entry in entries] == [FoundCommand(command)] * len(entries)


def test_the_words_in_the_documentation_are_understood() -> None:
    page = (ROOT / "docs" / "conversations.md").read_text(encoding="utf-8")
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line.startswith("| ")
    ]
    shown = {row[1]: row[1:] for row in rows if len(row) == len(list_sms_names()) + 1 and row[1].isupper()}
    assert set(shown) == {command.name for command in Command} - {"YES", "NO"}
    for name, cells in shown.items():
        assert [find_command(cell) for cell in cells] == [FoundCommand(Command[name])] * len(cells)


@given(st.text())
def test_any_text_may_be_asked(text: str) -> None:
    found = find_command(text)
    assert found is None or found.command in Command


@given(st.text())
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert words(" ".join(words(text))) == words(text)


def test_folding_keeps_water_and_also_apart() -> None:
    assert fold("पानी") != fold("पनि")
    assert words("Paani, PÀNI; २ दिन!") == ["paani", "pani", "2", "दिन"]


@pytest.mark.parametrize("text", ["status CFGH234", "STATUS cfgh23450", "status a1b2c3"])
def test_a_mistyped_reference_asks_for_the_state_all_the_same(text: str) -> None:
    found = find_command(text)
    assert found is not None
    assert found.command is Command.STATUS
