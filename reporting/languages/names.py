"""Names of the supported languages: in themselves, in each other, as codes, and in common spellings."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from babel import Locale

from reporting.languages.normalise import words

# Own names for a list of choices, without letters outside GSM-7 where possible, because these make an SMS expensive.
OWN_NAMES: Final[Mapping[str, str]] = {
    "en": "English",
    "fr": "Francais",
    "es": "Español",
    "sw": "Kiswahili",
    "ht": "Kreyòl",
    "ne": "नेपाली",
    "pt": "Portugues",
    "ar": "العربية",
}

# Names and spellings that Babel lacks.
_OTHER_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "en": ("eng", "angle", "anglè", "angreji", "angrezi", "अंग्रेजी", "अङ्ग्रेजी", "إنجليزي", "الانكليزية"),
    "fr": ("fra", "fre", "française", "francaise", "franse", "fransè", "frenchi", "फ्रेन्च", "فرنسي"),
    "es": ("spa", "española", "castellano", "panyòl", "espanyòl", "स्पेनिस", "إسباني"),
    "sw": ("swa", "kiswahili", "swayili", "سواحيلي", "السواحيلية"),
    "ht": ("hat", "kreyòl", "kreol", "creole", "créole", "haitian", "criollo", "crioulo haitiano", "kikrioli", "كريول"),
    "ne": ("nep", "nepali", "népali", "खस नेपाली", "نيبالي"),
    "pt": ("por", "portuguesa", "pòtigè", "पोर्चुगिज", "برتغالي"),
    "ar": ("ara", "arabic", "arab", "arabi", "árabe", "arabe", "عربي", "عربية", "अरबिक"),
}


def find_language(said: tuple[str, ...]) -> str | None:
    """Find the code of the language that these normalised words name; None if they name none."""
    return _by_name().get(said)


@lru_cache(maxsize=1)
def _by_name() -> Mapping[tuple[str, ...], str]:
    names = {
        tuple(words(str(Locale.parse(speaker).languages.get(code, code)))): code
        for speaker in OWN_NAMES
        for code in OWN_NAMES
    }
    for code, others in _OTHER_NAMES.items():
        names |= {tuple(words(name)): code for name in (code, OWN_NAMES[code], *others)}
    return names
