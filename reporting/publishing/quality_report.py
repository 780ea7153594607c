"""The quality report of a release as a list of lines, for the page, for print and as JSON.

Each line says what it is (a key, which the page words in the reader's language), its number with the standard error,
and the frameworks that ask for it: the PARIS21 quality framework for citizen-generated data, the United Nations
National Quality Assurance Frameworks manual (UN NQAF), the Copenhagen Framework on Citizen Data, and the Kenya
Statistical Quality Assurance Framework (KeSQAF). What nobody measured is listed as not measured, since a report that
leaves it out would look better than it is.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from math import hypot
from typing import Any, Final

from reporting.aggregation.cube import INCIDENTS, PEOPLE
from reporting.aggregation.estimate import show
from reporting.aggregation.quality import NOT_MEASURED
from reporting.aggregation.quality_item import NOT_COUNTED, QUALITY_ITEMS
from reporting.disclosure.non_negative import UNITS
from reporting.population.representation import Z
from reporting.publishing.formats.format import describe_release
from reporting.publishing.release_info import ReleaseInfo

PARIS21: Final = "PARIS21"
NQAF: Final = "UN NQAF"
COPENHAGEN: Final = "Copenhagen"
KESQAF: Final = "KeSQAF"
_NAMES: Final = {"NQAF": NQAF}  # of the items that are counted, in the words of the report
_LEFT_OUT: Final = "left_out"
_AGREEMENT: Final = "agreement_of_moderators"
_REPRESENTATION: Final = (PARIS21, NQAF, COPENHAGEN, KESQAF)
# What the report has a line for although nothing measures it here.
_NEVER_MEASURED: Final[Mapping[str, tuple[str, ...]]] = {
    "use_declared": (COPENHAGEN, KESQAF),
}


class Kind(StrEnum):
    """How the number of a line reads."""

    COUNT = "count"  # rounded, None where too small to be shown, with a standard error
    SHARE = "share"  # from 0 to 1
    METRES = "metres"
    HOURS = "hours"
    ERROR = "error"  # people, to give or take
    GUESS = "guess"  # of 100
    NUMBER = "number"
    RATE = "rate"  # of one figure to another, with a standard error
    TEXT = "text"
    AGREEMENT = "agreement"  # Cohen's kappa, from -1 to 1, with its interval and the number of reports
    MONTHS = "months"  # with commas between them
    NOT_MEASURED = "not_measured"


@dataclass(frozen=True, slots=True)
class Part:
    """People of one code of a line, such as those whose place is known to within 500 m.

    `share` is theirs of all people, where the codes of the line are no ranges; None where they are too few.
    """

    code: str
    value: int | None
    standard_error: float | None
    share: float | None = None


@dataclass(frozen=True, slots=True)
class QualityLine:
    """One line. `about` is the dimension, measure or area level that it is about, where its key has several.

    `interval` holds the value in 95 of 100 cases, where it is not the standard error alone that makes it.
    """

    key: str
    kind: Kind
    frameworks: tuple[str, ...]
    value: int | float | str | None = None
    standard_error: float | None = None
    about: str = ""
    parts: Sequence[Part] = field(default_factory=tuple)
    interval: tuple[float, ...] = ()


def list_quality(release: ReleaseInfo, errors: Mapping[int, float]) -> list[QualityLine]:
    """List the lines of a release; `errors` are the median standard errors of people by level of areas."""
    return [
        *_list_counts(release),
        *_list_completeness(release),
        *_list_items(release),
        *_list_corroboration(release),
        *_list_agreement(release),
        *_list_representation(release),
        *_list_accuracy(errors),
        *_list_protection(release),
        *(QualityLine(key, Kind.NOT_MEASURED, frameworks) for key, frameworks in _NEVER_MEASURED.items()),
    ]


def write_quality(release: ReleaseInfo, errors: Mapping[int, float]) -> dict[str, Any]:
    """Write the report as one object for JSON: the release, its lines, and who is missing by group and by area."""
    described = describe_release(release)
    described.pop("quality")
    return {
        "release": described,
        "lines": [_write_line(line) for line in list_quality(release, errors)],
        "representation": release.quality.get("representation", []),
        "silence": release.quality.get("silence", []),
    }


def _write_line(line: QualityLine) -> dict[str, Any]:
    written = {key: value for key, value in asdict(line).items() if value not in ("", (), [])}
    if line.kind is Kind.NOT_MEASURED:
        written["value"] = NOT_MEASURED
    if line.parts:
        written["parts"] = [asdict(part) for part in line.parts]
    return written


def _list_counts(release: ReleaseInfo) -> Iterator[QualityLine]:
    for measure in release.measures:
        counted = release.quality.get(measure)
        if counted is not None:
            yield _count("counted", counted, (PARIS21, NQAF, KESQAF), measure)
    for name in NOT_COUNTED:
        key = f"{PEOPLE}_{name}"
        if key in release.quality:
            yield _count(key, release.quality[key], (PARIS21, NQAF))


def _list_completeness(release: ReleaseInfo) -> Iterator[QualityLine]:
    for dimension, share in release.quality.get("known_share", {}).items():
        yield QualityLine("known_share", Kind.SHARE, (NQAF, COPENHAGEN, KESQAF), share, about=dimension)
    yield QualityLine("placed_share", Kind.SHARE, (NQAF, KESQAF), release.quality.get("placed_share"))
    yield QualityLine("shown_share", Kind.SHARE, (NQAF, KESQAF), release.quality.get("shown_share"))


def _list_items(release: ReleaseInfo) -> Iterator[QualityLine]:
    """List the items that were counted; of an item of ranges its median, of another the people by code."""
    for item in QUALITY_ITEMS:
        found = release.quality.get(item.name)
        frameworks = tuple(_NAMES.get(each, each) for each in item.frameworks)
        if found is None:  # of another cube, or of a sum of months, whose months tell it
            continue
        people = {code: found["people"][code] for code in item.codes if code in found["people"]}
        parts = [Part(code, each["value"], each["standard_error"]) for code, each in people.items()]
        if not item.limits:
            shares = [replace(part, share=_find_share(people[part.code], release.quality[PEOPLE])) for part in parts]
            yield QualityLine(item.name, Kind.COUNT, frameworks, parts=shares)
            continue
        kind = Kind.METRES if item.name.endswith("_m") else Kind.HOURS
        yield QualityLine(item.name, kind, frameworks, found["median_below"], parts=parts)


def _find_share(counted: Mapping[str, Any], people: Mapping[str, Any] | None) -> float | None:
    """Find the share of a part in all people, where both are shown; of estimates: nothing is told beside them.

    A part that may be nothing but noise has no share.
    """
    if people is None or people["value"] is None or counted["value"] is None:
        return None
    if counted["estimate"] < Z * counted["standard_error"]:
        return None
    share: float = min(counted["estimate"] / people["estimate"], 1.0)
    return round(share, 2)


def _list_corroboration(release: ReleaseInfo) -> Iterator[QualityLine]:
    """List how many people reported an incident on average, from the two published figures of the country.

    A person counts with one report, so that each person stands for one incident at most. The standard error is that of
    a ratio of two figures with independent noise.
    """
    people, incidents = (release.quality.get(measure) for measure in (PEOPLE, INCIDENTS))
    if people is None or incidents is None:
        yield QualityLine("people_per_incident", Kind.NOT_MEASURED, (PARIS21, NQAF))
    elif people["value"] is None or incidents["value"] is None:
        yield QualityLine("people_per_incident", Kind.RATE, (PARIS21, NQAF))
    else:
        rate = people["estimate"] / incidents["estimate"]
        error = rate * hypot(*(each["standard_error"] / each["estimate"] for each in (people, incidents)))
        yield QualityLine("people_per_incident", Kind.RATE, (PARIS21, NQAF), round(rate, 2), round(error, 3))


def _list_agreement(release: ReleaseInfo) -> Iterator[QualityLine]:
    """List how much two moderators agree who did not see each other's decision: of the decision, and of the topic."""
    found = release.quality.get(_AGREEMENT)
    if not isinstance(found, Mapping):
        yield QualityLine(_AGREEMENT, Kind.NOT_MEASURED, (PARIS21, NQAF))
        return
    for about, each in found.items():
        number = show(each["reports"] * UNITS)
        reports = Part("reports", number, each["reports_standard_error"])
        yield QualityLine(
            _AGREEMENT, Kind.AGREEMENT, (PARIS21, NQAF), each["kappa"], each["standard_error"], about,
            parts=(reports,), interval=(each["low"], each["high"]),
        )  # fmt: skip


def _list_representation(release: ReleaseInfo) -> Iterator[QualityLine]:
    """List how many groups are surely left out, compared with the census, where one is loaded."""
    groups = [group for each in release.quality.get("representation", ()) for group in each["groups"]]
    if not groups:
        yield QualityLine("representation", Kind.NOT_MEASURED, _REPRESENTATION)
    else:
        left_out = sum(group["verdict"] == _LEFT_OUT for group in groups)
        yield QualityLine("representation", Kind.NUMBER, _REPRESENTATION, left_out)
    if all(group["phone_ratio"] is None for group in groups):
        yield QualityLine("phone_ownership", Kind.NOT_MEASURED, (NQAF, COPENHAGEN))


def _list_accuracy(errors: Mapping[int, float]) -> Iterator[QualityLine]:
    for level, error in sorted(errors.items()):
        yield QualityLine("standard_error", Kind.ERROR, (NQAF, KESQAF), error, about=str(level))


def _list_protection(release: ReleaseInfo) -> Iterator[QualityLine]:
    policy = release.policy
    if release.is_capped:
        yield QualityLine("best_guess", Kind.GUESS, (NQAF, COPENHAGEN), release.best_guess)
        yield QualityLine("best_guess_all", Kind.GUESS, (NQAF, COPENHAGEN), release.best_guess_of_all_months)
    else:
        yield QualityLine("best_guess_alone", Kind.GUESS, (NQAF, COPENHAGEN), release.best_guess)
    if policy.get("revision") is not None:
        yield QualityLine("revision", Kind.NUMBER, (NQAF, KESQAF), policy["revision"])
    yield QualityLine("months", Kind.NUMBER, (NQAF, KESQAF), len(policy.get("months", ())))
    if policy.get("missing_months"):
        yield QualityLine("missing_months", Kind.MONTHS, (NQAF, KESQAF), ", ".join(policy["missing_months"]))
    if policy.get("generated_months"):
        yield QualityLine("generated_months", Kind.MONTHS, (NQAF, KESQAF), ", ".join(policy["generated_months"]))
    yield QualityLine("licence", Kind.TEXT, (PARIS21, NQAF), policy["licence"])


def _count(key: str, counted: Mapping[str, Any], frameworks: tuple[str, ...], about: str = "") -> QualityLine:
    return QualityLine(key, Kind.COUNT, frameworks, counted["value"], counted["standard_error"], about)
