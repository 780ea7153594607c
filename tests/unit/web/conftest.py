"""Requests in one language, without a database."""

from collections.abc import Iterator

import pytest
from flask import Flask

from reporting.web.i18n import configure_language


def _make_app() -> Flask:
    made = Flask(__name__)
    made.config["SECRET_KEY"] = "a-secret-of-the-tests"
    configure_language(made)
    return made


@pytest.fixture
def arabic() -> Iterator[None]:
    """A page in Arabic."""
    with _make_app().test_request_context(headers={"Accept-Language": "ar"}):
        yield


@pytest.fixture
def english() -> Iterator[None]:
    """A page in English."""
    with _make_app().test_request_context(headers={"Accept-Language": "en"}):
        yield
