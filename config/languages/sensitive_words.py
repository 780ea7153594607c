"""The words that keep a report from the ordinary queue, in the notation of docs/sensitive-reports.md."""

from dataclasses import dataclass

from config.languages.kinds import MaybeByName, MaybeText


@dataclass(frozen=True, slots=True)
class SensitivePart:
    """Patterns by reason, with the sets of words that only they use."""

    sets: MaybeByName
    self_harm: MaybeText
    minor: MaybeText
    gender_based_violence: MaybeText  # and every other violence against a person
    violence: MaybeText  # the same, as long as nobody is named: with a name it is `named_perpetrator`
    named_perpetrator: MaybeText
    harmless: MaybeText  # looks alike and is something else: taken out before anything is looked for
    misspelt: MaybeText  # names of sets whose words are found misspelt, too
    ordinary: MaybeText  # words that are never taken for a misspelling of another


@dataclass(frozen=True, slots=True)
class SensitiveWords:
    """Words, and what tells violence without them."""

    words: SensitivePart
    frames: SensitivePart  # whatever its verb: a weapon, a threat, a uniform, a closed door, a child alone
    sentences: SensitivePart  # who does what to whom
    situations: SensitivePart  # one concept a paragraph: a bed, a ransom, a debt, a witch, a car that took somebody
