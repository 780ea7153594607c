"""A backup while messages and media come in is one moment of the installation; nothing waits for it."""

import os
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from config.backup.moment import hold_backup_lock
from config.local.embedded_servers import PrivateServers
from config.settings import load_settings
from reporting.bootstrap import Program, bootstrap
from reporting.media.attachments import add_media
from reporting.media.storage import find_upload_key, keep_upload
from tests.child import run_child, stopping_servers
from tests.conftest import AUTH_TOKEN, ROOT
from tests.integration.test_kill import Gateway, installation, wait_until

__all__ = ["installation"]

RECORDING = b"#!AMR\n" + b"\x3c" * 500
FILES_PER_MESSAGE = 8
BEFORE = 60  # messages before the backup begins
NEWEST = """
    SELECT id FROM message WHERE direction = 'in' AND NOT EXISTS (SELECT FROM media WHERE message_id = message.id)
    ORDER BY id DESC LIMIT 5
"""
WITHOUT_FILE = "SELECT state, key, source_encrypted FROM media WHERE state IN ('waiting', 'stored')"


class CountingGateway(Gateway):
    """A gateway that counts the messages that were not taken at once."""

    refused = 0

    def _send(self, form: dict[str, str]) -> bool:
        is_taken = super()._send(form)
        self.refused += not is_taken and not self.is_over.is_set()
        return is_taken


def open_program(var: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    for name in list(os.environ):
        if name.startswith(("BARAZA", "TWILIO", "DATABASE", "REDIS", "PUBLIC_URL", "PORT")):
            monkeypatch.delenv(name)
    for name, value in {"BARAZA_VAR": str(var), "BARAZA_ENV": "development"}.items():
        monkeypatch.setenv(name, value)
    return bootstrap(load_settings())


@contextmanager
def media_coming_in(program: Program) -> Iterator[list[int]]:
    """Recordings are uploaded, moved to their place by a worker, and their uploads deleted; yields how many."""
    is_over, done = threading.Event(), [0]

    def add() -> None:
        while not is_over.is_set():
            with program.owner.begin() as connection:
                ids = connection.execute(text(NEWEST)).scalars().all()
            found = [(i, [keep_upload(program.media_store, RECORDING) for _ in range(FILES_PER_MESSAGE)]) for i in ids]
            with program.app.begin() as connection:
                add_media(connection, program.pseudonyms, found)
            is_over.wait(0.05)

    def work() -> None:
        while not is_over.is_set():
            done[0] += program.media_work.work(0.5)
            is_over.wait(0.05)

    threads = [threading.Thread(target=target) for target in (add, work)]
    for thread in threads:
        thread.start()
    try:
        yield done
    finally:
        is_over.set()
        for thread in threads:
            thread.join(60)


def run_module(module: str, var: Path, *arguments: object) -> "tuple[int, str, str]":
    environment = {"PATH": os.environ["PATH"], "BARAZA_VAR": str(var), "LANG": "C.UTF-8", "BARAZA_ENV": "development"}
    command = [sys.executable, "-m", module, *map(str, arguments)]
    done = run_child(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_backup_beside_traffic_is_one_moment(
    installation: tuple[Path, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    var, port = installation
    assert AUTH_TOKEN
    program = open_program(var, monkeypatch)
    gateways = [CountingGateway(port, seed) for seed in (1, 2)]
    for gateway in gateways:
        gateway.start()
    try:
        with media_coming_in(program) as moved:
            wait_until(lambda: sum(len(g.accepted) for g in gateways) >= BEFORE and moved[0] > 0, 480, "traffic")
            before, moved_before = [sid for g in gateways for sid in g.accepted], moved[0]
            code, said, errors = run_module("config.backup.save", var, tmp_path / "backup")
            during = sum(len(g.accepted) for g in gateways) - len(before)
            assert (code, errors) == (0, ""), said
            assert during > 0
            assert moved[0] > moved_before, "no upload was deleted while the backup ran"
    finally:
        for gateway in gateways:
            gateway.is_over.set()
        for gateway in gateways:
            gateway.join(240)
        program.close()
    assert [gateway.refused for gateway in gateways] == [0, 0]
    assert list((var / "media").glob(".*")) == []
    new = tmp_path / "new"
    with stopping_servers(new):
        assert run_module("config.backup.restore", new, tmp_path / "backup")[0] == 0
        restored = open_program(new, monkeypatch)
        restored.start_servers()
        check_messages(restored, before)
        check_media(restored)
        restored.close()
        home = PrivateServers(new).home
    shutil.rmtree(home, ignore_errors=True)


def check_messages(restored: Program, before: list[str]) -> None:
    """Everything that was accepted before the backup began is there once."""
    query = "SELECT external_id FROM message WHERE channel = 'twilio' AND direction = 'in'"
    with restored.owner.begin() as connection:
        stored = connection.execute(text(query)).scalars().all()
    assert len(stored) == len(set(stored))
    assert [sid for sid in before if sid not in set(stored)] == []


def check_media(restored: Program) -> None:
    """Every file that a row names is there and can be read."""
    with restored.owner.begin() as connection:
        rows = connection.execute(text(WITHOUT_FILE)).all()
    states = {row.state for row in rows}
    assert "waiting" in states, "no file waited in the moment of the backup"
    for row in rows:
        if row.state == "stored":
            assert restored.media_store.open(row.key) == RECORDING
        else:
            key = find_upload_key(restored.pseudonyms.unseal(row.source_encrypted))
            assert key is not None
            assert restored.media_store.open(key) == RECORDING


def test_a_second_backup_at_once_is_refused_in_one_line(tmp_path: Path) -> None:
    with hold_backup_lock(tmp_path / "var"):
        for module in ("config.backup.save", "config.backup.restore"):
            code, said, errors = run_module(module, tmp_path / "var", tmp_path / "backup")
            assert (code, said) == (1, "")
            assert errors.splitlines() == [
                f"a backup or a restore of {tmp_path / 'var'} runs already; wait until it has ended"
            ]
    assert not (tmp_path / "backup").exists()
