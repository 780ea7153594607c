"""Language detection of short texts: by pycld2, then by stop words, then by script, else the expected language.

pycld2 says when it does not know, but texts of a few words and Nepali in Latin letters are outside of its training. So
its answer counts only for texts of 15 letters or more in a language that is expected here. For another language the
text must be longer, and the language one that replies exist in (Nepali in Latin letters was taken for Sanskrit and
Chichewa). Detection never raises and never delays a message: in doubt it returns the first language of `prior`.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import pycld2

from config.languages.load import load_languages
from reporting.languages.normalise import words
from reporting.languages.sms_texts import spoken_languages

UNDETERMINED: Final = "und"  # BCP 47
_DETECTED_FROM: Final = 15  # letters
_UNEXPECTED_FROM: Final = 40  # letters a text needs to be believed in a language outside of `prior`
_UNEXPECTED_PERCENT: Final = 90
_PRIOR_CONFIDENCE: Final = 0.3
_SCRIPT_CONFIDENCE: Final = 0.6
_READ_CHARS: Final = 2000
_OUR_CODES: Final = {"iw": "he", "jw": "jv", "no": "nb", "zh-Hant": "zh"}  # where CLD2 uses older or narrower codes

# Scripts of expected languages that have no file.
_OTHER_SCRIPTS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("hi", "mr", "mai", "bho", "new"), "DEVANAGARI"),
    **dict.fromkeys(("fa", "ur", "ps"), "ARABIC"),
    **dict.fromkeys(("am", "ti"), "ETHIOPIC"),
    **dict.fromkeys(("ru", "uk", "bg", "ky"), "CYRILLIC"),
    "bn": "BENGALI",
}


@dataclass(frozen=True, slots=True)
class _Signs:
    """What tells the languages: telling words by language, normalised; scripts; those also in Latin letters.

    Two or more telling words that make up a fifth of a text decide its language; a tie does not.
    """

    words: Mapping[str, frozenset[str]]
    scripts: Mapping[str, str]
    also_in_latin: frozenset[str]  # pycld2 was trained on their own script only


@lru_cache(maxsize=1)
def _load() -> _Signs:
    found = {code: language.detection for code, language in load_languages().items()}
    return _Signs(
        {code: frozenset(words(" ".join(signs.words))) for code, signs in found.items() if signs.words},
        {**_OTHER_SCRIPTS, **{code: signs.script.upper() for code, signs in found.items()}},
        frozenset(code for code, signs in found.items() if signs.also_in_latin),
    )


@dataclass(frozen=True)
class LanguageGuess:
    """A detected language: its code (`und` if unknown) and the confidence, 0 to 1."""

    code: str
    confidence: float


def detect(text: str, prior: Sequence[str]) -> LanguageGuess:
    """Detect the language of `text`.

    `prior` lists the expected languages, likeliest first: the one that the sender chose last, then the campaign's.
    """
    readable = _readable(text[:_READ_CHARS])
    letters = sum(char.isalpha() for char in readable)
    return (
        (_detected(readable, letters, prior) if letters >= _DETECTED_FROM else None)
        or _told_by_words(readable, prior)
        or _told_by_script(readable, prior)
        or (LanguageGuess(prior[0], _PRIOR_CONFIDENCE) if prior else LanguageGuess(UNDETERMINED, 0.0))
    )


def _readable(text: str) -> str:
    """Replace control, surrogate and unassigned characters by blanks, because pycld2 refuses them."""
    return "".join(char if unicodedata.category(char) not in {"Cc", "Cs", "Cn", "Co"} else " " for char in text)


def _detected(text: str, letters: int, prior: Sequence[str]) -> LanguageGuess | None:
    try:
        is_reliable, _, found = pycld2.detect(text.lower().encode(), isPlainText=True)  # capitals lower its reliability
    except pycld2.error:
        return None
    _, code, percent, _ = found[0]
    code = _OUR_CODES.get(code, code)
    if not is_reliable or code == "un":
        return None
    told = _told_by_words(text, prior)
    if told and told.code != code and told.code in _load().also_in_latin:
        return told
    is_long = letters >= _UNEXPECTED_FROM and percent >= _UNEXPECTED_PERCENT
    if prior and code not in prior and not (is_long and code in spoken_languages()):
        return None
    return LanguageGuess(code, percent / 100)


def _told_by_words(text: str, prior: Sequence[str]) -> LanguageGuess | None:
    tokens, telling = words(text), _load().words
    counts = {code: sum(token in telling[code] for token in tokens) for code in prior if code in telling}
    best = max(counts, key=lambda code: counts[code], default=None)
    if best is None or counts[best] == 0 or list(counts.values()).count(counts[best]) > 1:
        return None
    share = counts[best] / len(tokens)
    if counts[best] < 2 and len(tokens) > 4:
        return None
    return LanguageGuess(best, round(min(0.9, 0.4 + share), 3)) if share >= 0.2 else None


def _told_by_script(text: str, prior: Sequence[str]) -> LanguageGuess | None:
    """Return the first expected language written in the script of the first letter; None for Latin letters."""
    letter = next((char for char in text if char.isalpha()), None)
    if letter is None:
        return None
    script = unicodedata.name(letter, "").partition(" ")[0]
    scripts = _load().scripts
    fitting = [code for code in prior if scripts.get(code, "LATIN") == script]
    # Nepali is texted in Latin letters too, so Latin letters rule nothing out.
    return LanguageGuess(fitting[0], _SCRIPT_CONFIDENCE) if fitting and script != "LATIN" else None
