"""STOP, START and HELP: understood in eight languages, and only when nothing else is said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting.intake.fold import fold, words
from reporting.intake.keyword import COMMAND_WORDS, Command, find_command
from reporting.intake.phrase import spoken_languages


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
        ("Msaada", Command.HELP),
        ("ÈD", Command.HELP),
        ("मद्दत", Command.HELP),
        ("madat", Command.HELP),
        ("مساعدة", Command.HELP),
    ],
)
def test_a_command_is_understood_however_it_is_typed(text: str, command: Command) -> None:
    assert find_command(text) is command


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
        "yes",
        "STOP " * 50,
    ],
)
def test_a_report_that_holds_such_a_word_is_no_command(text: str) -> None:
    assert find_command(text) is None


def test_every_command_can_be_given_in_every_language_we_speak() -> None:
    for command, by_language in COMMAND_WORDS.items():
        assert set(by_language) == spoken_languages()
        for entries in by_language.values():
            assert [find_command(entry) for entry in entries] == [command] * len(entries)


@given(st.text())
def test_any_text_may_be_asked(text: str) -> None:
    assert find_command(text) in {None, *Command}


@given(st.text())
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert words(" ".join(words(text))) == words(text)


def test_folding_keeps_water_and_also_apart() -> None:
    assert fold("पानी") != fold("पनि")
    assert words("Paani, PÀNI; २ दिन!") == ["paani", "pani", "2", "दिन"]
