"""The texts that go out: complete, harmless on a shared phone, and within their budget of segments."""

import re
import string
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from reporting.languages import sms_texts
from reporting.languages.keywords import Command, find_command
from reporting.languages.names import list_sms_names
from reporting.languages.sms_segments import GSM_7, UCS_2, measure
from reporting.languages.sms_texts import (
    ORGANISATION_LEAST,
    PLACES_LONGEST,
    REFERENCE_LONGEST,
    Phrase,
    budget,
    say,
    spoken_languages,
)

LANGUAGES = ("en", "fr", "es", "sw", "ht", "ne", "pt", "ar")
CATALOGUES = Path(sms_texts.__file__).parent.parent / "translations"
REFERENCE = "W" * REFERENCE_LONGEST
ORGANISATION = "x" * ORGANISATION_LEAST
PLACES = "1 " + "x" * (PLACES_LONGEST - 2)
ALL_LANGUAGES = ", ".join(f"{number} {name}" for number, name in enumerate(list_sms_names().values(), start=1))

# The words that a phrase tells people to send, in capital letters.
NAMED = {
    Phrase.STOPPED: "START",
    Phrase.STOPPED_REPORTED: "START",
    Phrase.STARTED: "STOP",
    Phrase.HELP: "STOP",
    Phrase.RECEIVED: "STOP",
    Phrase.RECEIVED_SHORT: "STOP",
    Phrase.WELCOME: "STOP",
    Phrase.REPEAT_CHOICE: "SKIP",
    Phrase.REPEAT_NUMBER: "SKIP",
    Phrase.ASK_SEX: "SKIP",
    Phrase.ASK_AGE: "SKIP",
    Phrase.ASK_AFFECTED: "SKIP",
    Phrase.ASK_AFFECTED_NUMBER: "SKIP",
    Phrase.ASK_AFFECTED_SEX: "SKIP",
    Phrase.ASK_AFFECTED_AGE: "SKIP",
    Phrase.ASK_AFFECTED_DIFFICULTY: "SKIP",
}


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_eight_languages_are_spoken() -> None:
    assert spoken_languages() == set(LANGUAGES)


def filled(key: Phrase, language: str) -> str:
    """The phrase at its longest."""
    choices = ALL_LANGUAGES if key is Phrase.ASK_LANGUAGE else PLACES
    return say(key, language, reference=REFERENCE, choices=choices, count="9", organisation=ORGANISATION)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", list(Phrase))
def test_a_phrase_keeps_to_its_budget(key: Phrase, language: str) -> None:
    segments = measure(filled(key, language))
    allowed = budget(key, language)
    print(
        f"{language} {key.name:15} {segments.encoding} {segments.units:4} units {segments.count} of {allowed} segments"
    )
    is_ucs_2 = language in {"ne", "ar"} or key is Phrase.ASK_LANGUAGE
    assert segments.encoding == (UCS_2 if is_ucs_2 else GSM_7)
    assert segments.count <= allowed <= (2 if is_ucs_2 else 1)


@pytest.mark.parametrize("languages", [[each for each in LANGUAGES if each not in {"ne", "ar"}], ["ne", "ar"]])
def test_no_budget_is_wider_than_some_language_needs(languages: list[str]) -> None:
    for key in Phrase:
        assert {budget(key, language) for language in languages} == {
            max(measure(filled(key, language)).count for language in languages)
        }


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", [Phrase.MENU_WHAT, Phrase.MENU_WHERE, Phrase.MENU_DONE])
def test_a_screen_of_a_session_is_one_that_every_phone_shows(key: Phrase, language: str) -> None:
    assert measure(filled(key, language)).count == 1


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_a_catalogue_is_complete_and_its_fields_are_those_of_the_source(language: str) -> None:
    with (CATALOGUES / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    for key in Phrase:
        message = catalogue.get(key.value)
        assert message is not None, key.name
        assert not message.fuzzy
        assert isinstance(message.string, str)
        assert message.string not in {"", key.value}
        assert fields(message.string) == fields(key.value)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", list(Phrase))
def test_a_command_that_a_phrase_names_is_understood(key: Phrase, language: str) -> None:
    named = re.findall(r"\b[A-Z]{4,5}\b", say(key, language, reference="x1", choices="", count="3", organisation="Us"))
    assert named == ([NAMED[key]] if key in NAMED else [])
    for word in named:
        found = find_command(word)
        assert found is not None
        assert found.command is Command(word.lower())


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_of_a_yes_or_no_question_are_understood(language: str) -> None:
    said = re.search(r"1 (\S+) 2 (\S+)$", say(Phrase.OFFER_WG, language))
    assert said is not None
    found = [find_command(word) for word in said.groups()]
    assert [command and command.command for command in found] == [Command.YES, Command.NO]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_answer_to_what_must_not_be_talked_about_names_no_topic(language: str) -> None:
    assert not fields(say(Phrase.HOTLINE, language))
    assert not re.search(r"viol|rape|abus|child|suicid|sex", say(Phrase.HOTLINE, language), re.IGNORECASE)


def test_a_phrase_is_said_in_the_language_asked_for() -> None:
    assert say(Phrase.CLOSED_THANKS, "fr", reference="K7M4").startswith("Merci")
    assert "K7M4" in say(Phrase.RECEIVED, "ne", reference="K7M4", organisation="Us")
    assert say(Phrase.STOPPED, "pt-BR") == say(Phrase.STOPPED, "pt")
    assert say(Phrase.STOPPED, "ar_EG") == say(Phrase.STOPPED, "ar")


def test_a_language_without_catalogue_gets_english() -> None:
    assert say(Phrase.STOPPED, "tlh") == Phrase.STOPPED.value
    assert say(Phrase.STOPPED, "../en") == Phrase.STOPPED.value


def test_a_missing_field_is_an_error_and_not_a_brace_on_a_phone() -> None:
    with pytest.raises(KeyError):
        say(Phrase.RECEIVED, "en")
