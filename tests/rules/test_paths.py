"""The tracked files name no place of the machine they were written on."""

import re

import pytest

from tests.child import run_child
from tests.conftest import ROOT

# Put together here, so that this file does not find itself.
_OF_A_MACHINE = re.compile("|".join("/" + name for name in ("work/", "farm/", "tmp/[a-z]", "root/[a-z.]", "opt/[a-z]")))


def _tracked() -> list[str]:
    done = run_child(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip("not a git checkout: there is no list of tracked files")
    return [name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def _read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8", errors="replace")


def test_a_path_of_a_machine_would_be_found() -> None:
    assert _OF_A_MACHINE.search('open("' + "/" + 'tmp/x")')
    assert not _OF_A_MACHINE.search("docs/install.md")


def test_no_tracked_file_names_a_place_of_a_machine() -> None:
    found = [
        f"{name}:{number}"
        for name in _tracked()
        for number, line in enumerate(_read(name).splitlines(), start=1)
        if _OF_A_MACHINE.search(line)
    ]
    assert found == []
