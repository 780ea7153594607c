"""The line that compares the way in with the last time it was measured."""

import json
from pathlib import Path

from bench.intake import compare, write_last


def test_a_ratio_more_than_a_tenth_below_the_last_is_lost() -> None:
    line = compare({"1": 0.53, "8": 0.55, "32": 0.9}, {"1": 0.6, "8": 0.6, "32": 0.7})
    assert line.endswith("1: 0.53 (last 0.60, lost); 8: 0.55 (last 0.60); 32: 0.90 (last 0.70)")


def test_a_ratio_that_was_never_measured_is_new() -> None:
    assert compare({"64": 0.5}, {"1": 0.6}).endswith("64: 0.50 (new)")


def test_what_is_written_down_is_compared_with(tmp_path: Path) -> None:
    path = tmp_path / "intake.json"
    write_last(path, {"1": 0.5}, 1000)
    assert "(last 0.50)" in compare({"1": 0.5}, json.loads(path.read_text())["webhook_to_bare_insert"])
