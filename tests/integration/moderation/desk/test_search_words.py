"""What is searched in a text is each of its words and their spelling keys, whatever the text."""

import random

import pytest
from sqlalchemy import Connection, text

SAID = (
    "",
    " ... !? ",
    "No water in Delmas 33, since 3 days!!",
    "The phone at the quick-check clinic: ACCESS blocked; chaque  matin, Zzz aaa",
    "Dlo a sal nan Léogâne, tanpri ede nou prèske tout moun malad",
    "لا ماءَ في بَكْتَبور منذ يومين ، ١٢ شخصاً",
    "भक्तपुरमा पानी छैन। ३ दिन भयो",
    "ŁÓDŹ straße ﬁre ½ ② İstanbul IĞDIR",
    "🚨🚨 fire 🔥 at the market🙏 http://example.org/a?b=c&d=e",
    "a" * 45 + " " + "é" * 50 + " x" * 60,
    "x1phone phone2 ph ck qu cch quch ckh hhh bookkeeper mississippi",
    "line one\nline two\ttabbed\u00a0space\u200djoined so\u00adft",
    "word " * 1000 + "beyond",
)
ALPHABET = "abcdefghiklmnopqrstuvwyz ABC   123.,-'éèçñıøłđ ÀÖşğ نماء काठ\u0301\u0640\u200d🔥\n"
TOGETHER = text(
    """
    SELECT search_words(:said) = array_to_tsvector(fold_words(:said) || ARRAY(
           SELECT DISTINCT spelling_key(word) FROM unnest(fold_words(:said)) AS word
            WHERE spelling_key(word) IS NOT NULL))
    """
)


@pytest.mark.parametrize("said", SAID, ids=range(len(SAID)))
def test_words_and_keys_are_those_of_each_word_by_itself(connection: Connection, said: str) -> None:
    assert connection.execute(TOGETHER, {"said": said}).scalar_one() is True


def test_so_they_are_of_any_letters(connection: Connection) -> None:
    chance = random.Random(50)
    for _ in range(300):
        said = "".join(chance.choices(ALPHABET, k=chance.randrange(1, 120)))
        assert connection.execute(TOGETHER, {"said": said}).scalar_one() is True, said


@pytest.mark.parametrize(
    ("codes", "areas"),
    [("{}", []), ('{"1": "np", "2": "np-3"}', ["area:np", "area:np-3"]), ('{"1": null}', []), ("[1]", [])],
)
def test_facets_are_the_topic_language_channel_place_and_areas(
    connection: Connection, codes: str, areas: list[str]
) -> None:
    query = text("SELECT search_facets(7, NULL, 'sms', CAST(:codes AS jsonb), :is_placed)")
    begin = ["topic:7", "language:none", "channel:sms"]
    found = [connection.execute(query, {"codes": codes, "is_placed": each}).scalar_one() for each in (True, False)]
    assert found == [begin + areas, [*begin, "place:none", *areas]]
