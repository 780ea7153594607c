"""One word for one thing: no name that the glossary retired is used again, in code, statements or docs."""

import re
from collections.abc import Iterator

from tests.child import run_child
from tests.conftest import ROOT

_ROW = re.compile(r"^\| `(\w+)` \| `(\w+)` \|$", re.MULTILINE)
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


def list_sources() -> Iterator[str]:
    """The tracked files in which names stand."""
    done = run_child(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in done.stdout.split("\0"):
        if name.endswith((".py", ".md", ".html", ".js", ".toml")) and not name.startswith(_HISTORY):
            yield name


def test_no_retired_name_is_used() -> None:
    retired = read_retired()
    assert len(retired) > 50
    pattern = re.compile(rf"(?<![\w-])(?:{'|'.join(retired)})(?![\w-])")
    found = [
        f"{name}:{number}: {match[0]} is {retired[match[0]]} now"
        for name in list_sources()
        if (ROOT / name).is_file()
        for number, line in enumerate((ROOT / name).read_text(encoding="utf-8").splitlines(), start=1)
        for match in pattern.finditer(line)
    ]
    assert found == []
