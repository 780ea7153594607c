"""The weights of the likeness model, by name of the evidence: data, not code.

Learned by `python -m bench.fit_likeness` from the labelled Boston 311 reports of July to September 2011 (City of
Boston, public domain), except `text_same`, `text_like`, `text_other`, `sender_same` and `named_only`, which those
reports cannot teach and which are chosen. `channel_same` starts at nothing: what the city's own desks taught (-0.63)
made other months worse, so each campaign's moderators teach it. `unmarked` lifts the result: only about one in five of
the surest pairs carries a label, and a score that took the missing labels for a no would be far too low (Elkan and Noto
2008, learning from positive and unlabelled data).
"""

from collections.abc import Mapping

WEIGHTS = {
    "bias": -11.756,
    "unmarked": 1.600,
    "around": 2.229,
    "near": 1.169,
    "near_unnamed": 1.563,
    "away": -5.034,
    "soon": 1.785,
    "late": -2.135,
    "untimed": 0.882,
    "named_like": 2.615,
    "named_only": 3.000,
    "number_other": -1.010,
    "unnamed": 0.978,
    "topic_same": 2.400,
    "topic_other": -0.667,
    "text_other": -0.300,
    "text_same": 5.000,
    "text_like": 7.000,
    "sender_same": 2.500,
    "channel_same": 0.000,
}


def for_sheet(weights: Mapping[str, float]) -> dict[str, float]:
    """The same weights for a spreadsheet, which says of no point how unsure it is: what is wide there was widened as a
    default pin, and its name is no evidence."""
    return {**weights, "named_only": 0.0}


SHEET_WEIGHTS = for_sheet(WEIGHTS)
