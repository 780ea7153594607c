"""Every error of ours has one root, so that an edge needs no list of families."""

import ast
from collections.abc import Iterator

from tests.conftest import ROOT

# They end a transaction or a process of our own and reach no edge.
_CONTROL = {"_Stopped", "_OnlyCounted"}


def list_errors() -> Iterator[str]:
    """The classes that derive straight from Python's own errors."""
    for root in ("reporting", "channels", "geo", "config"):
        for path in sorted((ROOT / root).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ClassDef) and any(ast.unparse(base) == "Exception" for base in node.bases):
                    yield node.name


def test_every_error_has_our_root() -> None:
    assert set(list_errors()) - _CONTROL == {"BarazaError"}
