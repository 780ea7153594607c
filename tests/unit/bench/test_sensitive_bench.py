"""The figures of `script/bench sensitive` are right on texts that are counted by hand."""

from pathlib import Path

import pytest

from bench.kept_back import Share, count, list_lines, to_json
from reporting.extraction.sensitivity import SensitiveReader

CRIES = """text,language,label,kind,half
my husband beats me every day,en,cry,physical,held
no water at the mill,en,cry,physical,held
i want to die,en,cry,suicide,tuned
"""
ORDINARY = """text,language,label,kind,half
the flood hit us hard last night,en,ordinary,alike,held
"""


@pytest.mark.parametrize(
    ("hits", "tries", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (5, 10, 0.2366, 0.7634), (97, 100, 0.9155, 0.9897)],
)
def test_intervals_are_those_of_wilson(hits: int, tries: int, low: float, high: float) -> None:
    assert Share(hits, tries).interval == pytest.approx((low, high), abs=0.0001)


def test_nothing_is_known_of_no_texts() -> None:
    assert Share(0, 0).interval == (0.0, 1.0)


def test_halves_languages_and_kinds_are_counted_apart(tmp_path: Path) -> None:
    (tmp_path / "cries.csv").write_text(CRIES)
    (tmp_path / "ordinary.csv").write_text(ORDINARY)
    shares = count(SensitiveReader({}), tmp_path)
    assert shares["cries", "held", "language", "en"] == Share(1, 2)
    assert shares["cries", "held", "kind", "physical"] == Share(1, 2)
    assert shares["cries", "tuned", "kind", "suicide"] == Share(1, 1)
    assert shares["ordinary", "held", "all", "all"] == Share(0, 1)
    assert to_json(shares)["cries"]["held"]["all"]["all"]["share"] == 0.5
    table = list(list_lines(shares))
    assert any(line.startswith("kind suicide") and "-" in line and "100.00%" in line for line in table)
    assert any(line.startswith("kind physical") and "50.00%*" in line for line in table)
