"""The code version of a release: package version and, in a checkout, the git commit. Read once; never fails."""

import tomllib
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

_ROOT: Final = Path(__file__).resolve().parents[2]
_SHORT: Final = 12
_UNKNOWN: Final = "unknown"


@lru_cache(maxsize=1)
def get_code_version() -> str:
    """Return the code version: such as `0.1.0+g1d6b458c0ffe`, `0.1.0` outside of a checkout, or `unknown`."""
    commit = find_commit(_ROOT)
    return f"{_package_version()}+g{commit[:_SHORT]}" if commit else _package_version()


def find_commit(root: Path) -> str | None:
    """Find the commit checked out at `root` by reading git's files, so that git itself need not be installed."""
    folder = root / ".git"
    head = _read(folder / "HEAD")
    if not head.startswith("ref: "):
        return head or None
    name = head.removeprefix("ref: ")
    return _read(folder / name) or _find_packed(_read(folder / "packed-refs"), name)


def _find_packed(packed: str, name: str) -> str | None:
    for line in packed.splitlines():
        commit, _, reference = line.partition(" ")
        if reference == name:
            return commit
    return None


def _package_version() -> str:
    try:
        return version("baraza")
    except PackageNotFoundError:
        pass
    try:
        return str(tomllib.loads(_read(_ROOT / "pyproject.toml"))["project"]["version"])
    except (tomllib.TOMLDecodeError, KeyError):
        return _UNKNOWN


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""
