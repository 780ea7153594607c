"""An installation's own file of a language is read by every process, whatever it imports first."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from reporting.languages.spoken import CATALOGUES
from tests.child import ROOT, run_child

_SAY = """
from config.languages.load import use_folder
from config.settings import load_settings
from reporting.languages.sms_texts import Phrase, say
from reporting.languages.spoken import PAGES, SMS, list_languages
from reporting.web.formatting import name_language

use_folder(load_settings().languages_folder)
print(say(Phrase.KEPT, "qaa"))
print(*(language.name for language in list_languages(SMS)), sep=", ")
print("Qaa" in [language.name for language in list_languages(PAGES)])
print(name_language("qaa"), name_language("qab"))
"""

_START = """
import reporting.app
from config.languages.load import load_languages
from config.settings import load_settings
from reporting.bootstrap import bootstrap

bootstrap(load_settings())
print(*load_languages())
"""


@pytest.fixture
def qaa(tmp_path: Path) -> Path:
    """A folder with one language, whose words are English ones."""
    words = (ROOT / "reporting" / "languages" / "en.yaml").read_text(encoding="utf-8")
    (tmp_path / "qaa.yaml").write_text(words.replace("name: English", "name: Qaa", 1), encoding="utf-8")
    return tmp_path


def run_python(folder: Path, *command: str) -> "subprocess.CompletedProcess[str]":
    """Run Python with the folder of languages."""
    environment = {**os.environ, "LANGUAGES_FOLDER": str(folder), "BARAZA_ENV": "development"}
    return run_child([sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True)


def test_a_file_in_the_folder_of_languages_is_one_more_language(qaa: Path) -> None:
    assert "qaa" in run_python(qaa, "-c", _START).stdout.split()


def test_its_catalogue_stands_beside_it(qaa: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in CATALOGUES.rglob("*.po")}
    made = run_python(qaa, "-m", "reporting.languages.catalogues", "qaa")
    assert made.returncode == 1
    assert "qaa/messages.po: " in made.stdout
    assert {path: path.stat().st_mtime_ns for path in CATALOGUES.rglob("*.po")} == before
    [catalogue] = (qaa / "qaa").rglob("*.po")  # no pages in a language that CLDR does not know
    untranslated = catalogue.read_text(encoding="utf-8")
    empty = 'msgid "Nothing has been deleted."\nmsgstr "'
    assert empty in untranslated
    catalogue.write_text(untranslated.replace(empty, f"{empty}Nexi lomeza."), encoding="utf-8")
    shutil.copy(catalogue, catalogue.with_name("web.po"))  # not shown: nobody could write its dates
    said, in_sms, on_pages, named = run_python(qaa, "-c", _SAY).stdout.splitlines()
    assert said == "Nexi lomeza."
    assert "Qaa" in in_sms.split(", ")
    assert on_pages == "False"
    assert named == "Qaa qab"


def test_a_code_that_is_no_language_is_refused(qaa: Path) -> None:
    made = run_python(qaa, "-m", "reporting.languages.catalogues", "qab")
    assert (made.returncode, made.stderr) == (2, "translate: 'qab' is no code of a language\n")
