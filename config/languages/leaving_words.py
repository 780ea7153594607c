"""The words of requests in people's own words: no more messages, messages again, being forgotten, who is this.

`requests` lists whole wordings. `leaving` is a closed vocabulary of the first and the third by concepts: a message is
read as a request if every word of it stands there, or is polite; one word more, and it is a report.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final

from config.languages.kinds import KeyParts, MaybeWords, Patterns, Words

# What the words of leaving stand for. `self` is who speaks of themselves, `others` is "they deleted".
# `asked` is "I never signed up", `origin` "who gave you my number", `elsewhere` "I have moved": reasons, no orders.
CONCEPTS: Final = frozenset(
    (
        *(
            "bother",
            "end",
            "send",
            "write",
            "call",
            "get",
            "join",
            "exit",
            "remove",
            "erase",
            "erased",
            "forget",
            "keep",
        ),
        *("not", "more", "want", "self", "others", "you", "me", "us", "how", "please", "enough"),
        *(
            "asked",
            "origin",
            "elsewhere",
            "unsubscribe",
            "uninterested",
            "message",
            "list",
            "service",
            "system",
            "number",
            "data",
            "everything",
            "told",
            "this",
        ),
    )
)
ByConcept = Annotated[Mapping[str, Words], KeyParts(CONCEPTS)]


@dataclass(frozen=True, slots=True)
class OrderWordings:
    """Patterns that are a request, by how much else may stand around them."""

    alone: Patterns  # stands in reports as well: only where its language is spoken, with `polite` and `messages`
    plain: Patterns  # with anything of `polite`, `messages` and `general`
    sure: Patterns  # can mean nothing else: also as a sentence of its own within a longer message
    half: Patterns  # only beside one of `messages`: "no more" is no request, "no more sms" is


@dataclass(frozen=True, slots=True)
class RequestWords:
    """Wordings of requests, and the phrases that may stand around them."""

    polite: Words
    messages: Words  # names of what we send
    general: Words
    stop: OrderWordings
    start: OrderWordings
    forget: OrderWordings
    help: OrderWordings


@dataclass(frozen=True, slots=True)
class LeavingWords:
    """The vocabulary of leaving and of being forgotten. `(a|b|)c` spells out ac, bc and c."""

    turned_within: bool  # verbs have their endings within: a letter more makes another verb, and is no slip
    concepts: ByConcept  # by all concepts that a word stands for: `not want: dont want`; several words are one entry
    filler: MaybeWords  # say nothing of themselves
    ordinary: MaybeWords  # words of reports that are one letter away from one of these
