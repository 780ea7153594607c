"""Every setting that the program reads is a row of docs/settings.md, with default, meaning and example; no other is."""

import ast
import re

import pytest

from config import mode
from tests.conftest import ROOT

_SOURCE = ROOT / "config" / "settings.py"
_READ_ELSEWHERE = {mode.SETTING}  # which is looked up in the environment and in the file apart
_READERS = ("str", "int", "bool", "float", "list", "get", "getenv")
_ROW = re.compile(r"^\| `([A-Z][A-Z_]+)` \|(.*)\|$", re.MULTILINE)


def _read_names() -> set[str]:
    """The names in `env.str("NAME", ...)`, `os.environ.get("NAME")` and their like."""
    return _READ_ELSEWHERE | {
        node.args[0].value
        for node in ast.walk(ast.parse(_SOURCE.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in _READERS
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and re.fullmatch(r"[A-Z][A-Z_]+", str(node.args[0].value))
    }


def _documented() -> dict[str, list[str]]:
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    return {name: [cell.strip() for cell in rest.split("|")] for name, rest in _ROW.findall(text)}


def test_the_settings_are_found_in_the_source() -> None:
    assert {"BARAZA_VAR", "DATABASE_URL", "PORT", "TWILIO_AUTH_TOKEN"} <= _read_names()


@pytest.mark.parametrize("name", sorted(_read_names()))
def test_a_setting_is_documented_with_default_meaning_and_example(name: str) -> None:
    cells = _documented().get(name)
    assert cells is not None, f"{name} has no row in docs/settings.md"
    assert len(cells) == 3, f"the row of {name} has no default, meaning and example"
    assert all(cells), f"a cell of {name} is empty"


def test_nothing_is_documented_that_is_not_read() -> None:
    assert set(_documented()) <= _read_names()


def test_no_other_module_reads_the_environment() -> None:
    """The launcher writes one variable, for the supervisor; it reads none."""
    readers = re.compile(r"\bos\.(environ\.get|environ\[\"\w+\"\](?! =)|getenv)\b")
    found = [
        str(path.relative_to(ROOT))
        for folder in ("config", "geo", "channels", "reporting")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if path != _SOURCE and readers.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []
