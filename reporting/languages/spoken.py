"""The languages in which SMS and pages can be written: of all languages with a file those that have the catalogue.

The files of the languages (`<code>.yaml` in this folder) are the only list. English is the source of all texts, and
needs no catalogue. In a language without one we understand what people write, and answer in another.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from babel import Locale, UnknownLocaleError

from config.languages.load import list_own_folders, load_languages

SOURCE_LANGUAGE: Final = "en"
SMS: Final = "messages"  # the catalogue of the texts that go out by SMS
PAGES: Final = "web"  # the catalogue of the texts of the pages
CATALOGUES: Final = Path(__file__).parent.parent / "translations"


@dataclass(frozen=True, slots=True)
class Language:
    """A supported language, with its name in itself."""

    code: str
    name: str


@lru_cache(maxsize=2)
def list_languages(domain: str) -> tuple[Language, ...]:
    """List the languages of a catalogue by their own names, English first."""
    languages = [Language(code, words.name) for code, words in load_languages().items()]
    written = [
        each
        for each in languages
        if each.code == SOURCE_LANGUAGE
        or (domain in list_domains(each.code) and find_catalogue(each.code, domain).exists())
    ]
    return tuple(sorted(written, key=lambda language: (language.code != SOURCE_LANGUAGE, language.name)))


def list_languages_of_one_word(languages: Collection[str] | None) -> tuple[str, ...] | None:
    """List the languages in which a keyword or a word alone is read: English and those spoken here; None is all.

    Networks obey English words everywhere. "Acha" and "Baja" are places to people who speak neither Swahili nor
    Spanish.
    """
    return None if languages is None else tuple(dict.fromkeys((SOURCE_LANGUAGE, *languages)))


def list_domains(code: str) -> tuple[str, ...]:
    """List the catalogues that a language can have: pages need dates and numbers of CLDR, an SMS does not.

    Empty for a code that neither CLDR nor a file of words knows.
    """
    try:
        Locale.parse(code)
    except (UnknownLocaleError, ValueError):
        return (SMS,) if code in load_languages() else ()
    return PAGES, SMS


def find_catalogue(code: str, domain: str, folder: Path | None = None) -> Path:
    """Return the path of a language's catalogue, whether it exists or not.

    Without `folder` it is the operator's own where there is one, else the program's.
    """
    inner = Path(code, "LC_MESSAGES", f"{domain}.po")
    if folder is not None:
        return folder / inner
    return next((path for own in list_own_folders() if (path := own / inner).exists()), CATALOGUES / inner)
