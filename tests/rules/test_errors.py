"""Every error of ours has one root, so that an edge needs no list of families."""

import ast
import builtins
from collections.abc import Iterator

from tests.rules.source_tree import list_modules

# They end a transaction or a process of our own and reach no edge.
_CONTROL = {"_Stopped", "_OnlyCounted"}


_PYTHONS = {name for name, each in vars(builtins).items() if isinstance(each, type) and issubclass(each, BaseException)}


def list_errors() -> Iterator[str]:
    """The classes that derive straight from Python's own errors."""
    for _, tree in list_modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and _PYTHONS & {ast.unparse(base) for base in node.bases}:
                yield node.name


def test_every_error_has_our_root() -> None:
    assert set(list_errors()) - _CONTROL == {"BarazaError"}
