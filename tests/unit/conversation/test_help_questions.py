"""Who asks what this number is, what it costs or who reads it, is told; a report with a question stays a report."""

from pathlib import Path

import pytest

from config.languages.load import load_languages
from reporting.conversation.answers import Hints
from reporting.conversation.intent import Intent, MessageReading, classify_words, may_ask_for_help
from reporting.languages.keywords import Command

FOLDER = Path(__file__).resolve().parents[2] / "data" / "help"
LISTS = ("first", "second", "third", "fourth")


def read_list(name: str) -> list[tuple[str, str]]:
    lines = (FOLDER / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    return [(language, said) for language, _, said in (line.partition("\t") for line in lines)]


def classify(said: str) -> MessageReading:
    return classify_words(said, None, Hints(has_place=False, topic_id=None))


@pytest.mark.parametrize("name", LISTS)
def test_a_question_about_the_number_is_answered_as_help(name: str) -> None:
    questions = read_list(name)
    read = [(language, said, classify(said)) for language, said in questions]
    assert [
        (language, said, reading.intent)
        for language, said, reading in read
        if reading.command is None or reading.command.command is not Command.HELP
    ] == []
    print(f"{name}: {len(read)} questions in {len({language for language, _ in questions})} languages")


@pytest.mark.parametrize("name", LISTS)
def test_nobody_is_woken_for_a_question_about_the_number(name: str) -> None:
    assert [said for _, said in read_list(name) if may_ask_for_help(said)] == []


def test_a_report_with_a_question_stays_a_report() -> None:
    read = [(language, said, classify(said).intent) for language, said in read_list("reports")]
    assert [(language, said, intent) for language, said, intent in read if intent is not Intent.REPORT] == []


@pytest.mark.parametrize(
    "said", ["Who are you?\n--\nSent from my phone", "hello, WHO ARE YOU??? 🙏", "qui êtes-vous ? merci"]
)
def test_footers_greetings_and_signs_around_it_do_not_matter(said: str) -> None:
    command = classify(said).command
    assert command is not None
    assert command.command is Command.HELP


@pytest.mark.parametrize(
    "said",
    [
        "who are you? the house is burning",
        "what is this number? send police my husband hits me",
        "qui êtes-vous ? la maison brûle",
        "quem é você? a casa está pegando fogo",
        "wewe ni nani? nyumba inawaka moto",
        "तपाईं को हो? घरमा आगो लाग्यो",
        "من أنت؟ البيت يحترق",
    ],
)
def test_what_is_told_behind_a_question_is_never_lost(said: str) -> None:
    assert classify(said).intent is Intent.REPORT


def test_every_language_has_lists() -> None:
    languages = {language for name in LISTS for language, _ in read_list(name)}
    assert languages == {language for language, _ in read_list("reports")} == set(load_languages())
