"""Loads the files of the languages once for the process: those of the program, and those of a folder of the operator.

The files stand at `reporting/languages/<code>.yaml`. This reader lies below channels, geo and reporting, so that all of
them read one file a language (docs/adr/0016-a-language-is-one-file.md).
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

from config.languages.parse import LanguageFileError, parse_language
from config.languages.words import LanguageWords

BUILT_IN: Final = Path(__file__).resolve().parents[2] / "reporting" / "languages"
_NAME: Final = re.compile(r"[a-z]{2,3}")

_folders: list[Path] = [BUILT_IN]


def use_folder(folder: Path | None) -> None:
    """Read the files of this folder too; one of a code that the program has replaces the program's.

    To be called before the first text is read, since patterns are made of the words once. Raises LanguageFileError for
    a folder or a file that cannot be used.
    """
    if folder is None or folder in _folders:
        return
    if load_languages.cache_info().currsize:
        raise RuntimeError("the languages were read before the folder was named")
    if not folder.is_dir():
        raise LanguageFileError(f"LANGUAGES_FOLDER: {folder} is no folder")
    _folders.append(folder)
    load_languages()


def list_own_folders() -> tuple[Path, ...]:
    """List the operator's folders: beside files of languages, catalogues of our texts may stand there."""
    return tuple(_folders[1:])


@lru_cache(maxsize=1)
def load_languages() -> Mapping[str, LanguageWords]:
    """Load all languages by code, in their order; cached. Raises LanguageFileError."""
    files = {path.stem: path for folder in _folders for path in folder.glob("*.yaml") if _NAME.fullmatch(path.stem)}
    read = [parse_language(code, _read_file(path), path.name) for code, path in files.items()]
    return {each.code: each for each in sorted(read, key=lambda language: (language.order, language.code))}


def collect(choose: Callable[[LanguageWords], Iterable[str]]) -> tuple[str, ...]:
    """Collect what `choose` takes of each language, each word once, in the order of the languages."""
    return tuple(dict.fromkeys(word for language in load_languages().values() for word in choose(language)))


def _read_file(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise LanguageFileError(f"{path.name}: {getattr(error, 'strerror', None) or 'not UTF-8'}") from None
