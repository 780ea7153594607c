"""The words of census tables (`config/population/words.yaml`): kinds of areas, qualifiers, spellings of codes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml

import config
from geo.text.normalise import fold_name

FOLDER: Final = Path(config.__path__[0]) / "population"
_WORDS: Final = "words.yaml"
# Reads all values as text: `no` is a word here, and none of YAML's booleans.
_AS_TEXT: Final = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


@dataclass(frozen=True, slots=True)
class CensusWords:
    """Folded words; the kinds longest first, qualifiers by word with one number a meaning, codes by spelling."""

    kinds: tuple[tuple[str, ...], ...]
    kinds_before: tuple[tuple[str, ...], ...]
    qualifiers: Mapping[str, int]
    codes: Mapping[str, Mapping[str, str]]


def read_yaml(path: Path) -> Any:
    """Read a YAML file with all its values as text. Raises OSError, UnicodeDecodeError and yaml.YAMLError."""
    return yaml.load(path.read_text(encoding="utf-8"), _AS_TEXT)  # noqa: S506  # it makes nothing but texts and lists


@lru_cache(maxsize=1)
def load_words() -> CensusWords:
    """Load the words; cached."""
    read = read_yaml(FOLDER / _WORDS)
    return CensusWords(
        _sort(read["kinds"]),
        _sort(read["kinds_before"]),
        {fold_name(word): number for number, line in enumerate(read["qualifiers"]) for word in line},
        {dimension: fold_spellings(codes) for dimension, codes in read["codes"].items()},
    )


def fold_spellings(codes: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Map each folded spelling to its code; a code spells itself."""
    found = {fold_name(spelling): code for code, spellings in codes.items() for spelling in spellings}
    return found | {fold_name(code): code for code in codes}


def _sort(kinds: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    return tuple(sorted((tuple(fold_name(kind).split()) for kind in kinds), key=len, reverse=True))
