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


# Written later, without looking at the words; every ordinary message of it was written to look alike.
@pytest.mark.parametrize(("half", "floor"), [("tuned", 0.95), ("held", 0.85)])
def test_cries_of_the_second_set_are_kept_back_in_every_language(half: str, floor: float) -> None:
    shares = share_kept_back("second_cries", half)
    assert {language: share for language, share in shares.items() if share < floor} == {}


@pytest.mark.parametrize(("half", "ceiling"), [("tuned", 0.07), ("held", 0.07)])
def test_look_alikes_of_the_second_set_are_not(half: str, ceiling: float) -> None:
    shares = share_kept_back("second_ordinary", half)
    assert {language: share for language, share in shares.items() if share > ceiling} == {}


@pytest.mark.parametrize(
    "text",
    [
        "nobody beat me i am fine",
        "nadie me pego",
        "ninguem me bateu",
        "personne ne m'a frappé",
        "pèsonn pa bat mwen",
        "hakuna aliyenipiga",
        "मलाई कसैले कुटेको छैन",
        "ما حدا ضربني",
        "tumepigwa na mvua",
        "tumepigwa na jua siku nzima",
        "nimeumwa na njaa",
        "is there a risk of another earthquake",
        "neither food nor water",
        "CRS distribution at 10",
    ],
)
def test_what_nobody_did_and_what_the_weather_did_is_no_violence(text: str) -> None:
    assert SensitiveReader({}).read(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "stop beating me",
        "nobody stops him, he beats me",
        "personne ne m'aide, il me frappe",
        "hakuna maji na mume wangu ananipiga",
        "tumepigwa na mvua na mume wangu amenipiga",
        "tulipigwa na askari",
    ],
)
def test_but_who_is_beaten_is_heard(text: str) -> None:
    assert SensitiveReader({}).read(text) is not None
