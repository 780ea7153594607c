"""Updates the gettext catalogues in `translations/` from the texts in the sources; `script/translate` runs it.

New texts are added empty, texts that are gone are removed, translations stay. A named language without a catalogue gets
one. There is no fuzzy matching: a text that resembles an old one is translated by a person.
"""

import sys
from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from config.languages.load import list_own_folders, use_folder
from config.settings import load_settings
from reporting.languages.sms_texts import Phrase
from reporting.languages.spoken import CATALOGUES, PAGES, SMS, find_catalogue, list_domains

_ROOT: Final = Path(__file__).parent.parent
_KEYWORDS: Final = {"gettext": None, "_": None, "lazy_gettext": None, "ngettext": (1, 2)}
_ROOMS_WITH_PAGE_TEXTS: Final = ("web", "publishing")
_METHODS: Final = [("**.py", "python"), ("**.html", "jinja2")]
_WIDTH: Final = 120
_TITLES: Final = {PAGES: "Texts of the pages.", SMS: "Texts that go out by SMS."}
_HEADER: Final = """\
# {title}
msgid ""
msgstr ""
"Project-Id-Version: Baraza\\n"
"Language: {language}\\n"
"Plural-Forms: {plural}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""

Text = str | tuple[str, ...]  # a text, or the forms of its number


def list_texts(domain: str) -> Iterator[Text]:
    """List the English texts of a domain, each once."""
    if domain == SMS:
        yield from dict.fromkeys(str(phrase) for phrase in Phrase)
        return
    found = (
        extract_from_dir(str(_ROOT / room), method_map=_METHODS, keywords=_KEYWORDS) for room in _ROOMS_WITH_PAGE_TEXTS
    )
    yield from dict.fromkeys(text for _file, _line, text, _comments, _context in chain.from_iterable(found))


def update(folder: Path, language: str, domain: str, *, is_new: bool = False) -> list[str]:
    """Rewrite the catalogue of a language, or create it with `is_new`; return the texts without translation."""
    path = find_catalogue(language, domain, folder)
    if path.exists():
        catalogue = read_po(BytesIO(path.read_bytes()), locale=language)
        header = path.read_text(encoding="utf-8").partition("\n\n")[0] + "\n\n"  # with what it says to translators
    elif is_new:
        path.parent.mkdir(parents=True, exist_ok=True)
        catalogue = Catalog(locale=language)
        header = _HEADER.format(title=_TITLES[domain], language=language, plural=catalogue.plural_forms)
    else:
        return []
    template = Catalog()
    for text in list_texts(domain):
        template.add(text, flags=["python-brace-format"] if domain == SMS else ())
    catalogue.update(template, no_fuzzy_matching=True)
    written = BytesIO()
    write_po(
        written, catalogue, width=_WIDTH, no_location=True, omit_header=True, ignore_obsolete=True,
        sort_output=domain == PAGES,
    )  # fmt: skip
    written_new = header + written.getvalue().decode()
    if not path.exists() or path.read_text(encoding="utf-8") != written_new:
        path.write_text(written_new, encoding="utf-8")
    return [_first(message.id) for message in catalogue if message.id and not _is_translated(message.string)]


def _first(text: str | Sequence[str]) -> str:
    return text if isinstance(text, str) else text[0]


def _is_translated(string: object) -> bool:
    return all(string) if isinstance(string, (tuple, list)) else bool(string)


def _list_catalogues(new: Sequence[str]) -> set[tuple[Path, str]]:
    """List the languages that have catalogues, with their folder: that of its words for a new one."""
    there = {
        (folder, path.name)
        for folder in (CATALOGUES, *list_own_folders())
        for path in folder.iterdir()
        if (path / "LC_MESSAGES").is_dir()
    }
    homes = {path.stem: folder for folder in list_own_folders() for path in folder.glob("*.yaml")}
    return there | {(homes.get(language, CATALOGUES), language) for language in new}


def main(arguments: Sequence[str]) -> int:
    """Update all catalogues, including those of the named languages.

    Return the exit code: 1 if translations are missing.
    """
    use_folder(load_settings().languages_folder)
    for language in arguments:
        if not list_domains(language):
            print(f"translate: {language!r} is no code of a language", file=sys.stderr)
            return 2
    missing = 0
    for folder, language in sorted(_list_catalogues(arguments)):
        for domain in list_domains(language):
            lacks = update(folder, language, domain, is_new=language in arguments)
            missing += len(lacks)
            if lacks:
                print(f"{language}/{domain}.po: {len(lacks)} texts to translate, the first: {lacks[0]!r}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
