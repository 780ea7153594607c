"""No function that reads what strangers write is forgotten where its time is measured (test_processor_time.py)."""

import ast
from collections.abc import Iterator
from typing import Final

from tests.conftest import ROOT
from tests.strangers import SUBJECTS
from tests.unit.not_reading import NOT_READING

_ROOTS: Final = ("geo", "channels", "reporting")
# What parameters are called that hold words of strangers.
_TOLD: Final = frozenset({"text", "texts", "plain", "bare", "typed", "said", "words", "told", "body", "raw", "html"})
_KINDS: Final = frozenset({"str", "bytes", "str | None", "Sequence[str]", "Iterable[str]", "list[str]"})


def _list_readers() -> Iterator[str]:
    """Public functions and methods with a parameter for what strangers wrote."""
    for root in _ROOTS:
        for path in sorted((ROOT / root).rglob("*.py")):
            module = path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                inside = node.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_") else [node]
                for function in inside:
                    if isinstance(function, ast.FunctionDef) and _takes_words(function):
                        prefix = f"{node.name}." if isinstance(node, ast.ClassDef) else ""
                        yield f"{module}.{prefix}{function.name}"


def _takes_words(function: ast.FunctionDef) -> bool:
    parameters = (*function.args.args, *function.args.kwonlyargs, *filter(None, [function.args.vararg]))
    return not function.name.startswith("_") and any(
        each.arg in _TOLD and each.annotation is not None and ast.unparse(each.annotation) in _KINDS
        for each in parameters
    )


def test_every_function_that_reads_what_strangers_write_is_timed() -> None:
    """A new one is put into tests/strangers.py to be timed, or into tests/unit/not_reading.py with why not."""
    timed = {name.partition(":")[0] for name in SUBJECTS}
    found = set(_list_readers())
    assert sorted(found - timed - NOT_READING.keys()) == []
