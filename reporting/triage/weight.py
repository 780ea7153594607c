"""The weights of the likeness model, by name of the evidence: data, not code.

Learned by `python -m bench.fit_likeness` from the labelled Boston 311 reports of July to September 2011 (City of
Boston, public domain), except `text_same`, `text_like`, `text_other` and `sender_same`, which those reports cannot
teach and which are chosen. `unmarked` lifts the result: only about one in five of the surest pairs carries a label,
and a score that took the missing labels for a no would be far too low (Elkan and Noto 2008, learning from positive
and unlabelled data).
"""

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
    "number_other": -1.010,
    "unnamed": 0.978,
    "topic_same": 2.400,
    "topic_other": -0.667,
    "text_other": -0.300,
    "text_same": 5.000,
    "text_like": 7.000,
    "sender_same": 2.500,
}
