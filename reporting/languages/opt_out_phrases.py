"""Indexes the wordings of requests (`requests:` in the files of the languages) by their words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from itertools import product
from typing import Final

from config.languages.load import load_languages
from config.languages.patterns import PatternPart, parse_pattern
from reporting.languages.normalise import words

ALONE, PLAIN, SURE, HALF = "alone", "plain", "sure", "half"
POLITE, MESSAGES, GENERAL = "polite", "messages", "general"
_ORDERS: Final = ("stop", "start", "forget", "help")

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wording:
    """A wording: the request's code (`stop`), how sure the wording is, and its language."""

    order: str
    kind: str
    language: str


@dataclass(slots=True, eq=False)
class Node:
    """A node of the index (trie) of wordings: what words may follow, and which wordings end here."""

    following: dict[str, list["Node"]] = field(default_factory=dict)
    ends: list[Wording] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Wordings:
    """The index of all wordings, and the phrases that may stand around them by kind."""

    start: Node
    around: Mapping[Words, str]
    polite: Mapping[str, tuple[Words, ...]]  # by language

    def find_at(self, said: Sequence[str], position: int) -> Iterator[tuple[int, list[Wording]]]:
        """Find the wordings that begin at a position; yield where each ends, and which they are."""
        nodes = [self.start]
        for end in range(position, len(said)):
            nodes = [after for node in nodes for after in node.following.get(said[end], ())]
            if not nodes:
                return
            for node in nodes:
                if node.ends:
                    yield end + 1, node.ends


@lru_cache(maxsize=1)
def load_wordings() -> Wordings:
    """Load the wordings of all languages; cached."""
    requests = {code: language.requests for code, language in load_languages().items()}
    around: dict[Words, str] = {}
    for kind in (GENERAL, MESSAGES, POLITE):  # a phrase in two lists counts as polite
        for request in requests.values():
            around.update({tuple(words(said)): kind for said in getattr(request, kind)})
    start = Node()
    for order in _ORDERS:
        for code, request in requests.items():
            for kind, patterns in asdict(getattr(request, order)).items():
                for pattern in patterns:
                    _add(start, pattern, Wording(order, kind, code))
    polite = {code: tuple(tuple(words(said)) for said in request.polite) for code, request in requests.items()}
    return Wordings(start, around, polite)


def _add(start: Node, pattern: str, wording: Wording) -> None:
    """Add all paths of a pattern to the index; the paths of each step join in one node."""
    nodes = [start]
    for ways, is_optional in _list_steps(pattern):
        joined = Node()
        for spelt in filter(None, map(words, ways)):
            for node in nodes:
                _lay(node, spelt, joined)
        nodes = [*nodes, joined] if is_optional else [joined]
    for node in nodes:
        if node is not start:
            node.ends.append(wording)


def _list_steps(pattern: str) -> Iterator[tuple[Sequence[str], bool]]:
    """List the ways to say each step of a pattern, and whether it may be missing."""
    glued: list[PatternPart] = []
    for part in parse_pattern(pattern, str):
        if part.is_apart and glued:
            yield _join(glued)
            glued = []
        glued.append(part)
    if glued:
        yield _join(glued)


def _join(parts: Sequence[PatternPart]) -> tuple[Sequence[str], bool]:
    """Join parts without a blank between them to one step: they may be written together or apart."""
    is_optional = all(part.is_optional for part in parts)
    if len(parts) == 1:
        return parts[0].ways, is_optional
    choices = [(*part.ways, "") if part.is_optional else part.ways for part in parts]
    joined = (between.join(filter(None, chosen)) for chosen in product(*choices) for between in ("", " "))
    return tuple(dict.fromkeys(joined)), is_optional


def _lay(node: Node, spelt: Sequence[str], joined: Node) -> None:
    for word in spelt[:-1]:
        between = Node()
        node.following.setdefault(word, []).append(between)
        node = between
    node.following.setdefault(spelt[-1], []).append(joined)
