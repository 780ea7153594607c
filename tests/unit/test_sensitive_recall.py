"""Cries are kept back and ordinary messages are not, in each language, on texts for tuning and on texts kept apart."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from reporting.extraction.sensitivity import SensitiveReader

DATA = Path(__file__).parents[1] / "data" / "sensitive"
LANGUAGES = ("en", "fr", "es", "sw", "ht", "ne", "pt", "ar")


def share_kept_back(name: str, half: str) -> dict[str, float]:
    reader = SensitiveReader({})
    kept: Counter[str] = Counter()
    every: Counter[str] = Counter()
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["half"] == half:
                every[row["language"]] += 1
                kept[row["language"]] += reader.read(row["text"]) is not None
    return {language: kept[language] / every[language] for language in LANGUAGES}


@pytest.mark.parametrize(("half", "floor"), [("tuned", 0.95), ("held", 0.92)])
def test_cries_are_kept_back_in_every_language(half: str, floor: float) -> None:
    shares = share_kept_back("cries", half)
    assert {language: share for language, share in shares.items() if share < floor} == {}


@pytest.mark.parametrize(("half", "ceiling"), [("tuned", 0.01), ("held", 0.025)])
def test_ordinary_messages_are_not(half: str, ceiling: float) -> None:
    shares = share_kept_back("ordinary", half)
    assert {language: share for language, share in shares.items() if share > ceiling} == {}
