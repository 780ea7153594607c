"""The pages speak every language that has a catalogue, and write days and names as that language does."""

from datetime import date

import pytest
from flask import Flask

from reporting.languages.spoken import PAGES, list_languages
from reporting.web.data.formatting import write_day
from reporting.web.i18n import configure_language, select_language


@pytest.fixture
def pages() -> Flask:
    """An application that knows the visitor's language, and nothing else."""
    made = Flask(__name__)
    made.config["SECRET_KEY"] = "a-secret-of-the-tests"
    configure_language(made)
    return made


def test_a_language_is_called_as_it_calls_itself_english_first() -> None:
    names = {language.code: language.name for language in list_languages(PAGES)}
    assert next(iter(names)) == "en"
    assert names["es"] == "Español"
    assert names["pt"] == "Português"
    assert names["ht"] == "Kreyòl ayisyen"


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        *(("es-419,es;q=0.9,en;q=0.8", "es"), ("es-MX", "es"), ("pt-BR,pt;q=0.9,en;q=0.8", "pt"), ("pt-MZ", "pt")),
        *(("ar-YE", "ar"), ("de-DE,fr;q=0.5", "fr"), ("tlh", "en")),
    ],
)
def test_a_browser_that_asks_for_a_country_gets_its_language(pages: Flask, wanted: str, code: str) -> None:
    with pages.test_request_context(headers={"Accept-Language": wanted}):
        assert select_language() == code


@pytest.mark.parametrize(
    ("code", "written"),
    [
        *(("en", "29 November 2026"), ("es", "29 de noviembre de 2026"), ("pt", "29 de novembro de 2026")),
        *(("fr", "29 novembre 2026"), ("ne", "2026 नोभेम्बर 29"), ("ar", "29 نوفمبر 2026")),
    ],
)
def test_a_day_is_written_as_the_language_writes_it(pages: Flask, code: str, written: str) -> None:
    with pages.test_request_context(headers={"Accept-Language": code}):
        assert write_day(date(2026, 11, 29)) == written
