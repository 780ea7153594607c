"""The address of the database: usual spellings are taken, others refused in one line that does not repeat them."""

import pytest

from config.errors import SettingsError
from reporting.bootstrap import normalise_database_url

TAKEN = "postgresql+psycopg://someone:p%40ss@db.example:5433/baraza"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_usual_spellings_are_taken(scheme: str) -> None:
    assert normalise_database_url(TAKEN.replace("postgresql+psycopg", scheme)) == TAKEN


@pytest.mark.parametrize(
    "url",
    [
        "mysql://someone:secret@db/x",
        "postgresql+asyncpg://someone:secret@db/x",
        "postgresql://someone:secret@db:port/x",
        "someone:secret@db",
        "",
    ],
)
def test_another_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(SettingsError, match="DATABASE_URL takes postgresql://") as refused:
        normalise_database_url(url)
    assert "secret" not in str(refused.value)
