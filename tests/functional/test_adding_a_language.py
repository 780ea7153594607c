"""The guide docs/adding-a-language.md, followed in a copy of the program: Kelo is understood, answered and measured.

It needs one file and one catalogue; the test counts what it wrote.
"""

import csv
import json
import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.child import ROOT, run_child

GUIDE = (ROOT / "docs" / "adding-a-language.md").read_text(encoding="utf-8")
PROGRAM = ("bench", "channels", "config", "geo", "reporting", "tests/data", "wsgi.py")
WORDS = "reporting/languages/qaa.yaml"
CATALOGUE = "reporting/translations/qaa/LC_MESSAGES/messages.po"


class Copy:
    """A copy of the program in which the guide was followed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.told: dict[str, str] = {}

    def run(self, *command: str) -> str:
        """Run Python in the copy and return what it printed."""
        environment = {**os.environ, "PYTHONPATH": f"{self.folder}{os.pathsep}{ROOT}", "BARAZA_ENV": "development"}
        done = run_child(
            [sys.executable, *command], cwd=self.folder, env=environment, capture_output=True, text=True, timeout=600
        )
        self.told[" ".join(command)] = done.stdout + done.stderr
        return done.stdout

    def list_files(self) -> dict[str, bytes]:
        """The files with what they hold, without what Python and the program's settings write for themselves."""
        own = {"__pycache__", "var"}
        found = (path for path in self.folder.rglob("*") if path.is_file() and not own & set(path.parts))
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in found}


@pytest.fixture(scope="module")
def kelo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    """The program with the language of the guide, made by its steps."""
    copy = Copy(tmp_path_factory.mktemp("kelo"))
    for name in PROGRAM:
        source, target = ROOT / name, copy.folder / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "vendor"))
        else:
            shutil.copy(source, target)
    before = copy.list_files()
    [(template, path)] = re.findall(r"^cp (\S+) (\S+)$", GUIDE, re.MULTILINE)
    words = yaml.load((copy.folder / template).read_text(encoding="utf-8"), yaml.CBaseLoader)  # noqa: S506
    new = yaml.load(find_block("yaml"), yaml.CBaseLoader)  # noqa: S506
    (copy.folder / path).write_text(yaml.safe_dump(replace(words, new), allow_unicode=True), encoding="utf-8")
    copy.run("-m", "reporting.languages.catalogues", *re.findall(r"^script/translate (\w+)$", GUIDE, re.MULTILINE))
    catalogue = copy.folder / CATALOGUE
    msgid, msgstr = find_block("po").splitlines()
    catalogue.write_text(
        catalogue.read_text(encoding="utf-8").replace(f'{msgid}\nmsgstr ""', f"{msgid}\n{msgstr}"), encoding="utf-8"
    )
    after = copy.list_files()
    copy.told["touched"] = " ".join(sorted(name for name in after if after[name] != before.get(name)))
    yield copy
    shutil.rmtree(copy.folder)


@pytest.fixture(scope="module")
def measured(kelo: Copy) -> Copy:
    """The same, with the messages of the guide that measure it."""
    data = kelo.folder / "tests" / "data"
    (data / "leaving" / "qaa.tsv").write_text(find_block("tsv"), encoding="utf-8")
    with (data / "sensitive" / "cries.csv").open("a", encoding="utf-8") as cries:
        cries.write(find_block("csv"))
    return kelo


def find_block(kind: str) -> str:
    """The one block of the guide of a kind."""
    [block] = re.findall(rf"```{kind}\n(.*?)```", GUIDE, re.DOTALL)
    return str(block)


def replace(words: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """The words of a file with those of the guide in their place."""
    return {**words} | {
        key: replace(words.get(key, {}), value) if isinstance(value, dict) else value for key, value in new.items()
    }


def test_a_language_is_one_file_and_a_catalogue(kelo: Copy) -> None:
    assert kelo.told["touched"].split() == [WORDS, CATALOGUE]


def test_who_texts_in_it_is_understood_and_answered(kelo: Copy, database_url: str, redis_url: str) -> None:
    became = json.loads(
        kelo.run("-m", "tests.functional.texts_in_kelo", database_url, redis_url, str(kelo.folder / "var"))
    )
    [report] = became["report"]["reports"]
    assert (report["language"], report["topic"], report["sex"]) == ("qaa", "water", "F")
    assert (report["lon"], report["lat"]) == pytest.approx((83.985, 28.209 + 5 / 110.8), abs=0.005)
    assert 0 < report["hours"] < 48
    assert [became[name]["reports"][0]["reason"] for name in ("in danger", "in danger before")] == [
        "gender_based_violence",
        "gender_based_violence",
    ]
    for name in ("leaves", "leaves by concepts", "leaves in a sentence"):
        assert (became[name]["has_left"], became[name]["told"][-1]) == (True, "Nexi mesazu plu. Ruzapu: START.")
    assert not became["is back"]["has_left"]
    assert not became["forgotten"].get("reports")
    assert len(became["not forgotten"]["reports"]) == 1
    assert not became["greets"]["reports"]


def test_the_commands_of_the_guide_read_it_without_a_database(kelo: Copy, tmp_path: Path) -> None:
    (tmp_path / "texts.csv").write_text("text\nedzuvo batuzu mi\nzapu\nnexi akvozu jerzu\n", encoding="utf-8")
    commands = re.findall(r"^flask (--app wsgi \w+ \w+) texts.csv --text-column text -o (\S+)$", GUIDE, re.MULTILINE)
    read = {}
    for command, output in commands:
        kelo.run("-m", "flask", *command.split(), str(tmp_path / "texts.csv"), "--text-column", "text",
                 "-o", str(tmp_path / output))  # fmt: skip
        with (tmp_path / output).open(encoding="utf-8", newline="") as file:
            read[output] = list(csv.DictReader(file))
    assert [row["intent"] for row in read["intents.csv"]] == ["report", "command", "report"]
    assert [row["reason"] for row in read["restricted.csv"]] == ["gender_based_violence", "", ""]


@pytest.mark.usefixtures("measured")
def test_the_benches_of_the_guide_tell_how_well_it_is_read(kelo: Copy) -> None:
    modules = re.findall(r"^python -m (bench\.\w+)$", GUIDE, re.MULTILINE)
    assert modules == ["bench.leaving", "bench.sensitive"]
    figures = {}
    for module in modules:
        kelo.run("-m", module, "--data", str(kelo.folder), "--json", str(kelo.folder / "figures.json"))
        figures[module] = json.loads((kelo.folder / "figures.json").read_text(encoding="utf-8"))
    leaving = figures["bench.leaving"]["languages"]["qaa"]["all"]
    assert leaving == {
        "stop": 2, "stop_found": 2, "forget": 1, "forget_found": 1, "reports": 1, "false_alarms": 0,
    }  # fmt: skip
    cries = figures["bench.sensitive"]["labelled"]["cries"]
    assert {half: cries[half]["language"]["qaa"]["kept_back"] for half in ("tuned", "held")} == {"tuned": 1, "held": 1}
