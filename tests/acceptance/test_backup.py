"""A backup is taken by one command, and brings the installation back by another."""

import os
from pathlib import Path

from tests.acceptance.conftest import Installations
from tests.acceptance.installation import Installation
from tests.child import run_child


def run_script(installation: Installation, name: str, *arguments: object) -> str:
    """What a script of the tree prints. Fails where it does not end well."""
    path = installation.tree.folder / "script" / name
    assert os.access(path, os.X_OK), f"there is no script/{name}"
    done = run_child(
        [str(path), *map(str, arguments)], env=installation.environment, cwd="/", capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return str(done.stdout)


def test_a_backup_brings_everything_back(installations: Installations, tmp_path: Path) -> None:
    """C4: after script/backup and script/restore in an empty database the same reports are there, and webhooks work."""
    with installations.make_with_report() as installation:
        run_script(installation, "backup", tmp_path / "backup")
        before = installation.status(), installation.export_messages()
    with installations.make_empty() as restored:
        run_script(restored, "restore", tmp_path / "backup")
        assert (restored.status(), restored.export_messages()) == before
        with restored.serve():
            assert restored.call("GET", "/readyz").status == 200
            assert restored.bring("a road is blocked").status == 200
            assert restored.call("GET", "/data/").status == 200
