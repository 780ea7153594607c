"""The texts that go out by SMS, in the language of the person they go to.

A phone may be shared, so no text repeats what was reported or says what it was about. Every text keeps to a budget of
segments (`budget`): one, except where Nepali and Arabic cannot say it in 70 characters.

The catalogues are gettext's (`translations/<language>/LC_MESSAGES/messages.po`). They are read from the .po files and
not from compiled ones: an installation that forgot to compile must not start to speak English to everyone.
"""

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Final

from babel.messages.pofile import read_po

SOURCE_LANGUAGE: Final = "en"
REFERENCE_LONGEST: Final = 10  # characters of a reference that the budgets leave room for
_CATALOGUES: Final = Path(__file__).parent.parent / "translations"


def N_(text: str) -> str:
    """Mark a text for `pybabel extract`, which knows this name; it is translated when it is said."""
    return text


class Phrase(StrEnum):
    """What we say. The value is the English text and the key in the catalogues."""

    RECEIVED = N_("Thank you, your message has arrived. Reference: {reference}. To get no more messages reply STOP.")
    ASK_PLACE = N_(
        "Thank you. Where is this? Please reply with the town, the ward or street, or a place near it. ({reference})"
    )
    STOPPED = N_("You will get no more messages from us. To get messages again reply START.")
    STARTED = N_("You will get messages from us again. To stop reply STOP.")
    HELP = N_(
        "Write what is happening and where, and send it to this number. We do not publish your number. "
        "To stop reply STOP."
    )
    APPROVED = N_("{reference}: your message has been checked and is being counted. Thank you.")
    RESOLVED = N_("{reference}: we were told that this is solved. If it is not, please write to us again. Thank you.")
    REJECTED = N_("{reference}: we could not use your message. You are welcome to write to us again.")


_TWO_SEGMENTS: Final[Mapping[str, frozenset[Phrase]]] = {
    "ne": frozenset({Phrase.RECEIVED, Phrase.ASK_PLACE, Phrase.HELP, Phrase.RESOLVED}),
    "ar": frozenset({Phrase.ASK_PLACE, Phrase.HELP, Phrase.RESOLVED}),
}


def budget(phrase: Phrase, language: str) -> int:
    """How many segments the phrase may take in the language, its reference up to `REFERENCE_LONGEST` characters."""
    return 2 if phrase in _TWO_SEGMENTS.get(language, frozenset()) else 1


@lru_cache(maxsize=1)
def spoken_languages() -> frozenset[str]:
    """The languages in which everything can be said: English and those with a catalogue."""
    found = _CATALOGUES.glob("*/LC_MESSAGES/messages.po")
    return frozenset({SOURCE_LANGUAGE, *(path.parent.parent.name for path in found)})


def say(key: Phrase, language: str, **values: str) -> str:
    """The phrase in `language` (a code such as `ne` or `pt-BR`) with its `{}` fields filled from `values`.

    In a language of which we have no catalogue the phrase is English: ask `spoken_languages()` before choosing one.
    Raises KeyError when a field has no value.
    """
    base = language.replace("_", "-").partition("-")[0].lower()
    template = key.value if base == SOURCE_LANGUAGE else _catalogue(base).get(key.value, key.value)
    return template.format_map(values)


@lru_cache(maxsize=32)
def _catalogue(language: str) -> Mapping[str, str]:
    """The finished translations of a language by English text; empty for a language without catalogue."""
    if language not in spoken_languages() - {SOURCE_LANGUAGE}:
        return {}
    with (_CATALOGUES / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    return {
        message.id: message.string
        for message in catalogue
        if isinstance(message.id, str) and isinstance(message.string, str) and message.string and not message.fuzzy
    }
