"""Misspelt words: what is found without looking at all known words is what looking at all of them would find."""

import random

from rapidfuzz import fuzz

from geo.text.spelling import Speller

LETTERS = "abcdeiklmnoprstu"


def slip(word: str, dice: random.Random) -> str:
    """The word with one letter behind the first left out, put in or changed."""
    at = dice.randrange(1, len(word))
    return dice.choice(
        [
            word[:at] + word[at + 1 :],
            word[:at] + dice.choice(LETTERS) + word[at:],
            word[:at] + dice.choice(LETTERS) + word[at + 1 :],
        ]
    )


def test_a_word_with_one_slip_is_taken_for_the_known_word_most_like_it() -> None:
    dice = random.Random(2)
    known = {"".join(dice.choices(LETTERS, k=dice.randrange(7, 14))) for _ in range(2_000)}
    speller = Speller(known)
    for word in dice.sample(sorted(known), 300):
        asked = slip(word, dice)
        best = max(fuzz.ratio(asked, other) for other in known)
        found = speller.find(asked)
        assert speller.find(word) is None
        assert (found is None) == (asked in known)
        assert found is None or (found[0] in known and found[1] == best / 100)


def test_only_the_first_letter_must_be_right() -> None:
    speller = Speller({"millot", "milllot", "milot"})
    assert speller.find("mmillot") == ("millot", fuzz.ratio("mmillot", "millot") / 100)
    assert speller.find("villot") is None


def test_of_no_words_none_is_known_or_found() -> None:
    speller = Speller(set())
    assert not speller.is_known("delmas")
    assert speller.find("delmas") is None


def test_short_words_are_known_and_not_guessed() -> None:
    speller = Speller({"kay"})
    assert speller.is_known("kay")
    assert speller.find("kayy") is None
    assert speller.find("kayes") is None
