"""What is installed at run time may be used in an Apache-2.0 project and passed on with it."""

import re
from collections.abc import Iterator
from importlib.metadata import distribution

import pytest

from tests.conftest import ROOT

_ALLOWED = frozenset(
    {
        "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "MIT", "MIT-0", "MIT-CMU", "MPL-2.0",
        "PSF-2.0",
        "Unlicense", "Zlib",
    }
)  # fmt: skip

# Older metadata names a family in words of its own; this is what they stand for.
_SPELLINGS = {
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "Apache2": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
}

# Read one by one: name -> the licence as its metadata gives it, and why it may stay.
_EXCEPTIONS = {
    "psycopg": ("LGPL-3.0-only", "an unchanged library that is installed beside us and can be replaced"),
    "psycopg-binary": ("LGPL-3.0-only", "the same, compiled"),
    "pyxform": ("", "BSD-2-Clause in the LICENSE file it comes with; its metadata is silent"),
    "resvg-py": ("", "MIT in the LICENSE file it comes with; its metadata is silent"),
    "supervisor": (
        "BSD-derived (http://www.repoze.org/LICENSE.txt)",
        "BSD with a clause on names; a program of its own",
    ),
}


def _locked_names() -> list[str]:
    """The names in requirements.txt, which holds everything that is installed, also at second hand."""
    return re.findall(r"^([A-Za-z0-9][\w.-]*)==", (ROOT / "requirements.txt").read_text(), re.MULTILINE)


def _find_licences(name: str) -> Iterator[str]:
    """The alternatives and parts of the licence expression, else of the classifiers, else of the old free field."""
    metadata = distribution(name).metadata
    given = metadata.get("License-Expression")
    if given:
        yield from re.split(r"\s+(?:AND|OR)\s+", given.replace("(", "").replace(")", ""))
        return
    classifiers = [line for line in metadata.get_all("Classifier") or [] if line.startswith("License ::")]
    for classifier in classifiers:
        text = classifier.rsplit(" :: ", 1)[1]
        yield _SPELLINGS.get(text, text)
    if not classifiers:
        text = (metadata.get("License") or "").strip().partition("\n")[0]
        yield _SPELLINGS.get(text, text)


def test_the_locked_requirements_are_read() -> None:
    assert {"flask", "sqlalchemy", "rq"} <= set(_locked_names())


@pytest.mark.parametrize("name", _locked_names())
def test_a_requirement_has_a_licence_that_we_may_pass_on(name: str) -> None:
    licences = list(_find_licences(name))
    assert licences, f"{name} names no licence"
    if name in _EXCEPTIONS:
        assert licences == [_EXCEPTIONS[name][0]], f"{name} has changed its licence; read it again"
    else:
        assert set(licences) <= _ALLOWED


def test_every_exception_is_still_needed() -> None:
    assert set(_EXCEPTIONS) <= set(_locked_names())
