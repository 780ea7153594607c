"""The supported languages: English, the source language of all texts, and those with a catalogue.

This is the only list. SMS and pages use it, each for its own catalogue; a language is added by adding its catalogues.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from babel import Locale

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
    found = (path.parent.parent.name for path in CATALOGUES.glob(f"*/LC_MESSAGES/{domain}.po"))
    others = sorted((_name(code) for code in found), key=lambda language: language.name)
    return (_name(SOURCE_LANGUAGE), *others)


def find_catalogue(code: str, domain: str, folder: Path = CATALOGUES) -> Path:
    """Return the path of a language's catalogue, whether it exists or not."""
    return folder / code / "LC_MESSAGES" / f"{domain}.po"


def _name(code: str) -> Language:
    own = Locale.parse(code).get_display_name(code) or code
    return Language(code, own.capitalize())
