"""Parses the file of a language strictly by the classes of `words.py`: every key is there, and no other."""

import re
from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from functools import cache
from string import digits
from typing import Any, Final, Literal, TypeVar, cast, get_args, get_origin, get_type_hints

import yaml

from config.errors import SettingsError
from config.languages.kinds import MAY_BE_EMPTY, ByName, ByNumber, ByWord, KeyParts, Placeholders, Words
from config.languages.patterns import is_pattern, list_slots
from config.languages.words import LanguageWords

T = TypeVar("T")
_CODE: Final = "code"  # not written in the file: its name says it
_COMMA: Final = re.compile(r",(?![^(]*\))")  # outside of brackets
_YES_NO: Final = {"yes": True, "no": False}
# Reads all values as text, since a word such as `no` is none of YAML's booleans; in C, if available.
_AS_TEXT: Final = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class LanguageFileError(SettingsError):
    """A fault in the file of a language; the message names file and key."""


class _StrictLoader(_AS_TEXT):  # type: ignore[misc, valid-type]
    """YAML in which no key stands twice: the first of two lists would silently be lost."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.MarkedYAMLError(problem=f"{key.value} stands twice", problem_mark=key.start_mark)
            seen.add(key.value)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        return mapping


def parse_language(code: str, written: str, file: str) -> LanguageWords:
    """Parse what is written in the file of a language. Raises LanguageFileError."""
    try:
        read = yaml.load(written, _StrictLoader)  # noqa: S506  # it makes nothing but texts, lists and mappings
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark is not None else ""
        raise LanguageFileError(f"{file}: {line}{error.problem}") from None
    except yaml.YAMLError:
        raise LanguageFileError(f"{file}: not YAML") from None
    if isinstance(read, dict):
        read = {_CODE: code, **read}
    return _read_section(LanguageWords, read, f"{file}: ")


def _read_section(kind: type[T], value: object, where: str) -> T:
    """Read a mapping into the dataclass whose fields are its keys; `where` is put before the key in messages."""
    if not isinstance(value, dict):
        raise LanguageFileError(f"{where.rstrip('.: ')}: expected keys, each with its words")
    types = _list_types(cast(type, kind))
    for key in value:
        if key not in types:
            raise LanguageFileError(f"{where}{key}: unknown key; the keys are {', '.join(types)}")
    read: dict[str, Any] = {}
    for key, (of_type, notes) in types.items():
        if key not in value:
            raise LanguageFileError(f"{where}{key}: missing")
        read[key] = _read_value(of_type, value[key], where + key)
        if MAY_BE_EMPTY not in notes and read[key] in ("", (), {}):
            raise LanguageFileError(f"{where}{key}: empty")
        for note in notes:
            if isinstance(note, Placeholders):
                _check_patterns(read[key], note, where + key)
            if isinstance(note, KeyParts):
                _check_keys(read[key], note, where + key)
    return kind(**read)


@cache
def _list_types(kind: type) -> Mapping[str, tuple[Any, tuple[object, ...]]]:
    """List the fields with their types and the notes at them."""
    plain, marked = get_type_hints(kind), get_type_hints(kind, include_extras=True)
    return {name: (plain[name], getattr(marked[name], "__metadata__", ())) for name in marked}


def _read_value(of_type: Any, value: object, where: str) -> object:
    if isinstance(of_type, type) and is_dataclass(of_type):
        return _read_section(of_type, value, f"{where}.")
    if of_type in (ByNumber, ByWord):
        return _read_table(value, where, _read_number if of_type == ByNumber else _read_text)
    if of_type == ByName:
        return _read_texts(value, where)
    if not isinstance(value, str):
        raise LanguageFileError(f"{where}: expected words, parted by commas")
    if of_type == Words:
        return split_words(value)
    if of_type is int:
        return _read_number(value, where)
    if of_type is bool or get_origin(of_type) is Literal:
        return _choose(value.strip(), _YES_NO if of_type is bool else {each: each for each in get_args(of_type)}, where)
    return value.strip()


def split_words(written: str) -> Words:
    """Split a list at its commas, outside of brackets."""
    return tuple(word for part in _COMMA.split(written) if (word := " ".join(part.split())))


def _read_table(value: object, where: str, read_key: Callable[[str, str], T]) -> Mapping[T, Words]:
    return {read_key(key, where): split_words(listed) for key, listed in _read_texts(value, where).items()}


def _read_texts(value: object, where: str) -> ByName:
    if value == "":
        return {}
    if not isinstance(value, dict) or not all(isinstance(listed, str) for listed in value.values()):
        raise LanguageFileError(f"{where}: expected keys, each with its words")
    return value


def _read_text(written: str, _: str) -> str:
    return written


def _check_patterns(patterns: Words, placeholders: Placeholders, where: str) -> None:
    for written in patterns:
        if not is_pattern(written):
            raise LanguageFileError(f"{where}: {written[:60]!r} is no pattern, such as (a|b) c (d)?")
        slots = {slot.rstrip(digits) for slot in list_slots(written)}
        if missing := placeholders.needed - slots:
            raise LanguageFileError(f"{where}: {written[:60]!r} lacks {', '.join(sorted(missing))}")
        if unknown := slots - placeholders.needed - placeholders.allowed:
            raise LanguageFileError(
                f"{where}: {written[:60]!r} has {', '.join(sorted(unknown))}, which is no placeholder"
            )


def _check_keys(table: Mapping[str, Words], allowed: KeyParts, where: str) -> None:
    found = {part for key in table for part in key.split()}
    if unknown := found - allowed.parts:
        raise LanguageFileError(
            f"{where}: {', '.join(sorted(unknown))}: unknown; a key is made of {', '.join(sorted(allowed.parts))}"
        )
    if missing := allowed.parts - found:
        raise LanguageFileError(f"{where}: {', '.join(sorted(missing))}: missing")


def _choose(written: str, choices: Mapping[str, T], where: str) -> T:
    if written not in choices:
        raise LanguageFileError(f"{where}: expected one of {', '.join(choices)}, not {written[:40]!r}")
    return choices[written]


def _read_number(written: str, where: str) -> int:
    if not written.strip().isdecimal():
        raise LanguageFileError(f"{where}: expected a number, not {written[:40]!r}")
    return int(written)
