"""Files sealed with GnuPG: under a passphrase made for one backup, or for whoever holds a key.

GnuPG runs in a folder of its own that is removed afterwards, except where it needs the operator's keys to open one.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from config.errors import UserError

_PROGRAM = "gpg"
_QUIET = ("--batch", "--yes", "--quiet", "--no-tty")


class SealError(UserError):
    """A file cannot be sealed or opened; the message is one line for the operator."""


@contextmanager
def sealing(target: Path, *, passphrase: str | None = None, key_file: Path | None = None) -> Iterator[IO[bytes]]:
    """A stream whose content ends up sealed in `target`, readable by its owner alone. Raises SealError."""
    options = (
        ["--symmetric", "--cipher-algo", "AES256"] if passphrase else ["--encrypt", "--recipient-file", str(key_file)]
    )
    target.touch(mode=0o600)
    command = [*options, "--compress-algo", "none", "--trust-model", "always", "--output", str(target)]
    with _run(command, passphrase, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None  # noqa: S101  # a pipe was asked for
        try:
            yield process.stdin
            process.stdin.close()
        except BrokenPipeError:
            pass  # what GnuPG says of it follows


@contextmanager
def opening(source: Path, passphrase: str | None = None) -> Iterator[IO[bytes]]:
    """A stream of what is sealed in `source`; without a passphrase by the operator's own keys. Raises SealError.

    What was read is whole and unchanged only when the block has ended without an error.
    """
    with _run(["--decrypt", str(source)], passphrase, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None  # noqa: S101  # a pipe was asked for
        yield process.stdout
        process.stdout.read()


@contextmanager
def _run(command: Sequence[str], passphrase: str | None, **pipes: Any) -> Iterator["subprocess.Popen[bytes]"]:
    if shutil.which(_PROGRAM) is None:
        raise SealError("gpg is not installed: apt-get install gnupg")
    with tempfile.TemporaryDirectory(prefix="baraza-") as folder, tempfile.TemporaryFile() as said:
        home = ["--homedir", folder]
        secret: list[str] = []
        if passphrase is not None:
            note = Path(folder) / "passphrase"
            note.touch(mode=0o600)
            note.write_text(passphrase)
            secret = ["--pinentry-mode", "loopback", "--passphrase-file", str(note)]
        own = home if passphrase is not None or "--decrypt" not in command else []
        process = subprocess.Popen([_PROGRAM, *_QUIET, *own, *secret, *command], stderr=said, **pipes)  # noqa: S603
        try:
            yield process
        except BaseException:
            process.kill()
            raise
        finally:
            process.wait()
            subprocess.run(["gpgconf", *home, "--kill", "all"], check=False, capture_output=True)  # noqa: S603, S607
        if process.returncode != 0:
            said.seek(0)
            lines = said.read().decode(errors="replace").strip().splitlines() or ["no reason given"]
            raise SealError(lines[-1])
