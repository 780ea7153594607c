"""What people are asked about themselves: the codes of the answers, and the words that stand for them."""

from collections.abc import Mapping
from typing import Any, Final

# SDMX CL_SEX(2.1), in the order in which Phrase.ASK_SEX numbers them.
SEX_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "F": (
        *("woman", "female", "girl", "f", "femme", "fille", "féminin", "mujer", "femenino", "mulher", "feminino"),
        *("fanm", "fi", "mwanamke", "mke", "महिला", "नारी", "mahila", "nari", "امرأة", "أنثى", "انثى"),
    ),
    "M": (
        *("man", "male", "boy", "m", "homme", "garçon", "masculin", "hombre", "masculino", "homem"),
        *("gason", "nèg", "mwanamume", "mume", "पुरुष", "purus", "purush", "رجل", "ذكر"),
    ),
    "_O": ("other", "autre", "otro", "outro", "lòt", "nyingine", "अन्य", "anya", "آخر"),
}
# SDG CL_AGE, in the order in which Phrase.ASK_AGE numbers them.
AGE_BANDS: Final[Mapping[str, tuple[str, ...]]] = {
    "Y0T14": ("0-14",),
    "Y15T24": ("15-24",),
    "Y25T64": ("25-64",),
    "Y_GE65": ("65+", "65"),
}
_AGES: Final = ((14, "Y0T14"), (24, "Y15T24"), (64, "Y25T64"), (130, "Y_GE65"))
YES: Final = "yes"
NO: Final = "no"


def list_choices(by_code: Mapping[str, tuple[str, ...]]) -> list[dict[str, Any]]:
    """List the choices of a question as it is stored."""
    return [{"code": code, "words": list(words)} for code, words in by_code.items()]


def find_age_band(age: float) -> str | None:
    """Find the band of an age in years; None for a number that is no age."""
    if age < 0:
        return None
    return next((band for last, band in _AGES if age <= last), None)
