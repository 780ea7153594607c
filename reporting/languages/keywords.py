"""Command keywords by language: STOP, START, HELP and the others that steer a conversation.

Only a message that consists of nothing else is a command: "END", "CANCEL" and "KANPE" also occur in reports ("the
fighting does not end"), and losing a report is worse than asking once more. Bare keywords stand in the languages' files
(`commands:`), whole sentences under `requests:`. Footers of phones and quotations are ignored (`message_footers.py`).
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Final

from config.languages.kinds import Words
from config.languages.load import load_languages
from reporting.languages.message_footers import strip_footers
from reporting.languages.names import find_language
from reporting.languages.normalise import words
from reporting.languages.opt_out import find_order, leaves_within
from reporting.languages.references import find_reference
from reporting.languages.spoken import list_languages_of_one_word


class Command(StrEnum):
    """A command of the sender. SKIP, BACK, YES and NO apply only while a question is open."""

    STOP = "stop"
    START = "start"
    HELP = "help"
    SKIP = "skip"
    BACK = "back"
    FORGET = "forget"
    LANGUAGE = "language"
    STATUS = "status"
    YES = "yes"
    NO = "no"


@dataclass(frozen=True, slots=True)
class FoundCommand:
    """A command with its argument: a language code for LANGUAGE, a reference for STATUS, or None."""

    command: Command
    argument: str | None = None
    languages: tuple[str, ...] = field(default=(), compare=False)  # in which the keyword is this command
    is_bare: bool = field(default=True, compare=False)  # a bare keyword, with nothing around it
    is_sure: bool = field(default=False, compare=False)  # unambiguous in every language


_LONGEST_CHARS: Final = 60  # longer texts are never a bare keyword
_READ_CHARS: Final = 2_000  # of a message, quotations and footers included


@lru_cache(maxsize=1)
def list_command_words() -> Mapping[Command, Mapping[str, Words]]:
    """List the bare keywords of each command by language; cached."""
    languages = load_languages()
    listed = {
        command: {code: getattr(language.commands, command.value) for code, language in languages.items()}
        for command in Command
    }
    listed[Command.HELP] = {code: each.commands.help + each.commands.about for code, each in languages.items()}
    return listed


@lru_cache(maxsize=1)
def _index() -> Mapping[tuple[str, ...], Mapping[str, Command]]:
    """Index the commands by their normalised words, then by language."""
    by_words: dict[tuple[str, ...], dict[str, Command]] = defaultdict(dict)
    for command, by_language in list_command_words().items():
        for language, entries in by_language.items():
            for entry in entries:
                by_words[tuple(words(entry))].setdefault(language, command)
    return dict(by_words)


def asks_what_this_is(said: tuple[str, ...]) -> bool:
    """Return whether normalised words are HELP from somebody who asks what this number is, and needs no help."""
    return said in _about()


@lru_cache(maxsize=1)
def _about() -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(words(entry)) for each in load_languages().values() for entry in each.commands.about)


def find_command(text: str, languages: Collection[str] | None = None) -> FoundCommand | None:
    """Find the command that the whole of `text` is; None if there is none.

    Case, accents, surrounding blanks, punctuation and emoji are ignored. Keywords of English and of `languages` are
    tried, those of all languages if it is None (`list_languages_of_one_word`).
    """
    own = strip_footers(text[:_READ_CHARS])
    found = find_bare_command(own, languages)
    if found is not None:
        return found
    order = find_order(own, languages)
    if order is None:
        return None
    return FoundCommand(Command(order.code), languages=(order.language,), is_bare=False, is_sure=order.is_sure)


def find_bare_command(text: str, languages: Collection[str] | None = None) -> FoundCommand | None:
    """Find the command that the whole of `text` is by a bare keyword; None if there is none."""
    stripped = text.strip()
    if not stripped or len(stripped) > _LONGEST_CHARS:
        return None
    said = tuple(words(stripped))
    command = _find_word(said, languages)
    if command is None:
        return _find_with_argument(said, languages)
    spoken = tuple(language for language, other in _index()[said].items() if other is command)
    return FoundCommand(command, languages=spoken)


def leaves_beside(text: str, languages: Collection[str] | None = None) -> bool:
    """Return whether a message that is no command asks for opt-out beside what it reports."""
    return len(text) <= _READ_CHARS and leaves_within(strip_footers(text), languages)


def _find_word(said: tuple[str, ...], languages: Collection[str] | None) -> Command | None:
    by_language = _index().get(said)
    if by_language is None:
        return None
    readable = list_languages_of_one_word(languages)
    if readable is None:
        return next(iter(by_language.values()))
    return next((by_language[code] for code in readable if code in by_language), None)


def _find_mistyped(rest: tuple[str, ...]) -> str | None:
    """Find a mistyped reference: one word of letters and digits. Its reply says that there is no such message."""
    if len(rest) != 1 or not rest[0].isascii() or not 6 <= len(rest[0]) <= 12:
        return None
    is_mixed = any(map(str.isdigit, rest[0])) and any(map(str.isalpha, rest[0]))
    return rest[0].upper() if is_mixed else None


def _find_with_argument(said: tuple[str, ...], languages: Collection[str] | None) -> FoundCommand | None:
    """Find LANGUAGE with a language before or after it, or STATUS with a reference.

    A message with any other words around is a report.
    """
    if len(said) < 2:
        return None
    first, rest = _find_word(said[:1], languages), said[1:]
    if first is Command.STATUS and (reference := find_reference(rest) or _find_mistyped(rest)) is not None:
        return FoundCommand(Command.STATUS, reference)
    if first is Command.LANGUAGE and (language := find_language(rest)) is not None:
        return FoundCommand(Command.LANGUAGE, language)
    if _find_word(said[-1:], languages) is Command.LANGUAGE and (language := find_language(said[:-1])) is not None:
        return FoundCommand(Command.LANGUAGE, language)
    return None
