"""What people read of a place is made from codes where they read it; no code compares, parses or stores it."""

import ast
from collections.abc import Iterator
from pathlib import Path

from geo.resolver import english_reasons
from reporting.web import place_reasons

_ROOT = Path(__file__).resolve().parents[2]
_WORDED_IN = {
    _ROOT / "geo/resolver/english_reasons.py", _ROOT / "reporting/web/place_reasons.py",
}  # fmt: skip
_MAY_IMPORT = {
    "geo.resolver.english_reasons": {_ROOT / "geo/resolver/geocode_csv.py"},
    "reporting.web.place_reasons": {_ROOT / "reporting/web/blueprints.py"},
}


def list_modules() -> Iterator[tuple[Path, ast.Module]]:
    """Each module of the program but its migrations, which know what earlier versions stored."""
    for room in ("geo", "reporting", "channels", "config"):
        for path in (_ROOT / room).rglob("*.py"):
            if "migrations" not in path.parts:
                yield path, ast.parse(path.read_text(encoding="utf-8"))


def test_what_is_worded_is_imported_only_where_people_read_it() -> None:
    for path, tree in list_modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module in _MAY_IMPORT:
                assert path in _MAY_IMPORT[node.module], f"{path} imports {node.module}"


def test_no_module_holds_a_sentence_of_the_wording() -> None:
    worded = {str(each) for each in (*english_reasons.WORDING.values(), *place_reasons.WORDING.values())}
    sentences = {each for each in worded if " " in each}
    for path, tree in list_modules():
        held = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
        assert path in _WORDED_IN or not held & sentences, path


def test_nothing_is_left_of_the_sentence_that_was_stored() -> None:
    for path, tree in list_modules():
        for node in ast.walk(tree):
            name = (
                node.attr if isinstance(node, ast.Attribute) else node.value if isinstance(node, ast.Constant) else ""
            )
            assert not (isinstance(name, str) and "place_match" in name), path
