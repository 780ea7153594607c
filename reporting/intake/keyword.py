"""The words by which people leave, come back or ask what this is, in the languages we speak.

Only a message that consists of nothing else is a command: "END", "CANCEL" and "KANPE" also stand in reports
("the fighting does not end"), and losing a report is worse than asking once more.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from reporting.intake.fold import words


class Command(StrEnum):
    """What the sender wants: no more messages, messages again, or to know what this is."""

    STOP = "stop"
    START = "start"
    HELP = "help"


# English words are those that gateways act on by themselves, so that our record agrees with theirs. Their YES is left
# out on purpose: it is a likely answer to a question of ours, and staying silent to one who left is the safe error.
COMMAND_WORDS: Final[Mapping[Command, Mapping[str, tuple[str, ...]]]] = {
    Command.STOP: {
        "en": ("stop", "stop all", "stopall", "unsubscribe", "end", "quit", "revoke", "optout", "opt out", "cancel"),
        "fr": ("arrêt", "arrêter", "arrêtez", "désabonner"),
        "es": ("alto", "parar", "cancelar", "baja"),
        "pt": ("parar", "pare", "cancelar", "sair"),
        "ht": ("kanpe", "sispann"),
        "sw": ("acha", "acheni", "sitisha"),
        "ne": (
            *("बन्द", "बन्द गर", "बन्द गर्नुस्", "बन्द गर्नुहोस्", "रोक्नुहोस्", "नपठाउनुहोस्"),
            *("band", "banda", "band gara", "band garnus", "band garnuhos", "banda garnus", "banda garnuhos"),
        ),
        "ar": ("إيقاف", "توقف", "أوقف", "إلغاء"),
    },
    Command.START: {
        "en": ("start", "unstop", "resume"),
        "fr": ("début", "démarrer", "reprendre", "recommencer"),
        "es": ("inicio", "iniciar", "empezar", "comenzar"),
        "pt": ("início", "iniciar", "começar"),
        "ht": ("kòmanse", "rekòmanse"),
        "sw": ("anza", "anzisha"),
        "ne": (
            *("सुरु", "शुरु", "सुरु गर", "सुरु गर्नुस्", "सुरु गर्नुहोस्", "फेरि सुरु"),
            *("suru", "suru gara", "suru garnus", "suru garnuhos", "pheri suru", "feri suru"),
        ),
        "ar": ("ابدأ", "بدء", "استئناف"),
    },
    Command.HELP: {
        "en": ("help", "info"),
        "fr": ("aide", "infos"),
        "es": ("ayuda",),
        "pt": ("ajuda",),
        "ht": ("ede", "èd", "enfo"),
        "sw": ("msaada", "usaidizi"),
        "ne": ("मद्दत", "मदत", "सहयोग", "जानकारी", "madat", "maddat", "sahayog", "jankari"),
        "ar": ("مساعدة", "معلومات"),
    },
}

_BY_WORDS: Final = {
    tuple(words(entry)): command
    for command, by_language in COMMAND_WORDS.items()
    for entries in by_language.values()
    for entry in entries
}
_LONGEST_CHARS: Final = 60  # longer texts are reports; they need not be folded to know it


def find_command(text: str) -> Command | None:
    """The command that the whole of `text` is, or None.

    Case, accents, surrounding blanks, punctuation and emoji do not count.
    """
    stripped = text.strip()
    if not stripped or len(stripped) > _LONGEST_CHARS:
        return None
    return _BY_WORDS.get(tuple(words(stripped)))
