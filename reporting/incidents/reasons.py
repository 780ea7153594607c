"""Reasons of a similarity score: codes with values, which also read as English sentences.

The sentence is for spreadsheets and terminals; pages translate the code into the moderator's language
(`reporting/web/match_reasons.py`). Lengths are in metres, times in seconds.
"""

from collections.abc import Mapping
from typing import Any, Final, Self

_MINUTES_BELOW_S: Final = 5_400
_HOURS_BELOW_S: Final = 2 * 86_400
_SAME_RADIUS: Final = 1.2  # radii that differ by less than this factor are shown as one


class Reason(str):
    """A reason as a sentence, with its code and values."""

    __slots__ = ("code", "values")
    code: str
    values: Mapping[str, float]

    def __new__(cls, words: str, code: str, **values: float) -> Self:
        """Make a reason; values are rounded to two decimals."""
        made = super().__new__(cls, words)
        made.code = code
        made.values = {name: round(value, 2) for name, value in values.items()}
        return made

    def to_row(self) -> dict[str, Any]:
        """Return the JSON form that is stored with a link."""
        return {"code": self.code, "values": dict(self.values), "text": str(self)}


PLACE_UNKNOWN: Final = Reason("place of one not known", "place_unknown")
TIME_UNKNOWN: Final = Reason("time of one not known", "time_unknown")
TEXT_SAME: Final = Reason("same text", "text_same")
TWO_LANGUAGES: Final = Reason("texts in two languages", "two_languages")
TOPIC_SAME: Final = Reason("same topic", "topic_same")
TOPIC_OTHER: Final = Reason("other topic", "topic_other")
NAMED_ALIKE: Final = Reason("place named alike", "named_alike")
SENDER_SAME: Final = Reason("same sender", "sender_same")


def say_apart(apart_m: float, radius_a_m: float, radius_b_m: float) -> Reason:
    """Describe the distance between two places and both radii, in metres."""
    near_m, far_m = sorted((radius_a_m, radius_b_m))
    is_both = is_same_radius(near_m, far_m)
    spread = f"both ±{_metres(near_m)}" if is_both else f"±{_metres(near_m)} and ±{_metres(far_m)}"
    return Reason(f"{_metres(apart_m)} apart ({spread})", "apart", apart_m=apart_m, near_m=near_m, far_m=far_m)


def say_gap(gap_s: float) -> Reason:
    """Describe the time between two reports, in seconds."""
    count, unit = count_gap(gap_s)
    return Reason(f"{count} {unit} apart", "gap", gap_s=gap_s)


def say_alike(share: float) -> Reason:
    """Describe the similarity of the texts, 0 to 1."""
    return Reason(f"text {share:.2f} alike", "text_alike", share=share)


def is_same_radius(near_m: float, far_m: float) -> bool:
    """Return whether two radii, the smaller one first, are shown as one."""
    return far_m <= near_m * _SAME_RADIUS


def count_gap(gap_s: float) -> tuple[str, str]:
    """Convert seconds to a number and the unit that suits it: `min`, `h` or `days`."""
    if gap_s < _MINUTES_BELOW_S:
        return f"{gap_s / 60:.0f}", "min"
    return (f"{gap_s / 3_600:.0f}", "h") if gap_s < _HOURS_BELOW_S else (f"{gap_s / 86_400:.0f}", "days")


def _metres(value_m: float) -> str:
    return f"{value_m:.0f} m" if value_m < 1_000 else f"{value_m / 1_000:.1f} km"
