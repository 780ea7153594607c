"""What learning from decisions gains, judged by later ones: Boston's labels as if moderators had said them.

Whoever works through the suggestions links a row to its labelled parent, and parts it from the best suggestion where
that is of another group. Labels are incomplete, so that some of these partings are wrong: it is the gain that counts.
"""

from typing import Any

from bench.boston import Boston
from bench.rolling import rank
from reporting.dedupe.suggestions import WINDOW_S
from reporting.incidents.campaign_weights import SHIPPED
from reporting.incidents.default_weights import SHEET_WEIGHTS
from reporting.incidents.reliability import reliability
from reporting.incidents.similarity import SUGGEST_AT, lay
from reporting.incidents.training import TrainingRefused, train
from reporting.incidents.training_pairs import Example


def list_decided(boston: Boston) -> list[Example]:
    """Links and partings in the order of the rows."""
    found = rank(boston, SHEET_WEIGHTS, until=12)
    examples: list[Example] = []
    for row in boston.order:
        offered = [pair.candidate for pair in found.list_pairs(row) if pair.score >= SUGGEST_AT]
        said = [(boston.parent(row), True)] if boston.labels.get(row) is not None else []
        said += [(other, False) for other in offered[:1] if not boston.is_one_group(row, other)]
        for other, is_same in said:
            laid = lay(boston.observations[row], boston.observations[other], window_s=WINDOW_S)
            examples.append(Example(len(examples) + 1, laid, is_same))
    return examples


def measure_training(boston: Boston) -> dict[str, Any]:
    """Learn from the first four fifths, judge by the last; log loss in nats, and the curve on the last fifth."""
    examples = list_decided(boston)
    try:
        trained = train(examples, SHIPPED)
    except TrainingRefused as refused:
        return {"decisions": len(examples), "refused": str(refused)}
    held_out = examples[-int(trained.figures["held_out"]) :]
    curve = {
        name: [[tenth.low, tenth.count, round(tenth.mean_score, 2), round(tenth.linked_share, 2)] for tenth in tenths]
        for name, tenths in (
            ("shipped", reliability(held_out, SHEET_WEIGHTS)),
            ("learned", reliability(held_out, trained.values)),
        )
    }
    return {**trained.figures, "tenth_count_mean_linked": curve}
