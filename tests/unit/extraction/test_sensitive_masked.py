"""Obfuscated text is read as what it shows, and violence in everyday words is sensitive; other trouble is not."""

import pytest

from reporting.extraction.obfuscation import unmask
from reporting.extraction.sensitivity import GENDER_BASED_VIOLENCE, MINOR, NAMED_PERPETRATOR, SensitiveReader


@pytest.fixture(scope="module")
def reader() -> SensitiveReader:
    return SensitiveReader({})


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("he r@ped me", "he raped me"),
        ("i was rap3d", "i was raped"),
        ("r a p e", "rape"),
        ("they r.a.p.e.d her", "they raped her"),
        ("r\u0430ped by soldiers", "raped by soldiers"),
        ("su\u0456cide", "suicide"),
        ("ward 3, 5 km, 10 people", "ward 3, 5 km, 10 people"),
        ("\u0432\u043e\u0434\u044b \u043d\u0435\u0442", "\u0432\u043e\u0434\u044b \u043d\u0435\u0442"),
        ("\u03bd\u03b5\u03c1\u03cc", "\u03bd\u03b5\u03c1\u03cc"),
        ("a b c", "a b c"),
        ("mail me@example.org 2$", "mail meaexample.org 2$"),
    ],
)
def test_what_is_hidden_is_shown_and_plain_words_stay(text: str, shown: str) -> None:
    assert unmask(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "he beat me up", "hubby hits me", "he slaps me every day", "i got beaten by my man", "he threatens to kill me",
        "my stepfather comes to my bed", "girls must sleep with the guard to get water", "my uncle touches me",
        "mi padrastro me toca", "mon oncle me touche", "meu tio me toca", "mjomba ananigusa", "عمي يلمسني",
        "kaka le malai chhunchha", "bòs la mande m kouche avè l", "il me frappe", "ele me bate", "li bat mwen",
        "ananipiga kila siku", "the commander took girls", "he r@ped me", "i was mol\u200bested", "trafficked to india",
    ],
)  # fmt: skip
def test_violence_in_everyday_words_is_restricted(reader: SensitiveReader, text: str) -> None:
    assert reader.read(text) in (GENDER_BASED_VIOLENCE, MINOR)


@pytest.mark.parametrize(
    "text",
    [
        "my 8 year old was abused", "kids are being sold", "my baby is being hit by stepmom",
        "pregnant at 14 by teacher",
        "teacher makes girls come to his house at night", "my daughter 13 is to be married next week",
        "chhori lai becheko", "watoto wanauzwa",
    ],
)  # fmt: skip
def test_a_child_in_danger_is_restricted(reader: SensitiveReader, text: str) -> None:
    assert reader.read(text) == MINOR


@pytest.mark.parametrize(
    "text",
    [
        "Officer Kamau asked me for a bribe", "the police chief Ram Bahadur took our money",
        "Dr. Joseph refuses to treat patients unless we pay",
    ],
)  # fmt: skip
def test_who_is_named_for_taking_bribes_is_a_named_perpetrator(reader: SensitiveReader, text: str) -> None:
    assert reader.read(text) == NAMED_PERPETRATOR


@pytest.mark.parametrize(
    "text",
    [
        "the landslide hit my house and my father", "children were taken to hospital", "soldiers took food to the camp",
        "the road must be repaired", "the teacher asked the children to stay at home", "my turn: me toca ir por agua",
        "the guard closed the tap", "he must sleep outside", "married couple without water",
        "hit by a truck near Kalanki",
        "la lluvia pega fuerte", "lapli bat nou", "cela nous touche tous", "mtu alinipigia simu", "ward 3 r 4 s 5",
        "a b c d blocks have no power", "the sun beats down on us", "Dr Paul hospital has no power unless it rains",
    ],
)  # fmt: skip
def test_other_trouble_is_not(reader: SensitiveReader, text: str) -> None:
    assert reader.read(text) is None
