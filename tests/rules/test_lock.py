"""The lock files hold exact versions with hashes, no address to fetch from, and enough for each Python that we take."""

import re
from importlib.metadata import distribution

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import ROOT

_LOCKS = ("requirements.txt", "requirements-dev.txt", "package-lock.json", "tests/prism/package-lock.json")
_ADDRESS = re.compile(r"\b(?:https?|git\+\w+|file)://")
# The oldest that pyproject.toml allows is not the one that the lock is made with. Debian 12 has 3.11.2, Debian 13 3.13.
_PYTHONS = ("3.11.0", "3.11.2", "3.12.0", "3.13.5")


def _read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _locked() -> set[str]:
    return {canonicalize_name(name) for name in re.findall(r"(?m)^([A-Za-z0-9][\w.-]*)==", _read("requirements.txt"))}


@pytest.mark.parametrize("name", _LOCKS)
def test_a_lock_names_no_address_to_fetch_from(name: str) -> None:
    lines = [line for line in _read(name).splitlines() if '"url":' not in line]  # where a package asks for donations
    assert lines, f"{name} is empty"
    assert [line for line in lines if _ADDRESS.search(line)] == []


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_locked_with_a_hash(name: str) -> None:
    entries = re.split(r"\n(?=[A-Za-z0-9])", re.sub(r"(?m)^#.*\n", "", _read(name)).strip())
    assert len(entries) > 5
    assert [entry.partition(" ")[0] for entry in entries if "==" not in entry or "--hash=sha256:" not in entry] == []


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
