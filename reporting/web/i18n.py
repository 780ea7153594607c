"""The language of the pages: chosen by the visitor, else by their browser, with right-to-left where it is written so.

Catalogues are read from the `.po` files themselves: a compiled file that was forgotten would silently show English.
"""

from io import BytesIO
from typing import Any, Final
from urllib.parse import urlencode

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, request, session
from flask_babel import Babel, Domain, get_locale

from reporting.languages.spoken import PAGES, SOURCE_LANGUAGE, find_catalogue, list_languages
from reporting.web.current_campaign import select_timezone

_SESSION_KEY: Final = "language"
_PARAMETER: Final = "lang"
_LONGEST_CODE: Final = 8


class PageDomain(Domain):  # type: ignore[misc]
    """The translations of the pages, in a catalogue beside that of the outbound messages."""

    def __init__(self) -> None:
        super().__init__(domain=PAGES)

    def get_translations(self) -> NullTranslations:
        """Return the catalogue of the request's language; an empty one for English or outside of a request."""
        locale = get_locale()
        code = locale.language if locale is not None else SOURCE_LANGUAGE
        if code not in self.cache:
            self.cache[code] = load_catalogue(code)
        return self.cache[code]  # type: ignore[no-any-return]


class PageBabel(Babel):  # type: ignore[misc]
    """Flask-Babel with our reading of catalogues."""

    domain_instance = PageDomain()


def load_catalogue(code: str) -> NullTranslations:
    """Load the page texts of a language; empty where there is no catalogue."""
    path = find_catalogue(code, PAGES)
    if not path.exists():
        return NullTranslations()
    with path.open("rb") as file:
        catalogue = read_po(file, locale=code)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled, PAGES)


def configure_language(app: Flask) -> None:
    """Set language and writing direction of every page."""
    PageBabel(app, default_domain=PAGES, locale_selector=select_language, timezone_selector=select_timezone)
    app.before_request(_remember_choice)
    app.context_processor(_describe_language)


def select_language() -> str:
    """Select the language code of this request: that chosen with `?lang=`, else the browser's."""
    chosen = session.get(_SESSION_KEY)
    codes = [language.code for language in list_languages(PAGES)]
    if chosen in codes:
        return str(chosen)
    return request.accept_languages.best_match(codes, SOURCE_LANGUAGE) or SOURCE_LANGUAGE


def _remember_choice() -> None:
    asked = request.args.get(_PARAMETER, "")[:_LONGEST_CODE]
    if any(asked == language.code for language in list_languages(PAGES)):
        session[_SESSION_KEY] = asked


def _describe_language() -> dict[str, Any]:
    locale = get_locale()
    return {
        "page_language": locale.language if locale is not None else SOURCE_LANGUAGE,
        "page_direction": locale.text_direction if locale is not None else "ltr",
        "languages": list_languages(PAGES),
        "find_language_url": find_language_url,
    }


def find_language_url(code: str) -> str:
    """Make the address of this page in another language, with all other parameters kept."""
    return "?" + urlencode({**request.args, _PARAMETER: code})
