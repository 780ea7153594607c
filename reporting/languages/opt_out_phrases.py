"""Loads the wordings of requests in whole sentences from `opt_out.yaml` and indexes them by their words."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml

from reporting.languages.normalise import words

_FILE: Final = Path(__file__).with_name("opt_out.yaml")
_PART: Final = re.compile(r"\(([^()]*)\)(\?)?|(\S+)")
_COMMA: Final = re.compile(r",(?![^(]*\))")
ALONE, PLAIN, SURE, HALF = "alone", "plain", "sure", "half"
POLITE, MESSAGES, GENERAL = "polite", "messages", "general"

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
    """Load the wordings of the file; cached."""
    read: Mapping[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    around: dict[Words, str] = {}
    for kind in (GENERAL, MESSAGES, POLITE):  # a phrase in two lists counts as polite
        for listed in read["around"][kind].values():
            around.update({tuple(words(said)): kind for said in _list_patterns(listed)})
    start = Node()
    for order in (order for order in read if order != "around"):
        for language, kinds in read[order].items():
            for kind, listed in kinds.items():
                for pattern in _list_patterns(listed):
                    _add(start, pattern, Wording(order, kind, language))
    polite = {
        language: tuple(tuple(words(said)) for said in _list_patterns(listed))
        for language, listed in read["around"][POLITE].items()
    }
    return Wordings(start, around, polite)


def _list_patterns(listed: str | list[str]) -> list[str]:
    """Split wordings at commas outside of brackets."""
    return _COMMA.split(listed) if isinstance(listed, str) else listed


def _add(start: Node, pattern: str, wording: Wording) -> None:
    """Add all paths of a pattern to the index; the paths of each part join in one node."""
    nodes = [start]
    for group, optional, word in _PART.findall(pattern.strip()):
        is_optional = bool(optional) or word.endswith("?")
        joined = Node()
        for way in (group or word.rstrip("?")).split("|"):
            spelt = words(way)
            for node in nodes if spelt else ():
                _lay(node, spelt, joined)
        nodes = [*nodes, joined] if is_optional else [joined]
    for node in nodes:
        if node is not start:
            node.ends.append(wording)


def _lay(node: Node, spelt: Sequence[str], joined: Node) -> None:
    for word in spelt[:-1]:
        between = Node()
        node.following.setdefault(word, []).append(between)
        node = between
    node.following.setdefault(spelt[-1], []).append(joined)
