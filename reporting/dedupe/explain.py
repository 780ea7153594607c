"""`flask dedupe --explain`: the evidence for and against the candidates of one row, in numbers and in words."""

from reporting.incidents.default_weights import SHEET_WEIGHTS
from reporting.incidents.similarity import (
    LINK_AT,
    SUGGEST_AT,
    Observation,
    evidence,
    find_objection,
    lay,
    reasons_of,
    score_of,
)

_SPOKEN = 0.005  # evidence that adds less to the log odds is not shown


def explain_pair(a: Observation, b: Observation, *, window_s: float) -> list[str]:
    """Explain the score of a pair in lines: reasons, evidence in log odds, and the rule against linking if any."""
    side_by_side = lay(a, b, window_s=window_s)
    score = score_of(side_by_side, SHEET_WEIGHTS)
    added = {name: SHEET_WEIGHTS[name] * value for name, value in evidence(side_by_side).items()}
    spoken = sorted((name for name in added if abs(added[name]) >= _SPOKEN), key=lambda name: -abs(added[name]))
    start = SHEET_WEIGHTS["bias"] + SHEET_WEIGHTS["unmarked"]
    pieces = ", ".join(f"{name} {added[name]:+.2f}" for name in spoken)
    lines = [
        f"  alone the pair scores {score:.5f}: linked from {LINK_AT}, suggested from {SUGGEST_AT}",
        f"  {'; '.join(reasons_of(side_by_side, a, b))}",
        f"  log odds {start + sum(added.values()):+.2f} = {start:+.2f} before looking, {pieces}",
    ]
    objection = find_objection(side_by_side)
    if objection is not None:
        lines.append(f"  never linked by a machine: {objection}")
    return lines


def explain_candidate(name: str, other: str, score: float, decision: str) -> str:
    """Format the line above those on the pair; the score may be that of a chain, shown at its first report."""
    return f"{name} - {other}: {decision}, ranked with {score:.5f}"
