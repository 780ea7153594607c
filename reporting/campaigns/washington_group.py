"""The Washington Group Short Set on Functioning: six questions, word for word, and their four answers.

Figures of different countries are comparable only if wording, order and answers are unchanged. So the English wording
is built in, and campaigns supply other languages from the Group or their statistical office. Nothing is translated
here. Source: the Short Set as the Washington Group on Disability Statistics publishes it.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from reporting.campaigns.definition import PersonQuestions, Texts

DOMAINS: Final = ("see", "hear", "walk", "cog", "self", "comm")
ANSWERS: Final = ("no_difficulty", "some_difficulty", "a_lot_of_difficulty", "cannot_do")  # their numbers are 1 to 4
CUT_OFF: Final = 3  # from this answer in one domain on, a person counts as with a disability

ENGLISH: Final[Texts] = {
    "see": "Do you have difficulty seeing, even if wearing glasses?",
    "hear": "Do you have difficulty hearing, even if using a hearing aid?",
    "walk": "Do you have difficulty walking or climbing steps?",
    "cog": "Do you have difficulty remembering or concentrating?",
    "self": "Do you have difficulty (with self-care such as) washing all over or dressing?",
    "comm": (
        "Using your usual (customary) language, do you have difficulty communicating, "
        "for example understanding or being understood?"
    ),
    "no_difficulty": "No, no difficulty",
    "some_difficulty": "Yes, some difficulty",
    "a_lot_of_difficulty": "Yes, a lot of difficulty",
    "cannot_do": "Cannot do at all",
}


def list_languages(person: PersonQuestions) -> list[str]:
    """List the languages with an official wording: English first, then the campaign's in alphabetic order."""
    return ["en", *sorted(set(person.washington_group) - {"en"})]


def get_question(person: PersonQuestions, language: str, domain: str) -> str:
    """Get the question of a domain. Raises KeyError for a language that `list_languages` does not name."""
    return _wordings(person)[language][domain]


def list_answers(person: PersonQuestions, language: str) -> Sequence[str]:
    """List the four answers in the order of their numbers. Raises KeyError as `get_question` does."""
    return [_wordings(person)[language][answer] for answer in ANSWERS]


def spell_question(person: PersonQuestions, language: str, domain: str) -> str:
    """Format a question as one message, each answer on its own line with its number. Raises KeyError as above."""
    answers = (f"{number} {answer}" for number, answer in enumerate(list_answers(person, language), start=1))
    return "\n".join((get_question(person, language, domain), *answers))


def _wordings(person: PersonQuestions) -> Mapping[str, Texts]:
    return {**person.washington_group, "en": ENGLISH}
