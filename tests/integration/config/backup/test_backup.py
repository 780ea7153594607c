"""An installation is saved while it runs, and is whole again on a machine that has nothing of it."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, text
from sqlalchemy.exc import ProgrammingError

from config.backup.save import DATA, DATABASE, LIST, MEDIA, PLAIN, SEALED, SECRETS
from config.local.embedded_servers import PrivateServers
from config.settings import load_settings
from reporting.app import create_app
from reporting.bootstrap import Program, bootstrap
from reporting.media.storage import make_key
from reporting.models.release import Release
from tests.child import run_child, stopping_servers
from tests.conftest import ROOT, add_campaign
from tests.gateway import sign, twilio_form

WORDS = "no water in ward four"
SENDER = "+9779800000001"
PICTURE = make_key()
URL = "https://baraza.example.org/channels/twilio/sms"


class Machine:
    """A folder in which an installation of its own lives."""

    def __init__(self, var: Path, token: str) -> None:
        self.var = var
        self.environment = {"PATH": os.environ["PATH"], "BARAZA_VAR": str(var), "LANG": "C.UTF-8"}
        self.given = {"TWILIO_AUTH_TOKEN": token, "PUBLIC_URL": "https://baraza.example.org"}

    def run(self, module: str, *arguments: object, **settings: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", module, *map(str, arguments)]
        environment = self.environment | self.given | settings
        return run_child(command, cwd=ROOT, env=environment, capture_output=True, text=True)

    def open(self, monkeypatch: pytest.MonkeyPatch) -> Program:
        """The program as it runs here."""
        for name in list(os.environ):
            if name.startswith(("BARAZA", "TWILIO", "DATABASE", "REDIS")):
                monkeypatch.delenv(name)
        for name, value in (self.environment | self.given).items():
            monkeypatch.setenv(name, value)
        return bootstrap(load_settings())


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """An installation with a campaign, a message, a picture and a release."""
    machine = Machine(tmp_path_factory.mktemp("old"), "a-token-of-twilio")
    with pytest.MonkeyPatch.context() as patch, stopping_servers(machine.var):
        program = machine.open(patch)
        assert machine.run("flask", "--app", "wsgi", "db", "upgrade").returncode == 0
        with program.owner.begin() as connection:
            campaign_id = add_campaign(connection)
            publish(connection, campaign_id)
        assert receive(program, WORDS) == 200
        program.media_store.put(PICTURE, b"a picture")
        yield machine
        program.close()
    shutil.rmtree(PrivateServers(machine.var).home, ignore_errors=True)


@pytest.fixture(scope="module")
def saved(old: Machine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup, to be read and not to be changed."""
    backup = tmp_path_factory.mktemp("saved") / "backup"
    assert old.run("config.backup.save", backup).returncode == 0
    return backup


@pytest.fixture
def new(tmp_path: Path) -> Iterator[Machine]:
    """A machine that has nothing."""
    machine = Machine(tmp_path / "new", "")
    with stopping_servers(machine.var):
        yield machine
        home = PrivateServers(machine.var).home
    shutil.rmtree(home, ignore_errors=True)


def receive(program: Program, words: str) -> int:
    """What Twilio gets for a message that it signed with its account's token."""
    client = create_app(program).test_client()
    form = twilio_form(words, sender=SENDER)
    return client.post("/channels/twilio/sms", data=form, headers=sign(URL, form, "a-token-of-twilio")).status_code


def read_texts(program: Program) -> list[str]:
    with program.app.begin() as connection:
        return list(connection.execute(text("SELECT text FROM message ORDER BY id")).scalars())


def publish(connection: Connection, campaign_id: int) -> None:
    """A release, as the pages under /data show it."""
    connection.execute(
        insert(Release).values(
            campaign_id=campaign_id, campaign_slug="test", campaign_name="A small campaign", cube="reports",
            period="2026-10", version=1, policy={}, code_version="1", quality={}, topics={},
        )
    )  # fmt: skip


def test_a_backup_is_whole_on_a_machine_that_has_nothing(
    old: Machine, new: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = old.run("config.backup.save", tmp_path / "backup")
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 messages" in done.stdout
    new.given = {"PUBLIC_URL": "https://baraza.example.org"}  # the token comes with the secrets
    restored = new.run("config.backup.restore", tmp_path / "backup")
    assert (restored.returncode, restored.stderr) == (0, "")
    assert "brought back: 1 messages" in restored.stdout
    program = new.open(monkeypatch)
    program.start_servers()
    assert read_texts(program) == [WORDS]
    assert receive(program, "and another message") == 200
    assert read_texts(program) == [WORDS, "and another message"]
    assert program.media_store.open(PICTURE) == b"a picture"
    with program.app.begin() as connection:
        people = connection.execute(text("SELECT count(DISTINCT address_hash), count(*) FROM message")).one()
    assert tuple(people) == (1, 2)  # who wrote before is recognised
    with program.public.begin() as connection:
        assert connection.execute(text("SELECT campaign_name FROM release")).scalars().all() == ["A small campaign"]
    with program.public.begin() as connection, pytest.raises(ProgrammingError, match="permission denied"):
        connection.execute(text("SELECT count(*) FROM message"))
    program.close()


def test_neither_half_of_a_backup_tells_anything_alone(old: Machine, saved: Path) -> None:
    data = b"".join(path.read_bytes() for path in (saved / DATA).iterdir())
    assert WORDS.encode() not in data
    assert SENDER.encode() not in data
    assert b"a picture" not in data
    kept = (old.var / "secrets.env").read_text()
    pepper = next(line.split("=")[1] for line in kept.splitlines() if line.startswith("CONTACT_PEPPER"))
    assert pepper.encode() not in data
    secrets = (saved / SECRETS / PLAIN).read_bytes()
    assert pepper.encode() in secrets
    assert WORDS.encode() not in secrets
    assert all(path.stat().st_mode & 0o077 == 0 for path in saved.iterdir())


def test_secrets_are_sealed_with_a_passphrase_and_opened_with_it_alone(
    old: Machine, new: Machine, tmp_path: Path
) -> None:
    passphrase = "correct horse: battery"
    saved = old.run("config.backup.save", tmp_path / "backup", BACKUP_PASSPHRASE=passphrase)
    assert saved.returncode == 0
    assert "NOT" not in saved.stdout
    assert [path.name for path in (tmp_path / "backup" / SECRETS).iterdir()] == [SEALED]
    wrong = new.run("config.backup.restore", tmp_path / "backup", BACKUP_PASSPHRASE="another")
    assert wrong.returncode == 1
    assert len(wrong.stderr.strip().splitlines()) == 1
    shutil.move(tmp_path / "backup" / SECRETS, tmp_path / "elsewhere")
    right = new.run(
        "config.backup.restore", tmp_path / "backup", "--secrets", tmp_path / "elsewhere", BACKUP_PASSPHRASE=passphrase
    )
    assert (right.returncode, right.stderr) == (0, "")


def test_secrets_are_sealed_for_the_owner_of_a_key_who_is_elsewhere(old: Machine, new: Machine, tmp_path: Path) -> None:
    keys = Path(tempfile.mkdtemp(prefix="keys-"))  # a short path: GnuPG puts sockets there
    gpg = ["gpg", "--batch", "--quiet", "--homedir", str(keys), "--pinentry-mode", "loopback", "--passphrase", ""]
    try:
        assert run_child([*gpg, "--quick-generate-key", "Ama <ama@example.org>", "default", "default"]).returncode == 0
        exported = run_child([*gpg, "--armor", "--export"], capture_output=True)
        (tmp_path / "key.asc").write_bytes(exported.stdout)
        saved = old.run("config.backup.save", tmp_path / "backup", BACKUP_KEY_FILE=str(tmp_path / "key.asc"))
        assert (saved.returncode, saved.stderr) == (0, "")
        assert new.run("config.backup.restore", tmp_path / "backup", GNUPGHOME=str(tmp_path)).returncode == 1
        restored = new.run("config.backup.restore", tmp_path / "backup", GNUPGHOME=str(keys))
        assert (restored.returncode, restored.stderr) == (0, "")
    finally:
        run_child(["gpgconf", "--homedir", str(keys), "--kill", "all"])
        shutil.rmtree(keys)


def test_an_installation_is_replaced_only_when_told(saved: Path, new: Machine) -> None:
    assert new.run("config.backup.restore", saved).returncode == 0
    again = new.run("config.backup.restore", saved)
    assert again.returncode == 1
    assert "there is an installation here already" in again.stderr
    assert len(again.stderr.strip().splitlines()) == 1
    assert new.run("config.backup.restore", saved, "--replace").returncode == 0


def test_what_is_no_whole_backup_changes_nothing(saved: Path, new: Machine, tmp_path: Path) -> None:
    shutil.copytree(saved, tmp_path / "backup")
    data = tmp_path / "backup" / DATA
    for name, damage in ((DATABASE, b"\0"), (MEDIA, b"x")):
        whole = (data / name).read_bytes()
        (data / name).write_bytes(whole[:-1] + damage)
        refused = new.run("config.backup.restore", tmp_path / "backup")
        assert (refused.returncode, "not as it was saved" in refused.stderr) == (1, True)
        (data / name).write_bytes(whole)
    described = json.loads((data / LIST).read_text())
    (data / LIST).unlink()
    assert "no whole backup" in new.run("config.backup.restore", tmp_path / "backup").stderr
    (data / LIST).write_text(json.dumps(described))
    other = new.run("config.backup.restore", tmp_path / "backup", CONTACT_PEPPER="another")
    assert "CONTACT_PEPPER" in other.stderr
    assert new.run("config.backup.restore", tmp_path / "backup").returncode == 0


def test_a_folder_that_has_something_is_not_written_to(old: Machine, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("x")
    refused = old.run("config.backup.save", tmp_path)
    assert (refused.returncode, refused.stderr) == (
        1,
        f"{tmp_path} is not empty; give each backup a folder of its own\n",
    )
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_the_scripts_hand_on_what_they_are_given(tmp_path: Path) -> None:
    """Their set-up is left out: it belongs to a checkout of its own."""
    for name, module in (("backup", "save"), ("restore", "restore")):
        lines = (ROOT / "script" / name).read_text().splitlines()
        assert lines[-1].endswith(f'-m config.backup.{module} "$@"')
        assert os.access(ROOT / "script" / name, os.X_OK)
    assert not list(tmp_path.iterdir())
