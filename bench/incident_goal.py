"""The goals for incidents beside what was measured."""

from collections.abc import Iterator, Mapping
from typing import Any

PARENTS = (70, 82, 87)  # per cent among the first 1, 3 and 5


def list_goals(figures: Mapping[str, Any]) -> list[dict[str, Any]]:
    """List the measures that have a goal, with what was measured; those that were not measured are absent."""
    return [
        {"measure": measure, "measured": measured, "goal": goal, "is_met": is_met}
        for measure, measured, goal, is_met in (*_boston(figures), *_haiti(figures), *_speed(figures))
    ]


_Line = tuple[str, Any, Any, bool]


def _boston(figures: Mapping[str, Any]) -> Iterator[_Line]:
    months = dict(figures.get("boston_rolling_origin", {}))
    if "boston_october" in figures:
        months = {"october": figures["boston_october"], **months}
    for name, month in months.items():
        measured = month["parent_in_first_1_3_5"]
        is_met = all(share >= goal for share, goal in zip(measured, PARENTS, strict=True))
        yield f"boston, {name}: true parent among the first 1 / 3 / 5, %", measured, list(PARENTS), is_met
    if "boston_october" in figures:
        yield _at_least(
            "boston, october: labelled found when 18 % are flagged, %",
            figures["boston_october"]["labelled_found_flagging_18"],
            65,
        )


def _haiti(figures: Mapping[str, Any]) -> Iterator[_Line]:
    for name, way in (("haiti_reports", "flask dedupe"), ("haiti_live", "live")):
        if name in figures:
            found = figures[name]
            yield _at_least(f"haiti reports, {way}: exact-text groups found, %", found["exact_groups_found"], 95)
            near, far = found["near_text_pairs_within_1_km_found"], found["near_text_pairs_beyond_5_km_linked"]
            yield _at_least(f"haiti reports, {way}: near-text pairs within 1 km found, %", near, 95)
            yield _at_most(f"haiti reports, {way}: near-identical texts beyond 5 km linked", far, 0)
    if "haiti_sms" in figures:
        sms = figures["haiti_sms"]
        yield _at_least("haiti sms: groups of one original wholly found, %", sms["exact_groups_found"], 95)
        yield _at_least("haiti sms: messages of such groups found, %", sms["exact_rows_found"], 95)


def _speed(figures: Mapping[str, Any]) -> Iterator[_Line]:
    if "default_pin" in figures:
        yield _at_most(
            "default pin, flask dedupe: slowest report, ms of processor", figures["default_pin"]["cpu_ms_slowest"], 20
        )
    if "live" in figures:
        live = figures["live"]
        pin = live["default_pin"]
        yield _at_most(f"default pin, PostGIS, {pin['reports']} reports: slowest, ms", pin["ms_slowest_report"], 20)
        yield _at_most(f"{live['reports']} reports: p95 of a report, ms", live["at_size"]["ms_p95"], 10)
        yield _at_most(f"growth of p95 from {live['first_size']} reports to {live['reports']}", live["growth_p95"], 3)


def _at_least(measure: str, measured: float, goal: float) -> _Line:
    return measure, measured, goal, measured >= goal


def _at_most(measure: str, measured: float, goal: float) -> _Line:
    return measure, measured, goal, measured <= goal
