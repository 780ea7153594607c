"""The first answer: who has the message, its reference and how to stop, in one segment of SMS in every language."""

import pytest

from reporting.campaigns.consistency import EMERGENCY_UNITS_MOST
from reporting.campaigns.organisation import Organisation
from reporting.conversation.acknowledgement import acknowledge, explain, spell_for_gsm, welcome
from reporting.languages.sms_segments import GSM_7, UCS_2, measure
from reporting.languages.sms_texts import spoken_languages

LANGUAGES = sorted(spoken_languages())
REFERENCE = "K7M4X9QRWH"
NAMES = (
    "Us",
    "Dlo Pou Tout",
    "Federacao das Associacoes de Moradores do Municipio e dos Seus Bairros",
    "Federação Nacional de Água, Saúde e Educação",
    "नेपाल सरकार विपद् जोखिम न्यूनीकरण तथा व्यवस्थापन प्राधिकरण",
    "الهيئة العامة لمياه الشرب والصرف الصحي في المحافظة",
    "x" * 100,
)


def is_in_other_script(name: str) -> bool:
    return any(char > "\u024f" for char in name)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_an_acknowledgement_is_one_segment_whatever_the_name(language: str, name: str) -> None:
    text = acknowledge(name, REFERENCE, language)
    segments = measure(text)
    assert segments.count == 1
    is_latin = language not in {"ne", "ar"} and not is_in_other_script(name)
    assert segments.encoding == (GSM_7 if is_latin else UCS_2)
    assert REFERENCE in text
    assert "STOP" in text
    assert spell_for_gsm(name, language)[:2] in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_whom_to_call_comes_first_and_leaves_it_one_segment(language: str, name: str) -> None:
    encoding = UCS_2 if language in {"ne", "ar"} else GSM_7
    line = ("ख" if encoding == UCS_2 else "x") * EMERGENCY_UNITS_MOST[encoding]
    text = acknowledge(name, "K7M4X9QR", language, line)
    assert text.startswith(line)
    assert measure(text).count == 1
    assert "K7M4X9QR" in text
    assert "STOP" in text


def test_a_long_name_is_cut_between_words_where_that_leaves_enough() -> None:
    name = "Union of the Water Committees of the Northern Hills and of the Eastern Plains and Valleys"
    text = acknowledge(name, REFERENCE, "en")
    assert text.startswith("Union of the Water Committees of the Northern Hills")
    assert " has your message. Reference:" in text
    assert text.partition(" has your message")[0] in {" ".join(name.split()[:count]) for count in range(16)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_help_says_whom_to_call_who_listens_how_to_reach_them_and_how_to_stop(language: str) -> None:
    organisation = Organisation("Dlo Pou Tout", "+509 2800 0000", {"en": "Danger? Call 114."})
    text = explain(organisation, language, ["en"])
    assert text.startswith("Danger? Call 114. Dlo Pou Tout, +509 2800 0000. ")
    assert "STOP" in text
    assert measure(text).count <= (3 if language in {"ne", "ar"} else 2)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_welcome_says_what_the_number_is_for(language: str) -> None:
    text = welcome(Organisation("Dlo Pou Tout"), language)
    assert "Dlo Pou Tout" in text
    assert measure(text).count <= (2 if language in {"ne", "ar"} else 1)
