"""The tracked files name no place of the machine they were written on, the locks no place they were fetched from."""

import re
import subprocess

import pytest

from tests.conftest import ROOT

# Put together here, so that this file does not find itself.
_OF_A_MACHINE = re.compile("|".join("/" + name for name in ("work/", "farm/", "tmp/[a-z]", "root/[a-z.]", "opt/[a-z]")))
_ADDRESS = re.compile(r"\b(?:https?|git\+\w+|file)://")
_LOCKS = ("requirements.txt", "requirements-dev.txt", "package-lock.json")


def _tracked() -> list[str]:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip("not a git checkout: there is no list of tracked files")
    return [name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def _read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8", errors="replace")


def test_a_path_of_a_machine_would_be_found() -> None:
    assert _OF_A_MACHINE.search('open("' + "/" + 'tmp/x")')
    assert not _OF_A_MACHINE.search("docs/work/plan.md".replace("docs/", ""))


def test_no_tracked_file_names_a_place_of_a_machine() -> None:
    found = [
        f"{name}:{number}"
        for name in _tracked()
        for number, line in enumerate(_read(name).splitlines(), start=1)
        if _OF_A_MACHINE.search(line)
    ]
    assert found == []


@pytest.mark.parametrize("name", _LOCKS)
def test_a_lock_names_versions_and_hashes_and_no_address_to_fetch_from(name: str) -> None:
    lines = [line for line in _read(name).splitlines() if '"url":' not in line]  # where a package asks for donations
    assert lines, f"{name} is empty"
    assert [line for line in lines if _ADDRESS.search(line)] == []


def test_every_requirement_is_locked_with_a_hash() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        entries = re.split(r"\n(?=[A-Za-z0-9])", re.sub(r"(?m)^#.*\n", "", _read(name)).strip())
        assert [
            entry.partition(" ")[0] for entry in entries if "==" not in entry or "--hash=sha256:" not in entry
        ] == []
