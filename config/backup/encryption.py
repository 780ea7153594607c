"""Encryption of backup files with GnuPG: by a passphrase made for one backup, or for the holder of a key.

GnuPG runs with a temporary home folder, except where it needs the operator's keys to decrypt.
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
    """A file that cannot be encrypted or decrypted; the message is one line for the operator."""


@contextmanager
def sealing(target: Path, *, passphrase: str | None = None, key_file: Path | None = None) -> Iterator[IO[bytes]]:
    """Open a stream whose content is encrypted into `target`, readable by its owner alone. Raises SealError."""
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
            pass  # GnuPG's own message follows


@contextmanager
def opening(source: Path, passphrase: str | None = None) -> Iterator[IO[bytes]]:
    """Open a stream of the decrypted content of `source`; without a passphrase by the operator's keys.

    Raises SealError.

    Only when the block ends without an error is the content complete and unchanged.
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
