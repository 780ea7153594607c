"""The first answer to a report: who has it, its reference, how to stop, in one segment; before it whom to call.

The name of an organisation may be long or hold letters that would make the whole text cost twice as much: it is cut and
spelt so that the text stays one SMS. The reference and the way to stop are never cut.
"""

from typing import Final

from anyascii import anyascii

from reporting.campaigns.organisation import Organisation
from reporting.languages.normalise import LAST_LATIN
from reporting.languages.sms_segments import GSM_7, GSM_BASIC, GSM_EXTENSION, measure
from reporting.languages.sms_texts import Phrase, budget, say

_NAME_SHORTEST: Final = 3  # characters of a name
# With the longer wording goes no less of a name than this.
_WORDINGS: Final = ((Phrase.RECEIVED, 12), (Phrase.RECEIVED_SHORT, _NAME_SHORTEST))


def acknowledge(organisation: str, reference: str, language: str, emergency_line: str = "") -> str:
    """Word the acknowledgement of a report, after the emergency line where there is one.

    One segment of SMS as long as the emergency line leaves room for the shortest wording.
    """
    for phrase, least in _WORDINGS:
        for name in _shorten(organisation, least):
            said = say(phrase, language, organisation=name, reference=reference)
            text = spell_for_gsm(f"{emergency_line} {said}".strip(), language)
            if measure(text).count == 1:
                return text
    # A name or a line in another script than the rest: in Latin letters there is room.
    romanised = (_romanise(organisation), _romanise(emergency_line))
    if measure(say(Phrase.STOPPED, language)).encoding == GSM_7 and romanised != (organisation, emergency_line):
        return acknowledge(romanised[0], reference, language, romanised[1])
    return text


def welcome(organisation: Organisation, language: str) -> str:
    """Say what the number is for to somebody who has told nothing yet."""
    text = say(Phrase.WELCOME, language, organisation=organisation.name)
    for name in _shorten(organisation.name, _NAME_SHORTEST):
        text = spell_for_gsm(say(Phrase.WELCOME, language, organisation=name), language)
        if measure(text).count <= budget(Phrase.WELCOME, language):
            break
    return text


def explain(organisation: Organisation, language: str, others: list[str]) -> str:
    """Word what HELP answers: whom to call, who listens and how to reach them, what to write, how to stop."""
    who = ", ".join(part for part in (organisation.name, organisation.contact) if part)
    parts = (organisation.find_emergency_line(language, others), f"{who}." if who else "", say(Phrase.HELP, language))
    return spell_for_gsm(" ".join(part for part in parts if part), language)


def spell_for_gsm(text: str, language: str) -> str:
    """Replace Latin letters that are not in GSM-7 by the nearest ones, where the language is written in GSM-7.

    One "ç" would make the whole text twice as dear. Other scripts stay.
    """
    if measure(say(Phrase.STOPPED, language)).encoding != GSM_7:
        return text
    return "".join(char if _is_gsm(char) or not _is_latin(char) else anyascii(char) for char in text)


def _romanise(text: str) -> str:
    return "".join(char if _is_gsm(char) else anyascii(char).replace("`", "'") for char in text)


def _is_gsm(char: str) -> bool:
    return char in GSM_BASIC or char in GSM_EXTENSION


def _is_latin(char: str) -> bool:
    return char <= LAST_LATIN or "\u2000" <= char <= "\u206f"  # letters, and signs such as typographic quotation marks


def _shorten(name: str, least: int) -> list[str]:
    """Yield the name, then as much of it as ever fewer whole words make, then cut in the middle of a word.

    At least `least` characters of it stay.
    """
    words = name.split()
    whole = [" ".join(words[:count]) for count in range(len(words), 0, -1)]
    kept = [shorter for shorter in whole if len(shorter) >= min(least, len(name))]
    first = kept[-1] if kept else name
    return [*kept, *(first[:length].rstrip() for length in range(len(first) - 1, least - 1, -1))]
