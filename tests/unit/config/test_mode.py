"""Development only where it was asked for and on this machine alone; in doubt it is production."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from config import settings as settings_module
from config.address import is_loopback
from config.mode import is_development
from config.settings import SettingsError, load_settings
from config.startup_check import check_start

ASKED = {"BARAZA_ENV": "development"}
REFUSED = {"BARAZA_ENV": "production"}


@pytest.fixture
def env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where `.env` would be, with an environment in which nothing is set."""
    monkeypatch.setattr(settings_module, "ENV_FILE", tmp_path / ".env")
    monkeypatch.setattr(settings_module.os, "environ", {"BARAZA_VAR": str(tmp_path / "var")})
    return tmp_path / ".env"


@pytest.mark.parametrize(
    ("environment", "written", "is_expected"),
    [
        ({}, None, True),
        (ASKED, None, True),
        (REFUSED, None, False),
        ({}, {}, False),
        ({}, ASKED, True),
        ({}, REFUSED, False),
        (ASKED, REFUSED, False),
        (REFUSED, ASKED, False),
        (ASKED, {}, True),
        ({"BARAZA_ENV": ""}, REFUSED, False),
        ({"BARAZA_ENV": " Production "}, ASKED, False),
        ({"PUBLIC_URL": "https://baraza.example.org"}, None, False),
        ({"PUBLIC_URL": "http://127.0.0.1:8000"}, None, True),
        ({"DATABASE_URL": "postgresql:///x"}, None, False),
        ({"REDIS_URL": "redis://127.0.0.1"}, None, False),
        ({"TWILIO_ACCOUNT_SID": "AC0"}, None, False),
        ({"TWILIO_ACCOUNT_SID": "AC0", "TWILIO_API_URL": "http://127.0.0.1:9001"}, None, True),
        ({"TWILIO_AUTH_TOKEN": "of a test", "PORT": "8001", "BARAZA_VAR": "/srv/x"}, None, True),
        ({"BIND": "10.0.0.1"}, None, False),
        ({"FORWARDED_HOPS": "1"}, None, False),
        ({"CONTACT_PEPPER": "x"}, None, False),
        ({"CHANNELS_FILE": "/etc/x"}, None, False),
    ],
)
def test_a_fresh_machine_shows_the_demonstration_and_everything_else_is_production(
    environment: Mapping[str, str], written: Mapping[str, str] | None, is_expected: bool
) -> None:
    assert is_development(environment, written, may_demonstrate=True) is is_expected


def test_nothing_but_script_server_shows_the_demonstration_unasked() -> None:
    assert not is_development({}, None)


@pytest.mark.parametrize("word", ["prod", "develop", "1", "test"])
def test_another_word_stops_the_start(word: str) -> None:
    with pytest.raises(SettingsError, match="BARAZA_ENV takes"):
        is_development({}, {"BARAZA_ENV": word})


@pytest.mark.parametrize(
    "written",
    [
        "BARAZA_ENV=production\nPUBLIC_URL=https://baraza.example.org\n",
        "\ufeffBARAZA_ENV=production\r\nPUBLIC_URL=https://baraza.example.org\r\n",
        "PUBLIC_URL=https://baraza.example.org\n",
        "export BARAZA_ENV='production'\n",
        "",
    ],
)
def test_a_file_makes_it_production(env_file: Path, written: str) -> None:
    env_file.write_bytes(written.encode())
    assert not load_settings(may_demonstrate=True).is_development


@pytest.mark.parametrize(
    "written",
    ["PUBLIC_URL=https://baraza.example.org", "BIND=0.0.0.0", "BIND=::", "FORWARDED_HOPS=1", "PUBLIC_URL=http://[::2]"],
)
def test_development_that_others_could_reach_does_not_start(env_file: Path, written: str) -> None:
    env_file.write_text(f"BARAZA_ENV=development\n{written}\n")
    with pytest.raises(SettingsError, match="open to everybody") as caught:
        load_settings()
    assert "\n" not in str(caught.value)


def test_a_file_that_cannot_be_read_is_told_in_one_line(env_file: Path) -> None:
    env_file.write_bytes(b"PUBLIC_URL=https://b\xe4r.example.org")
    with pytest.raises(SettingsError, match=r"\.env cannot be read"):
        load_settings(may_demonstrate=True)


@pytest.mark.parametrize(
    ("written", "missing"),
    [
        ("TWILIO_ACCOUNT_SID=AC0\nTWILIO_AUTH_TOKEN=" + "0" * 32, "PUBLIC_URL"),
        ("TWILIO_ACCOUNT_SID=AC0\nPUBLIC_URL=https://baraza.example.org", "TWILIO_AUTH_TOKEN"),
    ],
)
def test_a_start_that_would_refuse_every_webhook_says_so(env_file: Path, written: str, missing: str) -> None:
    env_file.write_text(written)
    with pytest.raises(SettingsError, match=missing) as caught:
        check_start(load_settings())
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "TWILIO_ACCOUNT_SID=AC0\nPUBLIC_URL=https://baraza.example.org\nTWILIO_AUTH_TOKEN=" + "0f" * 16,
        "TWILIO_ACCOUNT_SID=AC0\nPUBLIC_URL=https://baraza.example.org\nTWILIO_SHARED_KEYS=a:b",
        "TWILIO_ACCOUNT_SID=AC0\nTWILIO_API_URL=http://127.0.0.1:9001",
    ],
)
def test_what_can_answer_a_webhook_starts(env_file: Path, written: str) -> None:
    env_file.write_text(written)
    check_start(load_settings())


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.8.0.1", "::1", "[::1]", "::ffff:127.0.0.1", "localhost", "a.localhost"]
)
def test_this_machine_is_known(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", [None, "", "0.0.0.1", "::", "10.0.0.1", "localhost.example.org", "127.0.0.1.nip.io"])
def test_elsewhere_is_known(host: str | None) -> None:
    assert not is_loopback(host)
