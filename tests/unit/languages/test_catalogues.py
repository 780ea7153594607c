"""The catalogues keep in step with the texts in the sources, and no translation is lost by it."""

import shutil
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from reporting.languages.catalogues import list_texts, update
from reporting.languages.spoken import CATALOGUES, PAGES, SMS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the catalogues."""
    return Path(shutil.copytree(CATALOGUES, tmp_path / "translations"))


def test_the_catalogues_are_as_the_script_writes_them(folder: Path) -> None:
    for path in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        before = path.read_text(encoding="utf-8")
        assert update(folder, path.parts[-3], path.stem) == []
        assert path.read_text(encoding="utf-8") == before, f"run script/translate: {path.parts[-3]}/{path.name}"


def test_a_new_language_lacks_every_text(folder: Path) -> None:
    for domain in (PAGES, SMS):
        assert len(update(folder, "de", domain, is_new=True)) == len(list(list_texts(domain)))


def test_no_catalogue_is_made_that_nobody_asked_for(folder: Path) -> None:
    assert update(folder, "de", PAGES) == []
    assert not (folder / "de").exists()


def test_a_text_that_is_gone_goes_and_a_new_one_comes_in_empty(folder: Path) -> None:
    path = folder / "fr" / "LC_MESSAGES" / "web.po"
    whole = path.read_text(encoding="utf-8")
    entry = next(part for part in whole.split("\n\n") if part.startswith('msgid "Queue"'))
    path.write_text(whole.replace(entry, 'msgid "A text of yesterday"\nmsgstr "Un texte d’hier"'), encoding="utf-8")
    assert update(folder, "fr", PAGES) == ["Queue"]
    with path.open("rb") as file:
        catalogue = read_po(file, locale="fr")
    assert "A text of yesterday" not in catalogue
    assert len(catalogue) > 100
