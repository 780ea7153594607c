"""The weights of the likeness model, by name of the evidence: data, not code.

Learned by `python -m bench.fit_likeness` from the labelled Boston 311 reports of July to September 2011 (City of
Boston, public domain), except `text_same`, `text_like`, `text_other` and `sender_same`, which those reports cannot
teach and which are chosen. `unmarked` lifts the result: only about one in five of the surest pairs carries a label,
and a score that took the missing labels for a no would be far too low (Elkan and Noto 2008, learning from positive
and unlabelled data).
"""

WEIGHTS = {
    "bias": -11.702,
    "unmarked": 1.600,
    "around": 1.959,
    "near": 1.484,
    "near_unnamed": 1.474,
    "away": -4.867,
    "soon": 1.740,
    "late": -2.156,
    "untimed": 0.826,
    "named_like": 2.642,
    "number_other": -0.909,
    "unnamed": 1.083,
    "topic_same": 2.349,
    "topic_other": -0.741,
    "text_other": -0.300,
    "text_same": 3.000,
    "text_like": 7.000,
    "sender_same": 2.500,
}
