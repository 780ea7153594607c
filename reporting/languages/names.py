"""Names of the supported languages: in themselves, in each other, as codes, and in common spellings."""

from collections.abc import Mapping
from functools import lru_cache

from babel import Locale, UnknownLocaleError

from config.languages.load import load_languages
from reporting.languages.normalise import words


def list_sms_names() -> Mapping[str, str]:
    """List the languages by code with the names that they have in an SMS, in the order in which they are offered."""
    return {code: language.sms_name for code, language in load_languages().items()}


def find_language(said: tuple[str, ...]) -> str | None:
    """Find the code of the language that these normalised words name; None if they name none."""
    return _by_name().get(said)


@lru_cache(maxsize=1)
def _by_name() -> Mapping[tuple[str, ...], str]:
    languages = load_languages()
    names = {tuple(words(_name(code, speaker))): code for speaker in languages for code in languages}
    for code, language in languages.items():
        listed = (code, language.sms_name, language.name, *language.other_names)
        names |= {tuple(words(name)): code for name in listed}
    return names


def _name(code: str, speaker: str) -> str:
    """Return what CLDR calls a language in another one; its code where it knows one of the two not."""
    try:
        return str(Locale.parse(speaker).languages.get(code, code))
    except UnknownLocaleError:
        return code
