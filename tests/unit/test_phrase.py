"""The texts that go out: complete, harmless on a shared phone, and within their budget of segments."""

import re
import string
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from reporting.intake import phrase
from reporting.intake.keyword import Command, find_command
from reporting.intake.phrase import REFERENCE_LONGEST, Phrase, budget, say, spoken_languages
from reporting.intake.segment import GSM_7, UCS_2, measure

LANGUAGES = ("en", "fr", "es", "sw", "ht", "ne", "pt", "ar")
CATALOGUES = Path(phrase.__file__).parent.parent / "translations"
REFERENCE = "W" * REFERENCE_LONGEST


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_eight_languages_are_spoken() -> None:
    assert spoken_languages() == set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", list(Phrase))
def test_a_phrase_keeps_to_its_budget(key: Phrase, language: str) -> None:
    segments = measure(say(key, language, reference=REFERENCE))
    print(f"{language} {key.name:10} {segments.encoding} {segments.units:4} units {segments.count} segments")
    assert segments.encoding == (UCS_2 if language in {"ne", "ar"} else GSM_7)
    assert segments.count <= budget(key, language)
    assert budget(key, language) <= (2 if language in {"ne", "ar"} else 1)


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
    named = re.findall(r"\b[A-Z]{4,5}\b", say(key, language, reference="x1"))
    assert all(find_command(word) in {Command.STOP, Command.START} for word in named)
    expected = {Phrase.STOPPED: "START", Phrase.STARTED: "STOP", Phrase.HELP: "STOP", Phrase.RECEIVED: "STOP"}
    assert named == [expected[key]] if key in expected else not named


def test_a_phrase_is_said_in_the_language_asked_for() -> None:
    assert say(Phrase.RECEIVED, "fr", reference="K7M4").startswith("Merci")
    assert "K7M4" in say(Phrase.RECEIVED, "ne", reference="K7M4")
    assert say(Phrase.STOPPED, "pt-BR") == say(Phrase.STOPPED, "pt")
    assert say(Phrase.STOPPED, "ar_EG") == say(Phrase.STOPPED, "ar")


def test_a_language_without_catalogue_gets_english() -> None:
    assert say(Phrase.STOPPED, "tlh") == Phrase.STOPPED.value
    assert say(Phrase.STOPPED, "../en") == Phrase.STOPPED.value


def test_a_missing_field_is_an_error_and_not_a_brace_on_a_phone() -> None:
    with pytest.raises(KeyError):
        say(Phrase.RECEIVED, "en")
