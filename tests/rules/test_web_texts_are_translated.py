"""Every text of the pages is in every catalogue, whole, with the same fields, so that no page mixes two languages."""

import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from reporting.languages import catalogues
from reporting.languages.spoken import CATALOGUES, PAGES, SMS, SOURCE_LANGUAGE, find_catalogue, list_languages
from reporting.web.i18n import load_catalogue

_REPORTING = Path(__file__).resolve().parents[2] / "reporting"
_KEYWORDS = {"gettext": None, "_": None, "lazy_gettext": None, "ngettext": (1, 2)}
_FIELD = re.compile(r"%\(\w+\)[sd]")
TRANSLATED = sorted(path.name for path in CATALOGUES.iterdir() if path.is_dir())


@cache
def list_texts() -> frozenset[str]:
    """What the pages say, in English; of a plural its first form."""
    methods = [("**.py", "python"), ("**.html", "jinja2")]
    found = extract_from_dir(str(_REPORTING), method_map=methods, keywords=_KEYWORDS)
    return frozenset(text if isinstance(text, str) else text[0] for _file, _line, text, _comments, _context in found)


def read_catalogue(code: str, domain: str = PAGES) -> Catalog:
    """The catalogue of a language as it stands in the repository."""
    with find_catalogue(code, domain).open("rb") as file:
        return read_po(file, locale=code)


def find_finished(code: str, domain: str) -> set[str]:
    """The texts in English that have a translation with all of its forms; of a plural the first form."""
    return {
        message.id if isinstance(message.id, str) else message.id[0]
        for message in read_catalogue(code, domain)
        if message.id and not message.fuzzy and all(list_forms(message))
    }


def list_forms(message: Message) -> tuple[str, ...]:
    """The translations of a message, one for each plural form."""
    return tuple(message.string) if isinstance(message.string, (list, tuple)) else (message.string,)


def test_the_pages_say_something() -> None:
    assert "Queue" in list_texts()
    assert len(list_texts()) > 150


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_text_of_the_pages_is_translated_whole(code: str) -> None:
    assert list_texts() - find_finished(code, PAGES) == set()


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_text_that_goes_out_by_sms_is_translated_whole(code: str) -> None:
    assert set(catalogues.list_texts(SMS)) - find_finished(code, SMS) == set()


@pytest.mark.parametrize("domain", [PAGES, SMS])
def test_every_language_is_spoken_by_sms_and_on_the_pages(domain: str) -> None:
    assert {language.code for language in list_languages(domain)} == {SOURCE_LANGUAGE, *TRANSLATED}


@pytest.mark.parametrize("code", TRANSLATED)
def test_no_translation_is_left_of_a_text_that_is_gone(code: str) -> None:
    known = {message.id if isinstance(message.id, str) else message.id[0] for message in read_catalogue(code)}
    assert known - list_texts() - {""} == set()


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_translation_has_the_fields_of_its_text(code: str) -> None:
    for message in read_catalogue(code):
        if not message.id or isinstance(message.id, tuple):
            continue  # a plural form such as "two messages" may spell its number out
        assert sorted(_FIELD.findall(message.id)) == sorted(_FIELD.findall(list_forms(message)[0])), message.id


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_plural_fills_the_fields_it_names(code: str) -> None:
    for message in read_catalogue(code):
        if isinstance(message.id, tuple):
            fields = set(_FIELD.findall(message.id[0]))
            assert all(set(_FIELD.findall(form)) <= fields for form in list_forms(message)), message.id


@pytest.mark.parametrize(
    ("number", "words"), [(1, "حرف واحد"), (2, "حرفان"), (7, "7 حروف"), (12, "12 حرفًا"), (100, "100 حرف")]
)
def test_arabic_counts_in_its_six_forms(number: int, words: str) -> None:
    said = load_catalogue("ar").ngettext("%(num)d character", "%(num)d characters", number)
    assert (said % {"num": number} if "%" in said else said) == words
