"""Installs the locked Python packages into this virtual environment: by uv, or by pip where uv cannot do it.

`python -m config.local.packages LOG FILE ...` is run by script/setup before anything is installed, so this module uses
the standard library alone. uv reads nothing of pip's configuration, so what is configured for pip is translated.
"""

import ast
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from config.errors import BarazaError

_UV_LOCK: Final = Path(__file__).resolve().parents[2] / "requirements-setup.txt"
_PIP: Final = (sys.executable, "-m", "pip")
_INSTALL: Final = ("install", "--disable-pip-version-check", "--no-input", "--require-hashes")
# Every version is exact and has its hash, so nothing is resolved: neither dependencies nor constraints say more.
_UV: Final = (
    "pip", "install", "--python", sys.executable, "--require-hashes", "--no-deps", "--no-python-downloads",
    "--system-certs", "--index-strategy", "unsafe-best-match",  # pip too looks into all indexes
)  # fmt: skip
_SECTIONS: Final = ("global", "install", ":env:")  # of pip's configuration, the last one wins
_VARIABLES: Final[Mapping[str, tuple[str, ...]]] = {
    "index-url": ("UV_DEFAULT_INDEX",),
    "cert": ("SSL_CERT_FILE",),
    "client-cert": ("SSL_CLIENT_CERT",),
    "proxy": ("HTTP_PROXY", "HTTPS_PROXY"),
    "timeout": ("UV_HTTP_TIMEOUT",),
    "default-timeout": ("UV_HTTP_TIMEOUT",),
    "retries": ("UV_HTTP_RETRIES",),
}
_LISTS: Final[Mapping[str, tuple[str, str]]] = {  # variable and separator
    "extra-index-url": ("UV_INDEX", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "trusted-host": ("UV_INSECURE_HOST", " "),
}
_SWITCHES: Final[Mapping[str, str]] = {"no-index": "--no-index", "no-cache-dir": "--no-cache"}
# Of exact versions or of pip's own output.
_WITHOUT_MEANING: Final = frozenset(
    {
        "break-system-packages", "cache-dir", "compile", "config-file", "constraint", "disable-pip-version-check",
        "no-color", "no-compile", "no-input", "no-python-version-warning", "no-warn-script-location", "pre",
        "prefer-binary", "progress-bar", "quiet", "require-virtualenv", "root-user-action", "upgrade",
        "upgrade-strategy", "verbose",
    }
)  # fmt: skip


class Untranslatable(BarazaError):
    """A setting of pip that uv does not know; the message is its name."""


def main(arguments: Sequence[str]) -> int:
    """Install the packages of the files. Returns the exit code; an error is one line."""
    log, files = Path(arguments[0]), [word for name in arguments[1:] for word in ("-r", name)]
    try:
        options, environment = translate(read_pip_settings())
    except Untranslatable as unknown:
        say(f"pip is configured with {unknown}, which uv does not know, so pip installs them; it takes longer")
    else:
        uv = str(Path(sys.executable).with_name("uv"))
        if not run((*_PIP, *_INSTALL, "-q", "--only-binary", ":all:", "-r", str(_UV_LOCK)), log):
            say("uv cannot be had here, so pip installs them; it takes longer")
        elif run((uv, *_UV, *options, *files), log, environment, is_shown=True):
            return 0
        else:
            say(f"uv could not install them, so pip tries: {find_reason(log)}")
    if run((*_PIP, *_INSTALL, *files), log, is_shown=True):
        return 0
    print(f"setup: the Python packages could not be installed: {find_reason(log)}", file=sys.stderr)
    return 1


def read_pip_settings() -> dict[str, str]:
    """Read what pip is configured with, by files and by the environment, as `pip install` would."""
    told = subprocess.run(  # noqa: S603
        (*_PIP, "config", "list"), capture_output=True, text=True, check=False
    ).stdout
    found: dict[str, dict[str, str]] = {section: {} for section in _SECTIONS}
    for line in told.splitlines():
        key, _, value = line.partition("=")
        section, _, name = key.rpartition(".")
        if section in found:
            found[section][name] = str(ast.literal_eval(value))
    return {name: value for section in _SECTIONS for name, value in found[section].items()}


def translate(settings: Mapping[str, str]) -> tuple[list[str], dict[str, str]]:
    """Translate pip's settings to options and environment variables of uv. Raises Untranslatable.

    Addresses go into variables, since they may contain passwords and options are seen by all accounts of a machine.
    """
    options: list[str] = []
    environment: dict[str, str] = {}
    for name, value in settings.items():
        if name in _VARIABLES:
            environment.update(dict.fromkeys(_VARIABLES[name], value))
        elif name in _LISTS:
            variable, separator = _LISTS[name]
            environment[variable] = separator.join(value.split())
        elif name in _SWITCHES:
            options += [_SWITCHES[name]] if _is_on(value) else []
        elif name not in _WITHOUT_MEANING:
            raise Untranslatable(name)
    return options, environment


def run(
    command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None, *, is_shown: bool = False
) -> bool:
    """Run a command and tell whether it succeeded. Its output goes to the log, or to a terminal if it is shown."""
    meant_for_uv = {name: value for name, value in os.environ.items() if name.startswith("UV_")}
    whole = {**os.environ, **(environment or {}), **meant_for_uv}
    with log.open("w") as file:
        output = None if is_shown and sys.stdout.isatty() and sys.stderr.isatty() else file
        done = subprocess.run(command, env=whole, stdout=output, stderr=output, check=False)  # noqa: S603
    return done.returncode == 0


def find_reason(log: Path) -> str:
    """Find the first line of an error in the log, which is empty where a terminal has it."""
    lines = log.read_text(errors="replace").splitlines()
    reason = next((line for line in lines if line.lower().startswith("error")), "no reason is told")
    return f"{reason.strip()}, see {log}" if lines else "see above"


def say(words: str) -> None:
    """Tell how it goes, as script/setup does."""
    print(f"setup: {words}", flush=True)


def _is_on(value: str) -> bool:
    """Read a switch as pip does."""
    return value.strip().lower() not in ("", "0", "false", "no", "off", "n", "f")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
