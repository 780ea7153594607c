"""The lock files hold exact versions with hashes, no address to fetch from, and enough for each Python that we take."""

import re
from importlib.metadata import distribution

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import ROOT

_PYTHON_LOCKS = ("requirements.txt", "requirements-dev.txt", "requirements-setup.txt")
_LOCKS = (*_PYTHON_LOCKS, "package-lock.json", "tests/prism/package-lock.json")
_ADDRESS = re.compile(r"\b(?:https?|git\+\w+|file)://")
# The oldest that pyproject.toml allows is not the one that the lock is made with. Debian 12 has 3.11.2, Debian 13 3.13.
_PYTHONS = ("3.11.0", "3.11.2", "3.12.0", "3.13.5")


def _read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _locked(name: str = "requirements.txt") -> set[str]:
    return {canonicalize_name(found) for found in re.findall(r"(?m)^([A-Za-z0-9][\w.-]*)(?:\[\S+\])?==", _read(name))}


@pytest.mark.parametrize("name", _LOCKS)
def test_a_lock_names_no_address_to_fetch_from(name: str) -> None:
    lines = [line for line in _read(name).splitlines() if '"url":' not in line]  # where a package asks for donations
    assert lines, f"{name} is empty"
    assert [line for line in lines if _ADDRESS.search(line)] == []


@pytest.mark.parametrize("name", _PYTHON_LOCKS)
def test_every_requirement_is_locked_with_a_hash(name: str) -> None:
    entries = re.split(r"\n(?=[A-Za-z0-9])", re.sub(r"(?m)^#.*\n", "", _read(name)).strip())
    assert entries
    assert [entry.partition(" ")[0] for entry in entries if "==" not in entry or "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("name", _PYTHON_LOCKS)
def test_every_requirement_has_its_reason_and_is_locked(name: str) -> None:
    lines = [line for line in _read(name.replace(".txt", ".in")).splitlines() if line and line[0] not in "#-"]
    wanted = [re.fullmatch(r"([\w.-]+)(\[[\w,]+\])?(<\d+)? +# \S.{5,}", line) for line in lines]
    assert [line for line, match in zip(lines, wanted, strict=True) if match is None] == []
    names = [canonicalize_name(match[1]) for match in wanted if match is not None]
    assert sorted(set(names)) == sorted(names)
    assert set(names) <= _locked(name)


@pytest.mark.parametrize("python", _PYTHONS)
def test_the_lock_holds_what_each_package_needs_on_every_python(python: str) -> None:
    environment = {"python_full_version": python, "python_version": python.rpartition(".")[0], "extra": ""}
    missing = {
        f"{name} needs {requirement}"
        for name in _locked()
        for requirement in map(Requirement, distribution(name).requires or [])
        if requirement.marker is None or requirement.marker.evaluate(environment)
        if canonicalize_name(requirement.name) not in _locked()
    }
    assert missing == set()
