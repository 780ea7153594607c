"""Labels of codes in the language of the page: dimensions of figures, verdicts on representation."""

from collections.abc import Mapping
from typing import Final

from flask import Flask
from flask_babel import LazyString, lazy_gettext

from reporting.population.age import read_code
from reporting.population.code_lists import NO_OWNER, NOT_APPLICABLE, OWNER, TOTAL, UNKNOWN, WITH, WITHOUT
from reporting.population.raking import RakingRefusal
from reporting.population.representation import Silence, Verdict

_ALL: Final = lazy_gettext("All")
_ALL_AGES: Final = lazy_gettext("All ages")
_BY_DIMENSION: Final[Mapping[str, Mapping[str, LazyString]]] = {
    "sex": {
        "F": lazy_gettext("Women and girls"),
        "M": lazy_gettext("Men and boys"),
        "_O": lazy_gettext("Another sex"),
    },
    "disability": {WITH: lazy_gettext("With disability"), WITHOUT: lazy_gettext("Without disability")},
    "phone": {OWNER: lazy_gettext("With a mobile phone"), NO_OWNER: lazy_gettext("Without a mobile phone")},
    "urban": {"U": lazy_gettext("Urban areas"), "R": lazy_gettext("Rural areas")},
}
_EVERYWHERE: Final[Mapping[str, LazyString]] = {
    TOTAL: _ALL,
    UNKNOWN: lazy_gettext("Not known"),
    NOT_APPLICABLE: lazy_gettext("Does not apply"),
}
VERDICTS: Final[Mapping[Verdict, LazyString]] = {
    Verdict.LEFT_OUT: lazy_gettext("Surely left out"),
    Verdict.OVER: lazy_gettext("Surely more than a fair share"),
    Verdict.NEAR: lazy_gettext("Near a fair share"),
    Verdict.UNCLEAR: lazy_gettext("Too few to tell"),
}
SILENCES: Final[Mapping[Silence, LazyString]] = {
    Silence.NONE: lazy_gettext("Nobody reports from here"),
    Silence.FEWER: lazy_gettext("Surely fewer people report than a fair share"),
}
REFUSALS: Final[Mapping[RakingRefusal, LazyString]] = {
    RakingRefusal.NO_REPORTERS: lazy_gettext("There are no reporters to weight"),
    RakingRefusal.EMPTY_GROUP: lazy_gettext("Nobody of one of the groups reports, so no weight can stand for it"),
    RakingRefusal.NO_SOLUTION: lazy_gettext("No weights fit the population"),
    RakingRefusal.DESIGN_EFFECT: lazy_gettext("A few reporters would stand for very many people"),
}


def configure_code_labels(app: Flask) -> None:
    """Give templates the filters."""
    app.add_template_filter(name_code, "code_label")
    app.add_template_filter(lambda verdict: VERDICTS[verdict], "verdict_label")
    app.add_template_filter(lambda silence: SILENCES[silence], "silence_label")
    app.add_template_filter(lambda refusal: REFUSALS[refusal], "refusal_label")


def name_code(code: str, dimension: str) -> str:
    """Name a code of a dimension; one that no list has is shown as it is."""
    if dimension == "age" and code not in (UNKNOWN, NOT_APPLICABLE):
        return _name_age(code)
    return str(_BY_DIMENSION.get(dimension, {}).get(code) or _EVERYWHERE.get(code, code))


def _name_age(code: str) -> str:
    try:
        band = read_code(code)
    except ValueError:
        return code
    if band.high is None:
        return str(lazy_gettext("%(low)s years and older", low=band.low) if band.low else _ALL_AGES)
    return str(lazy_gettext("%(low)s to %(high)s years", low=band.low, high=band.high))
