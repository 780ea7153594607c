"""Default match weights of the similarity model, by name of the evidence: data, not code.

Learned by `python -m bench.fit_match_weights` from the labelled Boston 311 reports of July to September 2011 (City of
Boston, public domain). Exceptions are `text_same`, `text_like`, `text_other`, `sender_same` and `named_only`, which
those reports do not show and which were chosen by hand. `channel_same` starts at 0: the value learned from the city's
own desks (-0.63) made other months worse, so each campaign learns its own. `unmarked` raises the score: only about one
in five of the surest pairs has a label, and a model that took missing labels for a no would score far too low (Elkan
and Noto 2008, learning from positive and unlabelled data).
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
    """Adapt weights to a spreadsheet, which does not state the radius of points: `named_only` becomes 0.

    There a wide radius comes from a default pin, whose name is no evidence.
    """
    return {**weights, "named_only": 0.0}


SHEET_WEIGHTS = for_sheet(WEIGHTS)
