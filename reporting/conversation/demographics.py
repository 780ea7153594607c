"""What people are asked about themselves: the codes of the answers, and the words that stand for them."""

from collections.abc import Mapping
from typing import Any, Final

from config.languages.load import collect
from reporting.models.states import AffectedRole
from reporting.reports.affected import SELF
from reporting.reports.profile import SEXES

# SDG CL_AGE, in the order in which Phrase.ASK_AGE numbers them.
AGE_BANDS: Final[Mapping[str, tuple[str, ...]]] = {
    "Y0T14": ("0-14",),
    "Y15T24": ("15-24",),
    "Y25T64": ("25-64",),
    "Y_GE65": ("65+", "65"),
}
YES: Final = "yes"
NO: Final = "no"


def list_sex_words() -> Mapping[str, tuple[str, ...]]:
    """List the words of all languages by the code of the sex that they tell."""
    chosen = (collect(lambda each: each.answers.female), collect(lambda each: each.answers.male))
    return dict(zip(SEXES, (*chosen, collect(lambda each: each.answers.other)), strict=True))


def list_affected_words() -> Mapping[str, tuple[str, ...]]:
    """List the words of all languages by whom they tell that a report is about, in the order in which it is asked."""
    return {
        SELF: collect(lambda each: each.answers.myself),
        AffectedRole.PERSON: collect(lambda each: each.answers.person),
        AffectedRole.HOUSEHOLD: collect(lambda each: each.answers.household),
        AffectedRole.COMMUNITY: collect(lambda each: each.answers.community),
    }


def list_choices(by_code: Mapping[str, tuple[str, ...]]) -> list[dict[str, Any]]:
    """List the choices of a question as it is stored."""
    return [{"code": code, "words": list(words)} for code, words in by_code.items()]
