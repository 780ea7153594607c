"""The modules of the program, parsed once, for rules that read them."""

import ast
from collections.abc import Iterator
from functools import cache

from tests.conftest import ROOT

ROOMS = ("reporting", "channels", "geo", "config")


def list_modules(*rooms: str) -> Iterator[tuple[str, ast.Module]]:
    """Path and tree of each module of these rooms, but for the migrations, which know what was stored then."""
    for room in rooms or ROOMS:
        yield from _parse(room)


@cache
def _parse(room: str) -> list[tuple[str, ast.Module]]:
    return [
        (path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8")))
        for path in sorted((ROOT / room).rglob("*.py"))
        if "migrations" not in path.parts
    ]


def list_constants(tree: ast.AST) -> Iterator[str]:
    """The strings in a tree, also those that are parts of f-strings."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
