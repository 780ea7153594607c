"""Parses the XLSForm expressions that SMS conversations support: conditions, bounds, yes and no."""

import re
from typing import Final

from config.errors import UserError

_AND: Final = re.compile(r"\s+and\s+")
_EQUALS: Final = re.compile(r"""\$\{([^}]+)\}\s*=\s*(?:'([^']*)'|"([^"]*)")""")
# XLSForm itself writes the second spelling, where it adds a question to `or_other`.
_SELECTED: Final = re.compile(r"""selected\(\s*(?:\$\{([^}]+)\}|\.\./([\w.-]+))\s*,\s*(?:'([^']*)'|"([^"]*)")\s*\)""")
_BOUND: Final = re.compile(r"\.\s*(>=|<=|>|<)\s*(-?\d+(?:\.\d+)?)")


class NotAskable(UserError):
    """Something that cannot be asked by SMS; the message says what."""


def read_relevant(expression: str | None) -> tuple[tuple[str, str], ...]:
    """Parse the pairs of question and choice in `${q} = 'code'`, joined by `and`. Raises NotAskable."""
    if not expression:
        return ()
    pairs = []
    for part in _AND.split(expression.strip()):
        found = _EQUALS.fullmatch(part.strip()) or _SELECTED.fullmatch(part.strip())
        if found is None:
            raise NotAskable("relevant can be ${question} = 'choice', several joined by `and`, and nothing else")
        question, choice = (group for group in found.groups() if group is not None)
        pairs.append((question.strip(), choice))
    if len({question for question, _ in pairs}) < len(pairs):
        raise NotAskable("relevant names a question twice")
    return tuple(pairs)


def read_bounds(expression: str | None, *, is_whole: bool) -> dict[str, float]:
    """Parse `low` and `high` of `. >= 0 and . <= 50`; with whole numbers `. > 0` starts at 1. Raises NotAskable."""
    bounds: dict[str, float] = {}
    for part in _AND.split(expression.strip()) if expression else ():
        found = _BOUND.fullmatch(part.strip())
        if found is None or (len(found[1]) == 1 and not is_whole):
            raise NotAskable("a constraint can be . >= number and . <= number, and nothing else")
        side = "low" if found[1].startswith(">") else "high"
        step = 0 if len(found[1]) == 2 else 1
        if side in bounds:
            raise NotAskable("the constraint bounds the same side twice")
        bounds[side] = float(found[2]) + (step if side == "low" else -step)
    return bounds


def read_required(expression: str | None) -> bool:
    """Return whether an answer is required. Raises NotAskable for a condition."""
    return read_yes_no("required", expression)


def read_yes_no(column: str, expression: str | None) -> bool:
    """Parse a column that is yes, no, true() or false(). Raises NotAskable for a condition."""
    said = (expression or "no").strip().lower().removesuffix("()")
    if said not in {"yes", "true", "no", "false"}:
        raise NotAskable(f"{column} can be yes or no, and no condition")
    return said in {"yes", "true"}
