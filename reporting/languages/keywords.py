"""Command keywords by language: STOP, START, HELP and the others that steer a conversation.

Only a message that consists of nothing else is a command: "END", "CANCEL" and "KANPE" also occur in reports ("the
fighting does not end"), and losing a report is worse than asking once more. Bare keywords are listed here, whole
sentences in `opt_out.yaml`. Footers of phones and quotations are ignored (`message_footers.py`).
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from reporting.languages.message_footers import strip_footers
from reporting.languages.names import find_language
from reporting.languages.normalise import words
from reporting.languages.opt_out import find_order, leaves_within
from reporting.languages.references import find_reference


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


# The English keywords of STOP, START and HELP are those that gateways obey by themselves, so that our record agrees
# with theirs. Their YES for START is left out on purpose: YES is a likely answer to a question, and sending nothing
# after an opt-out is the safe error.
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
    Command.SKIP: {
        "en": ("skip", "skip it", "pass"),
        "fr": ("passer", "passe", "sauter"),
        "es": ("saltar", "omitir", "pasar"),
        "pt": ("pular", "saltar", "passar"),
        "ht": ("sote", "pase"),
        "sw": ("ruka",),
        "ne": (
            *("छोड", "छोड्नुस्", "छोड्नुहोस्", "यो छोड्नुहोस्"),
            *("chhoda", "chhodnus", "chhodnuhos", "chodnus", "chodnuhos"),
        ),
        "ar": ("تخطي", "تخطى", "تجاوز"),
    },
    Command.BACK: {
        "en": ("back", "go back"),
        "fr": ("retour", "précédent"),
        "es": ("atrás", "volver"),
        "pt": ("voltar", "volta"),
        "ht": ("tounen", "retounen"),
        "sw": ("rudi", "nyuma"),
        "ne": ("पछाडि", "फर्कनुस्", "फर्कनुहोस्", "pachhadi", "pachadi", "farkanus", "farkanuhos"),
        "ar": ("رجوع", "ارجع", "السابق"),
    },
    Command.FORGET: {
        "en": ("forget", "forget me", "delete", "delete my data", "erase"),
        "fr": ("oublier", "oubliez moi", "effacer", "supprimer"),
        "es": ("olvidar", "olvídeme", "borrar", "eliminar"),
        "pt": ("esquecer", "apagar", "eliminar"),
        "ht": ("bliye", "bliye m", "efase"),
        "sw": ("sahau", "nisahau", "futa"),
        "ne": (
            *("मेटाउ", "मेटाउनुस्", "मेटाउनुहोस्", "बिर्सनुस्", "बिर्सनुहोस्"),
            *("metau", "metaunus", "metaunuhos", "birsanus", "birsanuhos"),
        ),
        "ar": ("احذف", "حذف", "امسح", "انساني"),
    },
    Command.LANGUAGE: {
        "en": ("language", "lang"),
        "fr": ("langue", "langues"),
        "es": ("idioma", "lengua"),
        "pt": ("idioma", "língua"),
        "ht": ("lang", "langaj"),
        "sw": ("lugha",),
        "ne": ("भाषा", "bhasa", "bhasha"),
        "ar": ("لغة", "اللغة"),
    },
    Command.STATUS: {
        "en": ("status",),
        "fr": ("statut", "état", "suivi"),
        "es": ("estado",),
        "pt": ("estado", "situação"),
        "ht": ("estati",),
        "sw": ("hali",),
        "ne": ("स्थिति", "अवस्था", "sthiti", "awastha", "abastha"),
        "ar": ("حالة", "الحالة"),
    },
    Command.YES: {
        "en": ("yes", "y", "yeah", "yep"),
        "fr": ("oui", "ouais"),
        "es": ("sí",),
        "pt": ("sim",),
        "ht": ("wi",),
        "sw": ("ndiyo", "ndio"),
        "ne": ("हो", "हजुर", "हुन्छ", "ho", "hajur", "hunchha", "huncha"),
        "ar": ("نعم", "ايوه", "اي نعم"),
    },
    Command.NO: {
        "en": ("no", "n", "nope"),
        "fr": ("non",),
        "es": ("no",),
        "pt": ("não", "nao"),
        "ht": ("non",),
        "sw": ("hapana", "la"),
        "ne": ("होइन", "हुँदैन", "hoina", "hudaina", "hundaina"),
        "ar": ("لا", "كلا"),
    },
}

_BY_WORDS: Final[dict[tuple[str, ...], dict[str, Command]]] = defaultdict(dict)
for _command, _by_language in COMMAND_WORDS.items():
    for _language, _entries in _by_language.items():
        for _entry in _entries:
            _BY_WORDS[tuple(words(_entry))][_language] = _command
_EVERYWHERE: Final = "en"  # the keywords that gateways and networks obey
_LONGEST_CHARS: Final = 60  # longer texts are never a bare keyword
_READ_CHARS: Final = 2_000  # of a message, quotations and footers included


def find_command(text: str, languages: Collection[str] | None = None) -> FoundCommand | None:
    """Find the command that the whole of `text` is; None if there is none.

    Case, accents, surrounding blanks, punctuation and emoji are ignored. Keywords of English and of `languages` are
    tried, those of all languages if it is None: "Acha" and "Baja" are places to people who speak neither Swahili nor
    Spanish.
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
    spoken = tuple(language for language, other in _BY_WORDS[said].items() if other is command)
    return FoundCommand(command, languages=spoken)


def leaves_beside(text: str, languages: Collection[str] | None = None) -> bool:
    """Return whether a message that is no command asks for opt-out beside what it reports."""
    return len(text) <= _READ_CHARS and leaves_within(strip_footers(text), languages)


def _find_word(said: tuple[str, ...], languages: Collection[str] | None) -> Command | None:
    by_language = _BY_WORDS.get(said)
    if by_language is None:
        return None
    if languages is None:
        return next(iter(by_language.values()))
    return next((by_language[code] for code in (_EVERYWHERE, *languages) if code in by_language), None)


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
