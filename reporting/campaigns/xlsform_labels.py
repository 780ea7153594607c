"""Converts XLSForm labels to plain text for SMS, without Markdown and HTML, by language."""

import html
import re
from collections.abc import Mapping
from typing import Any, Final

from config.languages.load import load_languages
from reporting.campaigns.xlsform_expression import NotAskable
from reporting.languages.names import find_language
from reporting.languages.normalise import words
from reporting.languages.spoken import SOURCE_LANGUAGE

PLAIN: Final = "default"  # what pyxform calls the language of a column that names none
_TAG: Final = re.compile(r"\(([A-Za-z]{2,3})(?:[-_][A-Za-z]+)?\)\s*$")
_BREAK: Final = re.compile(r"<(?:br|/p|/div|/li|/h[1-6])\b[^<>]{0,300}>", re.IGNORECASE)
_MARK: Final = re.compile(r"</?[A-Za-z][^<>]{0,300}>|<!--[^<>]{0,300}-->")
_HEADING: Final = re.compile(r"^[ \t]{0,3}#{1,6}[ \t]+|[ \t]+#{1,6}[ \t]*$", re.MULTILINE)
_LINK: Final = re.compile(r"!?\[([^\[\]]{1,300})\]\([^()\s]{0,300}\)")
# Emphasis around words, but not between letters (snake_case) or beside blanks (2 * 3).
_STRESS: Final = (
    re.compile(r"(?<![\w*\\])\*{1,3}(?=\S)([^*\n]{0,300}[^*\s])\*{1,3}(?![\w*])"),
    re.compile(r"(?<![\w_\\])_{1,3}(?=[^\s_])([^\n]{0,300}?[^\s_])_{1,3}(?!\w)"),
    re.compile(r"(?<![\w~\\])~~(?=\S)([^~\n]{0,300}[^~\s])~~(?!\w)"),
    re.compile(r"`{1,3}([^`\n]{1,300})`{1,3}"),
)
_ESCAPED: Final = re.compile(r"\\([\\`*_{}\[\]()#+\-.!~<>|])")
# Placeholders for a missing translation.
_MISSING: Final = re.compile(
    r"[\s\-–—−_.…?*/]*(?:(?:n/?a|tbd|tbc|todo|none|null|xxx+|translat(?:e|ion)(?: (?:me|needed|missing))?)[\s.!]*)?",
    re.IGNORECASE,
)


def strip_signs(label: str) -> str:
    """Strip Markdown and HTML from a label: ODK Collect renders it, an SMS would show the raw signs."""
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
    """Read a label by language; a column without a language fills in for `main_language`. Raises NotAskable.

    A column that names the main language wins over a column without a language.
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
    """Find the code in "French (fr)", "fr" or "French"; any other name is returned unchanged, to be refused by name."""
    if tag := _TAG.search(name):
        return tag[1].lower()
    return find_language(tuple(words(name))) or name


def say_other(languages: list[str], *, is_question: bool) -> dict[str, str]:
    """Translate what XLSForm's `or_other` adds in English, into the form's languages that are supported."""
    spoken = load_languages()
    known = [language for language in languages if language in spoken] or [SOURCE_LANGUAGE]
    texts = {language: spoken[language].forms for language in known}
    return {language: each.which_other if is_question else each.other for language, each in texts.items()}
