"""The channels file as an operator meets it: several gateways by their names, and one line for a mistake."""

import os
import sys
from pathlib import Path

import pytest

from channels.registry import make_gateways
from config.channels_file import read_channels_file
from tests.child import run_child
from tests.conftest import ROOT

EXAMPLE = """
phone-1: {adapter: smsgate, signing_keys: ["env:PHONE_KEY"], region: NP}
phone-2: {adapter: smsgate, signing_keys: ["env:PHONE_KEY"], region: NP}
kannel: {tokens: ["env:TOKEN"]}
acme:
  adapter: generic
  inbound: {format: json, fields: {from: from, text: text}}
  proof: {by: token, secrets: ["env:TOKEN"]}
"""


def test_several_gateways_of_one_kind_have_their_own_names(tmp_path: Path) -> None:
    path = tmp_path / "channels.yaml"
    path.write_text(EXAMPLE)
    definitions = read_channels_file(path, {"PHONE_KEY": "a-key", "TOKEN": "t" * 22})
    gateways = make_gateways(definitions, "https://baraza.example")
    assert list(gateways) == ["phone-1", "phone-2", "kannel", "acme"]
    assert [gateway.channel.name for gateway in gateways.values() if gateway.channel] == list(gateways)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("kannel: {tokens: [short]}", "channel kannel: tokens: at least 22 characters, drawn by chance"),
        ("pigeon: {}", "channel pigeon: adapter: one of "),
        ("openrosa: {adapter: generic}", "channel openrosa: a channel of the program itself has this name"),
        ("kannel: {tokens: ['env:NO_SUCH']}", "channels.yaml: kannel.tokens: the environment has no NO_SUCH"),
        ("kannel: [", "channels.yaml: "),
    ],
)
def test_a_mistake_ends_every_command_with_one_line(tmp_path: Path, content: str, line: str) -> None:
    (tmp_path / "channels.yaml").write_text(content)
    environment = {**os.environ, "CHANNELS_FILE": str(tmp_path / "channels.yaml"), "BARAZA_VAR": str(tmp_path)}
    done = run_child(
        [sys.executable, "-m", "flask", "--app", "wsgi", "status", "--json"],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=480,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith(line), done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
