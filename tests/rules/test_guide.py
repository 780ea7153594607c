"""The guide's example is a channel that works: whoever follows it literally ends with green tests."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

import channels
from channels.base.request import GatewayRequest
from channels.registry import ADAPTERS, find_adapters
from tests.channels.call import PUBLIC_URL, Call
from tests.channels.recorded import show_item
from tests.conftest import ROOT


def test_the_channel_of_the_guide_reads_the_recorded_call_of_the_guide() -> None:
    guide = (ROOT / "docs" / "adding-a-channel.md").read_text(encoding="utf-8")
    module: dict[str, Any] = {}
    exec(compile(_find_block(guide, "python"), "tamtam.py", "exec"), module)  # noqa: S102  # our own page
    case = json.loads(_find_block(guide, "json"))
    call = Call("/channels/tamtam/sms", case["method"], case["headers"], case["body"].encode())
    options = {"keys": ["k"], "region": "NP"}
    channel = module["ADAPTER"].make("tamtam", options, PUBLIC_URL).channel
    request = GatewayRequest(call.url, {"X-Tamtam-Key": "k"}, call.body, call.fields)
    channel.verify(request)
    assert [show_item(item) for item in channel.parse(case["kind"], request)] == case["expected"]


def test_the_module_of_the_guide_is_found_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    guide = (ROOT / "docs" / "adding-a-channel.md").read_text(encoding="utf-8")
    (tmp_path / "tamtam.py").write_text(_find_block(guide, "python"), encoding="utf-8")
    monkeypatch.setattr(channels, "__path__", [*channels.__path__, str(tmp_path)])
    assert set(find_adapters()) == {*ADAPTERS, "tamtam"}


def test_every_page_that_the_index_of_channels_names_is_there() -> None:
    index = (ROOT / "docs" / "channels.md").read_text(encoding="utf-8")
    pages = re.findall(r"\]\(([a-z/-]+\.md)\)", index)
    assert len(pages) > 10
    assert [page for page in pages if not (ROOT / "docs" / page).is_file()] == []


def _find_block(guide: str, language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", guide, re.DOTALL)
    assert found is not None
    return found[1]
