"""How strong the protection is: the noise that a strength asks for, what it spends, and what an attacker can guess.

Strength is the parameter mu of Gaussian differential privacy (Dong, Roth and Su, 2022): who knows everything else and
all tables guesses whether one person is in a month right with a probability of at most Phi(mu/2).
"""

from collections.abc import Iterable, Mapping
from math import ceil, sqrt
from statistics import NormalDist
from typing import Final

from reporting.disclosure.tables import Table

# By the sensitivity of a cube. Twelve months of any cube and their revisions fit in the default budget; severe cubes
# are published for the whole country alone.
STRENGTHS: Final[Mapping[str, float]] = {"low": 0.8, "moderate": 0.7, "high": 0.35, "severe": 0.35}
MOST_REPORTS: Final = 3  # of one person that count in one cell
_DIGITS: Final = 6  # of a guess of 100, before it is rounded up: a computed 72.000000001 is 72


def compute_deviations(
    cells: Mapping[Table, int], strength: float, *, share: float = 1.0, change: float = 1.0, power: float = 1 / 3
) -> dict[Table, float]:
    """Compute the standard deviation of the noise in each cell of each table, from the number of cells of each table.

    One person changes one cell of each table by at most `change`; `share` is the part of the squared strength that the
    measure may spend. Tables get it by the cube root of their cells (`power`). Equal parts would leave the table of the
    country needlessly exact and the large ones needlessly blurred; by the square root the sum of all squared errors
    would be least, but the total of the country, which is read most, is then known less well.
    """
    weights = {table: count**power for table, count in cells.items()}
    whole = sum(weights.values())
    return {table: change / (strength * sqrt(share * weight / whole)) for table, weight in weights.items()}


def combine(strengths: Iterable[float]) -> float:
    """Combine the strengths of several builds about the same person into one."""
    return sqrt(sum(strength**2 for strength in strengths))


def compute_best_guess(strength: float) -> float:
    """Compute how often of 100 times an attacker is right at most who guesses whether a person is in a month."""
    return 100 * NormalDist().cdf(strength / 2)


def round_up_guess(strength: float) -> int:
    """Compute the best guess as a promise: a whole number of 100, rounded up."""
    return ceil(round(compute_best_guess(strength), _DIGITS))


def compute_cost(guess: int) -> float:
    """Compute the squared strength at which a guess is right at most `guess` of 100 times (51 to 99).

    Squared strengths of draws about the same person add up, also where what is drawn next is chosen by what came out
    before (Smith and Thakurta, Fully Adaptive Composition for Gaussian Differential Privacy, 2022).
    """
    return (2 * NormalDist().inv_cdf(guess / 100)) ** 2
