"""Topics read from keywords: endings, slips, phrases, weak words, scripts, and speed."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting.extraction.topic import TopicDefinition, TopicReader

TOPICS = (
    TopicDefinition(
        "water",
        {"ne": ("पानी", "~pani", "paani", "khanepani", "=dhara"), "en": ("water", "tanker")},
        {"en": "Water"},
    ),
    TopicDefinition(
        "electricity", {"ne": ("बिजुली", "bijuli", "batti"), "en": ("transformer", "no light")}, {"en": "Power"}
    ),
    TopicDefinition("roads", {"ne": ("बाटो", "bato"), "en": ("road", "evacuat*")}, {"en": "Roads"}),
)
READER = TopicReader(TOPICS)


def code(text: str, language: str | None = None) -> str | None:
    guess = READER.read(text, language)
    return guess.code if guess else None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("NO WATER", "water"),
        ("waters everywhere", "water"),
        ("khanepaniko samasya", "water"),
        ("पानीको समस्या", "water"),
        ("trnsformer blast", "electricity"),
        ("transfromer blast", "electricity"),
        ("there is no light.", "electricity"),
        ("évacuation", "roads"),
        ("Báto bigriyo", "roads"),
        ("bijuli pani chaina", "electricity"),  # pani is weak: here it means "too"
        ("बिजुली पनि छैन", "electricity"),
        ("hamro pani aayena", "water"),
        ("dhara sukyo", "water"),
        ("Dharan 12", None),
        ("पनि", None),
        ("light is fine, no problem", None),
        ("roadster", None),
        ("", None),
        ("🙏🙏 ???", None),
    ],
)
def test_a_topic_is_read(text: str, expected: str | None) -> None:
    assert code(text) == expected


def test_the_guess_shows_the_keywords_it_rests_on() -> None:
    guess = READER.read("water tanker on the road", "en")
    assert guess is not None
    assert guess.code == "water"
    assert guess.matched == ("water", "tanker")


def test_confidence_grows_with_evidence_and_shrinks_with_contradiction() -> None:
    def confidence(text: str) -> float:
        guess = READER.read(text, None)
        return guess.confidence if guess else 0.0

    assert 0 < confidence("pani") < confidence("khanepni") < confidence("water") < confidence("water tanker") < 1
    assert confidence("water road") < confidence("water")
    assert confidence("trnsformer") < confidence("transformer")


def test_a_repeated_word_is_no_more_evidence() -> None:
    assert READER.read("water water water", None) == READER.read("water", None)


def test_a_word_in_two_lists_of_a_topic_counts_once() -> None:
    twice = TopicReader([TopicDefinition("food", {"ht": ("manje",), "fr": ("manje",)}, {"en": "Food"})])
    once = TopicReader([TopicDefinition("food", {"ht": ("manje",)}, {"en": "Food"})])
    assert twice.read("manje", None) == once.read("manje", None)


def test_of_equal_topics_the_one_named_first_wins_and_both_are_told() -> None:
    assert [guess.code for guess in READER.read_all("road and water", None)] == ["roads", "water"]
    assert [guess.code for guess in READER.read_all("water and road", None)] == ["water", "roads"]


def test_the_language_of_the_text_decides_between_equals() -> None:
    assert code("water bato", "ne") == "roads"
    assert code("bato water", "en") == "water"


def test_a_keyword_without_letters_is_refused() -> None:
    with pytest.raises(ValueError, match="topic x"):
        TopicReader([TopicDefinition("x", {"en": ("~*",)}, {"en": "x"})])


@given(st.text(alphabet=st.characters(codec=None), max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    assert all(0 < guess.confidence < 1 for guess in READER.read_all(text, None))


def test_it_is_fast_also_on_words_never_seen() -> None:
    texts = [
        f"hamro gaun{number} ma khanepaani{number} chaina aayena bijulii wardno{number} ma" for number in range(2000)
    ]
    started = time.process_time()
    for text in texts:
        READER.read(text, None)
    assert len(texts) / (time.process_time() - started) > 5000
