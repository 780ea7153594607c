"""The data dictionary of a release: what each column means, and the names of every code, for all formats alike."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from reporting.aggregation.cube import CONFIDENTIAL, FREE, INCIDENTS, NORMAL, PEOPLE, REPORTS, SUPPRESSED
from reporting.aggregation.dimension import NOT_APPLICABLE, OTHER, TOTAL, UNKNOWN
from reporting.population.code_lists import AGE, DISABILITY, SEX, URBAN
from reporting.publishing.release_info import TOPIC, DimensionInfo, ReleaseInfo

MEASURE: Final = "measure"
SYMBOL: Final = "[c]"  # of a suppressed figure, where a person reads it
TEXT, INTEGER, NUMBER = "string", "integer", "number"
_ANSWER: Final = "answer:"
_ENGLISH: Final = "en"

_EVERYWHERE: Final[Mapping[str, str]] = MappingProxyType(
    {TOTAL: "All together", UNKNOWN: "Unknown", OTHER: "Other", NOT_APPLICABLE: "Not applicable"}
)
_RESPONSE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "confirmed": "That it is solved, and they agree", "disputed": "That it is solved, and they say it is not",
        "solved": "That it is solved", "answered": "An answer", "open": "Nothing yet",
        "passed": "Nothing yet, but it was passed on to an office",
    }
)  # fmt: skip
_NAMES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {"sex": SEX.names, "age": AGE.names, "difficulty": DISABILITY.names, "urban": URBAN.names, "response": _RESPONSE}
)
_TITLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        TOPIC: "Topic",
        "sex": "Sex",
        "age": "Age",
        "difficulty": "Disability",
        "urban": "Urban or rural",
        "response": "What reporters were told",
        "office": "Office it was passed on to",
    }
)
_MEASURES: Final[Mapping[str, str]] = MappingProxyType(
    {PEOPLE: "People who reported", INCIDENTS: "Incidents", REPORTS: "Reports, at most three of a person and cell"}
)
OBSERVATION_STATUS: Final[Mapping[str, str]] = MappingProxyType(
    {NORMAL: "Normal value", SUPPRESSED: "Missing value; suppressed"}
)
CONFIDENTIALITY: Final[Mapping[str, str]] = MappingProxyType(
    {FREE: "Free (free for publication)", CONFIDENTIAL: "Confidential statistical information"}
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an observation. `may_be_empty` says that a row may have no value there."""

    name: str
    title: str
    kind: str
    description: str
    is_key: bool = False
    may_be_empty: bool = False
    codes: tuple[str, ...] = ()
    code_list: str = ""


@dataclass(frozen=True, slots=True)
class Code:
    """A code of a column, with its names by language."""

    column: str
    code: str
    names: Mapping[str, str]

    @property
    def name(self) -> str:
        """The English name, else the first one, else the code."""
        return self.names.get(_ENGLISH) or next(iter(self.names.values()), self.code)


def list_columns(release: ReleaseInfo) -> tuple[Column, ...]:
    """List the columns of an observation, in the order of every table of the release."""
    few = f"fewer than {release.threshold} people"
    return (
        Column("area_code", "Area", TEXT, "Code of the area; _T the whole country, _U the unknown area", is_key=True),
        Column("area_level", "Level", INTEGER, "Level of the area; 0 is the country", is_key=True),
        Column("area_name", "Name of the area", TEXT, "Empty for the country and the unknown area", may_be_empty=True),
        Column("month", "Period", TEXT, "Month (2026-10), week (2026-W44), year, or all", is_key=True),
        *(_describe_dimension(release, each) for each in release.dimensions),
        Column(
            MEASURE, "Measure", TEXT, "What is counted", is_key=True, codes=release.measures, code_list="campaign"
        ),
        Column(
            "value", "Value", INTEGER, f"Rounded; empty where it would be {few} (obs_status Q), which is not zero",
            may_be_empty=True,
        ),
        Column(
            "estimate", "Estimate", NUMBER, "In people, with noise that protects them; adds up exactly",
            may_be_empty=True,
        ),
        Column(
            "standard_error", "Standard error", NUMBER, "Of the estimate, from the noise alone", may_be_empty=True
        ),
        Column(
            "obs_status", "Status of the observation", TEXT, "SDMX CL_OBS_STATUS: A normal, Q suppressed",
            codes=tuple(OBSERVATION_STATUS), code_list="SDMX:CL_OBS_STATUS(2.3)",
        ),
        Column(
            "conf_status", "Confidentiality", TEXT, "SDMX CL_CONF_STATUS: F free, C confidential",
            codes=tuple(CONFIDENTIALITY), code_list="SDMX:CL_CONF_STATUS(1.4)",
        ),
    )  # fmt: skip


def list_codes(release: ReleaseInfo) -> tuple[Code, ...]:
    """List the codes of the dimensions and of the measure, each with its names."""
    return tuple(_list_codes(release))


def list_dimension_codes(release: ReleaseInfo, dimension: DimensionInfo) -> tuple[str, ...]:
    """List the codes of a dimension as figures have them, the total first."""
    return tuple(dict.fromkeys((*((TOTAL,) if release.has_noise else ()), *dimension.codes)))


def title_dimension(release: ReleaseInfo, name: str) -> str:
    """Return the English title of a dimension; of an answer the question as the campaign words it."""
    question = release.questions.get(name.removeprefix(_ANSWER))
    return _TITLES.get(name) or (_choose(question["text"], name) if question else name)


def _describe_dimension(release: ReleaseInfo, dimension: DimensionInfo) -> Column:
    title = title_dimension(release, dimension.name)
    description = f"{title}; _T is all together, _U unknown, _O other, _Z not applicable"
    codes = list_dimension_codes(release, dimension)
    return Column(
        dimension.name, title, TEXT, description, is_key=True, codes=codes, code_list=dimension.code_list or "campaign"
    )


def _list_codes(release: ReleaseInfo) -> Iterator[Code]:
    for dimension in release.dimensions:
        for code in list_dimension_codes(release, dimension):
            yield Code(dimension.name, code, _name_code(release, dimension.name, code))
    for measure in release.measures:
        yield Code(MEASURE, measure, _name_measure(release, measure))


def _name_code(release: ReleaseInfo, dimension: str, code: str) -> Mapping[str, str]:
    own = _NAMES.get(dimension, {})
    if code in own:
        return {_ENGLISH: own[code]}
    if code in _EVERYWHERE:
        return {_ENGLISH: _EVERYWHERE[code]}
    if dimension == TOPIC:
        return release.topics.get(code) or {_ENGLISH: code}
    question = release.questions.get(dimension.removeprefix(_ANSWER), {})
    return question.get("choices", {}).get(code) or {_ENGLISH: code}


def _name_measure(release: ReleaseInfo, measure: str) -> Mapping[str, str]:
    if measure in _MEASURES:
        return {_ENGLISH: _MEASURES[measure]}
    asked, is_answer, code = measure.removeprefix(_ANSWER).partition("=")
    question = release.questions.get(asked)
    if not question:
        return {_ENGLISH: measure}
    if not is_answer:
        return {language: f"{text} (all who answered)" for language, text in question["text"].items()}
    choices = question.get("choices", {}).get(code, {})
    return {language: f"{text} {choices.get(language, code)}" for language, text in question["text"].items()} or {
        _ENGLISH: measure
    }


def _choose(names: Mapping[str, str], otherwise: str) -> str:
    return names.get(_ENGLISH) or next(iter(names.values()), otherwise)
