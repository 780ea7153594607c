"""Every code that a figure can have is named in every language, and no verdict is shown as its code."""

import pytest
from flask import Flask
from flask_babel import force_locale

from reporting.population.code_lists import DIMENSIONS
from reporting.population.raking import RakingRefusal
from reporting.population.representation import Silence, Verdict
from reporting.web.code_labels import REFUSALS, SILENCES, VERDICTS, configure_code_labels, name_code
from reporting.web.i18n import configure_language


@pytest.fixture(scope="module")
def app() -> Flask:
    made = Flask("labels")
    configure_language(made)
    configure_code_labels(made)
    return made


@pytest.mark.parametrize("language", ["en", "ne", "ht", "ar"])
def test_every_code_of_every_list_is_named(app: Flask, language: str) -> None:
    with app.test_request_context(), force_locale(language):
        named = {
            (dimension, code): name_code(code, dimension)
            for dimension, codes in DIMENSIONS.items()
            for code in codes.names
        }
    assert len(named) > 40
    assert [key for key, label in named.items() if label == key[1]] == []


def test_ages_are_named_from_their_band(app: Flask) -> None:
    with app.test_request_context(), force_locale("fr"):
        assert name_code("Y15T24", "age") == "De 15 à 24 ans"
        assert name_code("Y_GE65", "age") == "65 ans et plus"
        assert name_code("_T", "age") == "Tous les âges"
        assert name_code("_T", "sex") == "Tous"


def test_a_code_that_no_list_has_is_shown_as_it_is(app: Flask) -> None:
    with app.test_request_context():
        assert name_code("CITY", "urban") == "CITY"
        assert name_code("children", "age") == "children"


def test_every_verdict_has_words() -> None:
    assert set(VERDICTS) == set(Verdict)
    assert set(SILENCES) == set(Silence)
    assert set(REFUSALS) == set(RakingRefusal)
