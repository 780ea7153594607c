"""Whether a model learned from labels finds the topics of the Haiti messages better than the keywords do.

A linear model (logistic regression for each topic) over words, pairs of words and letters, with what the keywords found
as evidence of its own. Learned on the messages with even ids, thresholds by cross-validation there; the figures are of
those on odd ids. `ceiling` says what the labels allow for: the same model over the English translations, which the
labels were given to, with the thresholds that are best on the very messages it is judged by.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import yaml
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from bench.topics import DATA, DEFINITION, Case, load_cases
from reporting.extraction.topic import TopicDefinition, TopicReader

STRENGTH: Final = 0.4  # of 0.1, 0.4 and 1.5 the best by cross-validation on the messages with even ids
_KEYWORD_SCALE: Final = 3.0  # so that the keywords are trusted before single words are
_FOLDS: Final = 4
_THRESHOLDS: Final = np.linspace(0.05, 0.7, 66)

Truths = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Halves:
    """Rows of evidence and labels of the messages that are learned from, and of those that the model is judged by."""

    learned: csr_matrix
    judged: csr_matrix
    labels: list[Case]
    truth: list[Case]


def measure(path: Path) -> dict[str, Any]:
    """Measure F1 by topic and its mean, of keywords, of the learned model, and of the ceiling."""
    definition = yaml.safe_load(DEFINITION.read_text(encoding="utf-8"))
    labels_of = definition["settings"]["labels"]
    topics = [TopicDefinition(topic["code"], topic["keywords"], topic["name"]) for topic in definition["topics"]]
    halves = [load_cases(path, labels_of, part) for part in ("even", "odd")]
    english = [load_cases(path, labels_of, part, column="english") for part in ("even", "odd")]
    codes = list(labels_of)
    keywords = [_read_keywords(TopicReader(topics), cases, codes) for cases in halves]
    said, translated = _fit_words(*halves), _fit_words(*english)
    with_keywords = Halves(
        hstack([said.learned, csr_matrix(keywords[0])]).tocsr(), hstack([said.judged, csr_matrix(keywords[1])]).tocsr(),
        *halves,
    )  # fmt: skip
    rows = {}
    for number, code in enumerate(codes):
        rows[code] = {
            "keywords": f1(_mark(halves[1], code), keywords[1][:, number] > 0),
            "learned": _judge(with_keywords, code),
            "ceiling": _judge(translated, code, is_ceiling=True),
        }
    means = {name: round(sum(row[name] for row in rows.values()) / len(rows), 4) for name in rows[codes[0]]}
    return {"learned_from": len(halves[0]), "messages": len(halves[1]), "macro_f1": means, "topics": rows}


def f1(true: Truths, found: Truths) -> float:
    """Compute F1, 0 where nothing is there and nothing is found."""
    total = int(true.sum() + found.sum())
    return round(2 * int((true & found).sum()) / total, 4) if total else 0.0


def _judge(halves: Halves, code: str, *, is_ceiling: bool = False) -> float:
    """Learn a topic on one half and return its F1 on the other."""
    labels, truth = _mark(halves.labels, code), _mark(halves.truth, code)
    model = LogisticRegression(C=5.0 if is_ceiling else STRENGTH, solver="liblinear")
    if is_ceiling:
        scores = model.fit(halves.learned, labels).predict_proba(halves.judged)[:, 1]
        return max(f1(truth, scores >= threshold) for threshold in _THRESHOLDS)
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=1)
    guessed = cross_val_predict(model, halves.learned, labels, cv=folds, method="predict_proba")[:, 1]
    threshold = max(_THRESHOLDS, key=lambda each: f1(labels, guessed >= each))
    return f1(truth, model.fit(halves.learned, labels).predict_proba(halves.judged)[:, 1] >= threshold)


def _fit_words(labels: list[Case], truth: list[Case]) -> Halves:
    """Make rows of words and letters; which of them there are is learned from the first half alone."""
    readers = [
        TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, strip_accents="unicode"),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), min_df=3, sublinear_tf=True, strip_accents="unicode"),
    ]
    learned = hstack([reader.fit_transform([case.text for case in labels]) for reader in readers]).tocsr()
    judged = hstack([reader.transform([case.text for case in truth]) for reader in readers]).tocsr()
    return Halves(learned, judged, labels, truth)


def _read_keywords(reader: TopicReader, cases: list[Case], codes: list[str]) -> NDArray[np.float64]:
    """Return how sure the keywords are of each topic, and whether they found it at all."""
    sure = np.zeros((len(cases), len(codes)))
    for row, case in enumerate(cases):
        for guess in reader.read_all(case.text, None):
            if guess.code in codes:
                sure[row, codes.index(guess.code)] = guess.confidence
    return _KEYWORD_SCALE * np.hstack([sure, sure > 0])


def _mark(cases: list[Case], code: str) -> Truths:
    return np.array([code in case.true for case in cases])


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark; returns the exit code, 2 when the data are not there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder that holds haiti/sms.csv")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    options = parser.parse_args(argv)
    messages = options.data / "haiti" / "sms.csv"
    if not messages.exists():
        print("learned_topics: haiti/sms.csv is not in the data folder; name it with --data", file=sys.stderr)
        return 2
    figures = measure(messages)
    print(f"learned from {figures['learned_from']} messages, judged by {figures['messages']}")
    for name, row in {**figures["topics"], "macro-F1": figures["macro_f1"]}.items():
        print(f"{name:>10}  " + "  ".join(f"{kind} {value:.3f}" for kind, value in row.items()))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
