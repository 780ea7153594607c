"""Labels of XLSForm as an SMS can say them: without signs of Markdown and HTML, each in its language."""

import html
import re
from collections.abc import Mapping
from typing import Any, Final

from reporting.campaigns.xlsform_expression import NotAskable
from reporting.languages.names import find_language
from reporting.languages.normalise import words

PLAIN: Final = "default"  # what pyxform calls the language of a column that names none
_TAG: Final = re.compile(r"\(([A-Za-z]{2,3})(?:[-_][A-Za-z]+)?\)\s*$")
_BREAK: Final = re.compile(r"<(?:br|/p|/div|/li|/h[1-6])\b[^<>]{0,300}>", re.IGNORECASE)
_MARK: Final = re.compile(r"</?[A-Za-z][^<>]{0,300}>|<!--[^<>]{0,300}-->")
_HEADING: Final = re.compile(r"^[ \t]{0,3}#{1,6}[ \t]+|[ \t]+#{1,6}[ \t]*$", re.MULTILINE)
_LINK: Final = re.compile(r"!?\[([^\[\]]{1,300})\]\([^()\s]{0,300}\)")
# Signs around words, and not between letters (snake_case) or beside blanks (2 * 3).
_STRESS: Final = (
    re.compile(r"(?<![\w*\\])\*{1,3}(?=\S)([^*\n]{0,300}[^*\s])\*{1,3}(?![\w*])"),
    re.compile(r"(?<![\w_\\])_{1,3}(?=[^\s_])([^\n]{0,300}?[^\s_])_{1,3}(?!\w)"),
    re.compile(r"(?<![\w~\\])~~(?=\S)([^~\n]{0,300}[^~\s])~~(?!\w)"),
    re.compile(r"`{1,3}([^`\n]{1,300})`{1,3}"),
)
_ESCAPED: Final = re.compile(r"\\([\\`*_{}\[\]()#+\-.!~<>|])")
# What people write into a cell for which they have no translation yet.
_MISSING: Final = re.compile(
    r"[\s\-–—−_.…?*/]*(?:(?:n/?a|tbd|tbc|todo|none|null|xxx+|translat(?:e|ion)(?: (?:me|needed|missing))?)[\s.!]*)?",
    re.IGNORECASE,
)
_OTHER: Final[Mapping[str, tuple[str, str]]] = {
    "en": ("Other", "Which other?"),
    "fr": ("Autre", "Quel autre ?"),
    "es": ("Otro", "¿Cuál otro?"),
    "pt": ("Outro", "Qual outro?"),
    "ht": ("Lòt", "Ki lòt?"),
    "sw": ("Nyingine", "Ni ipi nyingine?"),
    "ne": ("अन्य", "अन्य कुन?"),
    "ar": ("غير ذلك", "ما هو؟"),
}


def strip_signs(label: str) -> str:
    """The words of a label: ODK Collect shows Markdown and HTML as they are meant, an SMS as they are written."""
    said = html.unescape(_MARK.sub("", _BREAK.sub("\n", label)))
    said = _LINK.sub(r"\1", _HEADING.sub("", said))
    before = ""
    while said != before:
        before = said
        for stress in _STRESS:
            said = stress.sub(r"\1", said)
    said = _ESCAPED.sub(r"\1", said)
    return "\n".join(line for line in (" ".join(line.split()) for line in said.splitlines()) if line)


def read_label(element: Mapping[str, Any], main_language: str) -> dict[str, str]:
    """The label by language. A column that names none is in `main_language`, but where another one is in that.

    Raises NotAskable.
    """
    label = element.get("label")
    by_language = label if isinstance(label, dict) else {PLAIN: label or ""}
    told: dict[str, str] = {}
    for name, text in sorted(by_language.items(), key=lambda item: item[0] == PLAIN):
        language = main_language if name == PLAIN else read_language(name)
        said = strip_signs(str(text or ""))
        if not _MISSING.fullmatch(said):
            told.setdefault(language, said)
    if not told:
        raise NotAskable(f"{element['name']!r} has no label")
    if any("${" in text for text in told.values()):
        raise NotAskable("a label cannot repeat an earlier answer in an SMS")
    return told


def read_language(name: str) -> str:
    """The code in "French (fr)", "fr" or "French"; what is none of them is handed on, to be refused by its name."""
    if tag := _TAG.search(name):
        return tag[1].lower()
    return find_language(tuple(words(name))) or name


def say_other(languages: list[str], *, is_question: bool) -> dict[str, str]:
    """What XLSForm's `or_other` adds in English alone, in the languages of the form that we speak."""
    known = [language for language in languages if language in _OTHER] or ["en"]
    return {language: _OTHER[language][is_question] for language in known}
