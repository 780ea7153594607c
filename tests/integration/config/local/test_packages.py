"""The locked packages are installed with their hashes: by uv, as pip is configured; by pip where uv cannot."""

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from config.local.packages import Untranslatable, translate
from tests.child import run_child
from tests.conftest import ROOT

_UV = Path(sys.executable).with_name("uv")

Install = Callable[..., "subprocess.CompletedProcess[str]"]


def make_wheel(folder: Path, name: str, version: str) -> Path:
    """A package of one empty module."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": b"",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    with zipfile.ZipFile(path, "w") as wheel:
        for file, content in files.items():
            wheel.writestr(file, content)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            record += f"{file},sha256={digest},{len(content)}\n"
        wheel.writestr(f"{info}/RECORD", f"{record}{info}/RECORD,,\n")
    return path


def make_index(folder: Path, wheel: Path) -> str:
    """An index (PEP 503) in a folder that has the wheel; its address."""
    page = folder / wheel.name.partition("-")[0].replace("_", "-")
    page.mkdir(parents=True)
    page.joinpath("index.html").write_text(f'<a href="{wheel.as_uri()}">{wheel.name}</a>')
    folder.joinpath("index.html").write_text("")
    return folder.as_uri()


def lock(folder: Path, wheel: Path, digest: str = "") -> Path:
    """A file that requires the wheel, with its hash or another one."""
    name, version, *_ = wheel.name.split("-")
    digest = digest or hashlib.sha256(wheel.read_bytes()).hexdigest()
    path = folder / "requirements.txt"
    path.write_text(f"{name}=={version} --hash=sha256:{digest}\n")
    return path


@pytest.fixture
def install(tmp_path: Path) -> Install:
    """Installs into a new environment, with what is configured for pip alone; nothing is asked of the network."""
    target = tmp_path / "venv"
    run_child([sys.executable, "-m", "venv", "--without-pip", str(target)], check=True)
    copy_package("pip", target)

    def run(file: Path, *, has_uv: bool, config: str = "", **environment: str) -> "subprocess.CompletedProcess[str]":
        if has_uv:
            if not _UV.exists():
                pytest.skip("uv could not be had when this environment was made")
            (target / "bin" / "uv").symlink_to(_UV)
            copy_package("uv", target)
        (tmp_path / "pip.conf").write_text(config)
        mine = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_"))}
        mine |= {"PIP_CONFIG_FILE": str(tmp_path / "pip.conf"), "PIP_NO_CACHE_DIR": "1", **environment}
        python = str(target / "bin" / "python")
        return run_child(
            [python, "-m", "config.local.packages", str(tmp_path / "log"), str(file)],
            cwd=ROOT, env=mine, capture_output=True, text=True,
        )  # fmt: skip

    return run


def find_site(target: Path) -> Path:
    return next(target.glob("lib/python3*/site-packages"))


def copy_package(name: str, target: Path) -> None:
    """Copy a package of this environment, which takes less time than to install it."""
    for path in find_site(Path(sys.prefix)).glob(f"{name}*"):
        if path.name == name or path.name.startswith(f"{name}-"):
            shutil.copytree(path, find_site(target) / path.name)


def list_installed(tmp_path: Path) -> set[str]:
    return {path.name.partition("-")[0] for path in find_site(tmp_path / "venv").glob("*.dist-info")}


@pytest.mark.parametrize("by", ["file", "environment"])
def test_uv_asks_the_indexes_that_pip_is_configured_with(tmp_path: Path, install: Install, by: str) -> None:
    older, newer = (make_wheel(tmp_path / "wheels", "baraza_trial", version) for version in ("1.0", "2.0"))
    first, second = make_index(tmp_path / "first", newer), make_index(tmp_path / "second", older)
    constraint = tmp_path / "constraint.txt"
    constraint.write_text("another<=1\n")
    settings = {"config": f"[global]\nindex-url = {first}\nextra-index-url = {second}\nconstraint = {constraint}\n"}
    if by == "environment":
        settings = {"PIP_INDEX_URL": first, "PIP_EXTRA_INDEX_URL": second}
    done = install(lock(tmp_path, older), has_uv=True, **settings)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert "baraza_trial" in list_installed(tmp_path)
    assert "baraza-trial==1.0" in (tmp_path / "log").read_text()


def test_what_has_another_hash_is_installed_by_neither(tmp_path: Path, install: Install) -> None:
    wheel = make_wheel(tmp_path / "wheels", "baraza_trial", "1.0")
    config = f"[install]\nno-index = true\nfind-links = {tmp_path / 'wheels'}\n"
    done = install(lock(tmp_path, wheel, "0" * 64), has_uv=True, config=config)
    assert done.returncode == 1
    assert done.stdout.startswith("setup: uv could not install them, so pip tries: ")
    assert done.stderr.startswith("setup: the Python packages could not be installed: ERROR: THESE PACKAGES DO NOT")
    assert done.stdout.count("\n") == done.stderr.count("\n") == 1
    assert "baraza_trial" not in list_installed(tmp_path)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("", "uv cannot be had here"),
        ("pre = 1\nno-binary = none\n", "pip is configured with no-binary, which uv does not know"),
    ],
    ids=["nowhere", "untranslatable"],
)
def test_without_uv_pip_installs_and_one_line_says_so(tmp_path: Path, install: Install, more: str, told: str) -> None:
    wheel = make_wheel(tmp_path / "wheels", "baraza_trial", "1.0")
    config = f"[global]\nno-index = true\nfind-links = {tmp_path / 'wheels'}\n{more}"
    done = install(lock(tmp_path, wheel), has_uv=False, config=config)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"setup: {told}, so pip installs them; it takes longer\n"
    assert "baraza_trial" in list_installed(tmp_path)


def test_every_setting_is_translated_or_left_to_pip() -> None:
    options, environment = translate(
        {
            "index-url": "https://one:secret@packages.example/simple", "extra-index-url": "https://two https://three\n",
            "find-links": "/wheels\n/more", "trusted-host": "a b", "cert": "/ca.pem", "proxy": "http://p:1",
            "timeout": "60", "no-index": "false", "no-cache-dir": "1", "constraint": "/c.txt", "quiet": "2",
        }
    )  # fmt: skip
    assert options == ["--no-cache"]
    assert environment == {
        "UV_DEFAULT_INDEX": "https://one:secret@packages.example/simple", "UV_INDEX": "https://two https://three",
        "UV_FIND_LINKS": "/wheels,/more", "UV_INSECURE_HOST": "a b", "SSL_CERT_FILE": "/ca.pem",
        "HTTP_PROXY": "http://p:1", "HTTPS_PROXY": "http://p:1", "UV_HTTP_TIMEOUT": "60",
    }  # fmt: skip
    with pytest.raises(Untranslatable, match="keyring-provider"):
        translate({"keyring-provider": "subprocess"})
