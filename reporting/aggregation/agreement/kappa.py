"""Cohen's kappa: how much more often two readers agree than they would by chance, with its standard error.

Jacob Cohen, A coefficient of agreement for nominal scales, 1960; the standard error of a table is that of Fleiss, Cohen
and Everitt, Large sample standard errors of kappa and weighted kappa, 1969. Where only the agreement and the margins of
a table are known it is Cohen's of 1960, which is a little larger as a rule.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np

from reporting.disclosure.tables import Floats


@dataclass(frozen=True, slots=True)
class Kappa:
    """A kappa from -1 to 1; `sampling_error` is the standard error from how many were read."""

    value: float
    sampling_error: float


def find_kappa(table: Floats) -> Kappa | None:
    """Find kappa of a square table: the first reader's categories in rows, the second's in columns.

    None where it is not defined: nothing was read, or chance alone would always agree.
    """
    number = float(table.sum())
    if number <= 0:
        return None
    shares = table / number
    first, second = shares.sum(axis=1), shares.sum(axis=0)
    agreed, by_chance = float(np.trace(shares)), float(first @ second)
    if not by_chance < 1:
        return None
    kappa = (agreed - by_chance) / (1 - by_chance)
    both = (
        first[:, None] + second[None, :]
    )  # by cell: the row's share for the first reader, the column's for the second
    diagonal = np.diag(shares) * (1 - np.diag(both) * (1 - kappa)) ** 2
    crossed = (second[:, None] + first[None, :]) ** 2 * shares
    elsewhere = (1 - kappa) ** 2 * (crossed.sum() - np.trace(crossed))
    variance = diagonal.sum() + elsewhere - (kappa - by_chance * (1 - kappa)) ** 2
    return Kappa(kappa, sqrt(max(float(variance), 0.0) / number) / (1 - by_chance))


def find_kappa_of_margins(agreed: float, number: float, first: Floats, second: Floats) -> Kappa | None:
    """Find kappa from how many of a number agree, and how many each reader put in each category. None as above."""
    if number <= 0 or first.sum() <= 0 or second.sum() <= 0:
        return None
    share = min(agreed / number, 1.0)
    by_chance = float((first / first.sum()) @ (second / second.sum()))
    if not by_chance < 1:
        return None
    error = sqrt(share * (1 - share) / number) / (1 - by_chance)
    return Kappa((share - by_chance) / (1 - by_chance), error)
