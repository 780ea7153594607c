"""One word for one thing: no name that the glossary retired is used again, in code, statements or docs."""

import ast
import re
from collections.abc import Iterator

from tests.child import run_child
from tests.conftest import ROOT
from tests.rules.source_tree import list_modules

_ROW = re.compile(r"^\| `(\w+)` \| `(\w+)`[^|]*\|$", re.MULTILINE)
_WORDS = re.compile(r"^\| ([a-z][a-z, ]*) \| [^|]+ \|$", re.MULTILINE)
_COMMAND = re.compile(r"`[^`]*`")  # code and commands are called as they are called
_EVENT = re.compile(r"_log\.\w+$|^log\.\w+$")
# What was decided stands as it was decided, and old migrations speak of old tables.
_HISTORY = (
    "CHANGELOG.md",
    "docs/adr/",
    "docs/glossary.md",
    "reporting/migrations/versions/",
    "tests/rules/test_migrations.py",
)


def read_retired() -> dict[str, str]:
    """The retired names with what stands in their place."""
    page = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    return dict(_ROW.findall(page.partition("## Retired names")[2]))


def read_words(title: str) -> set[str]:
    """The retired words of the table below `| TITLE | now |`."""
    page = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    rows = page.partition(f"| {title} | now |\n|---|---|\n")[2].partition("\n\n")[0]
    return {word for row in _WORDS.findall(f"{rows}\n") for word in row.split(", ")}


def list_docstrings() -> Iterator[tuple[str, str]]:
    """The docstrings with their modules, without what stands in backticks."""
    for path, tree in list_modules():
        for node in ast.walk(tree):
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
                yield path, _COMMAND.sub("", ast.get_docstring(node) or "")


def list_events() -> Iterator[tuple[str, str]]:
    """The names of log events and metrics with their modules."""
    for path, tree in list_modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                name, called = node.args[0].value, ast.unparse(node.func)
                if isinstance(name, str) and (_EVENT.search(called) or name.startswith("baraza_")):
                    yield path, name


def list_sources() -> Iterator[str]:
    """The tracked files in which names stand."""
    done = run_child(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in done.stdout.split("\0"):
        if name.endswith((".py", ".md", ".html", ".js", ".toml")) and not name.startswith(_HISTORY):
            yield name


def test_no_retired_name_is_used() -> None:
    retired = read_retired()
    assert len(retired) > 50
    # But for the labels of keyed hashes, which are part of what is stored.
    pattern = re.compile(rf"(?<![\w-])(?<!b\")(?:{'|'.join(retired)})(?![\w-])")
    found = [
        f"{name}:{number}: {match[0]} is {retired[match[0]]} now"
        for name in list_sources()
        if (ROOT / name).is_file()
        for number, line in enumerate((ROOT / name).read_text(encoding="utf-8").splitlines(), start=1)
        for match in pattern.finditer(line)
    ]
    assert found == []


def test_no_docstring_uses_a_retired_word() -> None:
    words = read_words("retired word")
    assert {"likeness", "cry for help"} <= words
    pattern = re.compile(rf"(?<![\w-])(?:{'|'.join(words)})(?![\w-])", re.IGNORECASE)
    assert [(path, match[0]) for path, text in list_docstrings() for match in pattern.finditer(text)] == []


def test_no_log_event_or_metric_uses_a_retired_word() -> None:
    retired = read_words("retired word") | read_words("retired in events")
    assert {"likeness", "away"} <= retired
    events = list(list_events())
    assert len(events) > 50
    assert [(path, name) for path, name in events if retired & set(name.split("_"))] == []


def test_every_counter_says_that_it_is_a_total() -> None:
    counters = [
        ast.literal_eval(node.args[0])
        for _, tree in list_modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Counter" and len(node.args) > 1
    ]
    assert len(counters) > 4
    assert [name for name in counters if not name.endswith("_total")] == []
