"""How a figure is written: estimates exactly, in people."""

from reporting.disclosure.non_negative import UNITS


def write_estimate(estimate: int | None) -> str | None:
    """Write an estimate (thousandths) in people, with up to three decimals; None where there is none.

    Whole digits are written, so that sums of a file come out exactly.
    """
    if estimate is None:
        return None
    whole, part = divmod(estimate, UNITS)
    return f"{whole}.{part:03}".rstrip("0").rstrip(".")
