"""Texts of outbound SMS in the languages of their recipients.

A phone may be shared, so no text repeats what was reported or names its topic. Every text keeps to a budget of segments
(`budget`). The budget is one, except where Nepali and Arabic need more than 70 characters, and where languages are
listed by their own names, in every script.

The catalogues are gettext's (`translations/<language>/LC_MESSAGES/messages.po`). The .po files are read directly, so
that an installation without compiled catalogues does not fall back to English.
"""

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Final

from babel.messages.pofile import read_po

from config.languages.load import load_languages
from reporting.languages.spoken import SMS, SOURCE_LANGUAGE, find_catalogue, list_languages

REFERENCE_LONGEST: Final = 10  # characters of a reference that the budgets allow for
ORGANISATION_LEAST: Final = 12  # characters of the organisation's name that the budgets allow for
PLACES_LONGEST: Final = 60  # characters of the list of places in ASK_WHICH that the budgets allow for


def N_(text: str) -> str:
    """Mark a text for `pybabel extract`, which knows this name; the translation happens in `say`."""
    return text


class Phrase(StrEnum):
    """An outbound text. The value is the English text and the key in the catalogues."""

    RECEIVED = N_("{organisation} has your message. Reference: {reference}. To get no more messages reply STOP.")
    RECEIVED_SHORT = N_("{organisation} has your message {reference}. To stop: STOP.")
    WELCOME = N_(
        "Hello. Write what is happening and where: it reaches {organisation}. To get no more messages reply STOP."
    )
    ASK_PLACE = N_(
        "Thank you. Where is this? Please reply with the town, the ward or street, or a place near it. ({reference})"
    )
    STOPPED = N_("You will get no more messages from us. To get messages again reply START.")
    STOPPED_REPORTED = N_(
        "We have your message {reference}. You will get no more messages from us. To get messages again reply START."
    )
    STARTED = N_("You will get messages from us again. To stop reply STOP.")
    HELP = N_(
        "Write what is happening and where, and send it to this number. We do not publish your number. "
        "To stop reply STOP."
    )
    APPROVED = N_("{reference}: your message has been checked and accepted. Thank you.")
    RESOLVED = N_("{reference}: we were told that this is solved. If it is not, please write to us again. Thank you.")
    ASK_SOLVED = N_("{reference}: we were told that this is solved. Is it? 1 Yes 2 No")
    REJECTED = N_("{reference}: we could not use your message. You are welcome to write to us again.")

    # A conversation: `choices` are numbered from 1, as in "1 Delmas 33, 2 Delmas 75".
    ASK_WHICH = N_("Which place do you mean? {choices} Reply with the number. ({reference})")
    REPEAT_CHOICE = N_("Please reply with a number from 1 to {count}, or SKIP.")
    REPEAT_NUMBER = N_("Please reply with a number only, for example 12, or SKIP.")
    CLOSED_THANKS = N_("Thank you, we have everything we need. Reference: {reference}.")
    STATUS_WAITING = N_("{reference}: your message has arrived.")  # also of what was restricted, checked or not
    STATUS_APPROVED = N_("{reference}: your message has been checked and accepted.")
    STATUS_COUNTED = N_("{reference}: your message has been checked and counts in published figures.")
    STATUS_REJECTED = N_("{reference}: your message has been checked. It could not be used.")
    STATUS_NONE = N_("We find no such message from you. To send one, write what is happening and where.")
    ASK_FORGET = N_("Shall we delete everything you sent us? Reply 1 to delete it, 2 to keep it.")
    FORGOTTEN = N_("Everything you sent us has been deleted.")
    KEPT = N_("Nothing has been deleted.")
    ASK_LANGUAGE = N_("Which language? {choices}. Reply with the number.")
    LANGUAGE_SET = N_("From now on we write to you in English.")  # every translation names its own language
    SLOWED = N_("We have all your messages and are working on them.")
    HOTLINE = N_(
        "Thank you, we have your message. If you need help now, go to someone you trust or call the emergency services."
    )

    # About the person: SDMX codes F, M, _O and SDG codes Y0T14, Y15T24, Y25T64, Y_GE65 in the order of the numbers.
    ASK_SEX = N_("Are you: 1 female, 2 male, 3 other? Reply with the number, or SKIP.")
    ASK_AGE = N_("How old are you? 1: 0-14, 2: 15-24, 3: 25-64, 4: 65 or older. Reply with the number, or SKIP.")
    OFFER_WG = N_("May we ask six short questions about difficulties with daily activities? 1 Yes 2 No")

    # About whom a report is about: SELF and the roles of AffectedRole, then of one person the codes as above.
    ASK_AFFECTED = N_(
        "Who is affected: 1 you, 2 another person, 3 a household, 4 a community? Reply with the number, or SKIP."
    )
    ASK_AFFECTED_NUMBER = N_("How many people are affected? Reply with a number, or SKIP.")
    ASK_AFFECTED_SEX = N_("Is this person: 1 female, 2 male, 3 other? Reply with the number, or SKIP.")
    ASK_AFFECTED_AGE = N_(
        "How old is this person? 1: 0-14, 2: 15-24, 3: 25-64, 4: 65 or older. Reply with the number, or SKIP."
    )
    ASK_AFFECTED_DIFFICULTY = N_(
        "Does this person have a lot of difficulty seeing, hearing, walking, remembering, washing or communicating? "
        "1 Yes 2 No, or SKIP."
    )

    # Screens of a USSD session.
    MENU_WHAT = N_("What is happening? Write it in a few words.")
    MENU_WHERE = N_("Where is it? Write the town, the ward or street, or a place near it.")
    MENU_DONE = N_("Thank you, your message has arrived.")


# Phrases that may have two segments in a script outside of GSM-7: 70 characters in one segment, and 134 in two.
_TWO_IN_UCS_2: Final = frozenset(
    {
        *(Phrase.WELCOME, Phrase.ASK_PLACE, Phrase.HELP, Phrase.RESOLVED, Phrase.ASK_WHICH, Phrase.ASK_FORGET),
        *(Phrase.HOTLINE, Phrase.ASK_AGE, Phrase.OFFER_WG, Phrase.ASK_AFFECTED, Phrase.ASK_AFFECTED_AGE),
        Phrase.ASK_AFFECTED_DIFFICULTY,
    }
)


def budget(phrase: Phrase, language: str) -> int:
    """Return how many segments the phrase may take in the language.

    The organisation's name has `ORGANISATION_LEAST` characters, a reference up to `REFERENCE_LONGEST`, the places of
    ASK_WHICH up to `PLACES_LONGEST` in the script of the language, ASK_LANGUAGE all languages.
    """
    is_ucs_2 = language in load_languages() and load_languages()[language].detection.script != "Latin"
    return 2 if phrase is Phrase.ASK_LANGUAGE or (is_ucs_2 and phrase in _TWO_IN_UCS_2) else 1


@lru_cache(maxsize=1)
def spoken_languages() -> frozenset[str]:
    """Return the codes of the languages in which every SMS text exists."""
    return frozenset(language.code for language in list_languages(SMS))


def say(key: Phrase, language: str, **values: str) -> str:
    """Translate the phrase to `language` (a code such as `ne` or `pt-BR`) and fill its `{}` fields from `values`.

    In a language without catalogue the phrase is English; choose one of `spoken_languages()`. Raises KeyError when a
    field has no value.
    """
    base = language.replace("_", "-").partition("-")[0].lower()
    template = key.value if base == SOURCE_LANGUAGE else _catalogue(base).get(key.value, key.value)
    return template.format_map(values)


@lru_cache(maxsize=32)
def _catalogue(language: str) -> Mapping[str, str]:
    """Load the finished translations of a language by English text; empty for a language without catalogue."""
    if language not in spoken_languages() - {SOURCE_LANGUAGE}:
        return {}
    with find_catalogue(language, SMS).open("rb") as file:
        catalogue = read_po(file, locale=language)
    return {
        message.id: message.string
        for message in catalogue
        if isinstance(message.id, str) and isinstance(message.string, str) and message.string and not message.fuzzy
    }
