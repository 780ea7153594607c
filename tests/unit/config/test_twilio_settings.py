"""Twilio's keys come from the environment as `id:secret`."""

from pathlib import Path

import pytest

from config.settings import SettingsError, load_settings


@pytest.fixture(autouse=True)
def _own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BARAZA_VAR", str(tmp_path))
    for name in ("CHANNELS_FILE", "TWILIO_SHARED_KEYS", "TWILIO_ANSWERS_KEYWORDS"):
        monkeypatch.delenv(name, raising=False)


def test_several_keys_are_read_with_their_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_SHARED_KEYS", "key_1:a:secret, key_2:another")
    assert load_settings().twilio_shared_keys == {"key_1": "a:secret", "key_2": "another"}


@pytest.mark.parametrize("value", ["a-secret-alone", "key:", ":secret"])
def test_a_key_without_its_id_or_secret_stops_the_start(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("TWILIO_SHARED_KEYS", value)
    with pytest.raises(SettingsError, match="TWILIO_SHARED_KEYS takes id:secret"):
        load_settings()


def test_whether_twilio_answers_is_open_unless_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().twilio_answers_keywords is None
    monkeypatch.setenv("TWILIO_ANSWERS_KEYWORDS", "false")
    assert load_settings().twilio_answers_keywords is False
