"""Reasons of a location as an English sentence, for columns of files; no code parses it."""

from collections.abc import Mapping, Sequence
from typing import Final

from geo.reasons import Reason, ReasonCode

_SEPARATOR: Final = "; "
WORDING: Final[Mapping[ReasonCode, str]] = {
    ReasonCode.NAME: "'{words}' = {name}",
    ReasonCode.NAME_ALIKE: "'{words}' ~ {name}",
    ReasonCode.TAUGHT: "'{words}' taught {times}, spread {spread}",
    ReasonCode.HEARD: "'{words}' heard {times}, spread {spread}",
    ReasonCode.NUMBER_BETWEEN: "'{words}' between {low} and {high}",
    ReasonCode.NUMBER_NEAR: "'{words}' near {low}",
    ReasonCode.TEXTS_ALIKE: "{count} taught texts like it",
    ReasonCode.SHARED_POINT: "{count} names were put on this point",
    ReasonCode.EARLIER_REPORT: "near an earlier report of the sender",
    ReasonCode.IN_AREA: "somewhere in that area",
    ReasonCode.COORDINATES: "coordinates in the text",
    ReasonCode.HALFWAY: "halfway between two places",
    ReasonCode.AWAY: "{away} from there",
    ReasonCode.ONE_SIDE: "on one side of there",
    ReasonCode.BESIDE: "beside it",
    ReasonCode.PIN: "placed by a moderator",
    ReasonCode.CHOICE: "chosen by the sender",
    ReasonCode.DEVICE: "position sent by the phone",
    ReasonCode.DEVICE_UNASKED: "position of the phone that nobody asked for",
    ReasonCode.IMPORTED: "imported with its point",
    ReasonCode.IMPORTED_NAME: "imported with its point as '{words}'",
    ReasonCode.GEOCODER: "answer of {service}: {address}",
    ReasonCode.UNKNOWN: "reason not known",
}


def explain_in_english(reasons: Sequence[Reason]) -> str:
    """Format the reasons as one sentence, in their order."""
    return _SEPARATOR.join(WORDING[reason.code].format_map(_word_values(reason)) for reason in reasons)


def _word_values(reason: Reason) -> dict[str, str]:
    """Format the values of a reason for its sentence.

    Lengths lose the unit in their name (`spread_m` becomes `spread`), and a count is also there as `times`.
    """
    worded = {}
    for name, value in reason.values.items():
        if name.endswith("_m"):
            worded[name.removesuffix("_m")] = _word_metres(float(value))
        else:
            worded[name] = str(value)
    if "count" in worded:
        worded["times"] = "once" if reason.values["count"] == 1 else f"{worded['count']} times"
    return worded


def _word_metres(metres: float) -> str:
    return f"{metres / 1_000:.1f} km" if metres >= 1_000 else f"{metres:.0f} m"
