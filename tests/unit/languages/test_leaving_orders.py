"""Orders are combinations of concepts that every language has words for."""

from config.languages.leaving_words import CONCEPTS
from config.languages.load import load_languages
from reporting.languages.leaving import load_patterns
from reporting.languages.leaving_orders import EVERYWHERE, VOICE


def test_an_order_is_made_of_concepts_that_the_files_of_the_languages_may_have() -> None:
    patterns = [pattern for kind in load_patterns().values() for pattern in kind]
    used = set().union(VOICE, *(pattern.needed | pattern.missing for pattern in patterns))
    assert used | {"self", "others"} == CONCEPTS
    assert {concept for key in EVERYWHERE for concept in key.split()} <= CONCEPTS


def test_the_program_has_words_in_each_language_for_all_that_an_order_needs() -> None:
    needed = set().union(*(pattern.needed for kind in load_patterns().values() for pattern in kind))
    for code, language in load_languages().items():
        has = {concept for key, listed in language.leaving.concepts.items() if listed for concept in key.split()}
        assert needed - has == set(), code
