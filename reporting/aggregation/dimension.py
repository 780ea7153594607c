"""Dimensions of figures: by what people and reports are counted. To add one, add it to DIMENSIONS.

docs/adding-a-dimension.md is the guide. A dimension says where its code comes from as an SQL expression over the row of
a report, and which codes it has. A person whose code is missing or unlisted counts under `_U` (unknown), never spread
over the others.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from reporting.aggregation.errors import UnknownDimension
from reporting.campaigns.washington_group import ANSWERS, CUT_OFF, DOMAINS
from reporting.population.age import FIVE_YEARS_AND_OLDEST, WIDE
from reporting.population.code_lists import WITH, WITHOUT
from reporting.population.urban import RURAL_CODE, URBAN_CODE
from reporting.reports.profile import ANY_DOMAIN

TOTAL: Final = "_T"  # SDMX: all categories together
UNKNOWN: Final = "_U"
OTHER: Final = "_O"
NOT_APPLICABLE: Final = "_Z"
_CODE: Final = re.compile(r"[A-Za-z0-9_.-]+")  # of a question; it stands in the text of a statement
_SENSITIVITIES: Final = ("low", "moderate", "high", "severe")
_ANSWER: Final = "answer:"  # `answer:form.question` is a dimension of the answers to a question of the campaign's form


@dataclass(frozen=True, slots=True)
class CodeContext:
    """What the codes of a dimension depend on: the campaign's topics, the conversation, and the cube's sensitivity."""

    topics: Mapping[str, str]  # sensitivity by code
    conversation: Mapping[str, Any]
    sensitivity: str = "moderate"


@dataclass(frozen=True, slots=True)
class Dimension:
    """A dimension. `expression` is SQL over `report`, `topic`, `area` and `profile` (of the unit).

    `list_codes` lists the codes without `_U`, which every dimension has. `code_list` names the SDMX list of the codes.
    """

    name: str
    expression: str
    list_codes: Callable[[CodeContext], Sequence[str]]
    code_list: str
    is_of_person: bool = False  # told by the person, or known of them


def _of_profile(item: str, expression: str) -> str:
    return f"CASE WHEN profile.{item}_why = 'not_applicable' THEN '{NOT_APPLICABLE}' ELSE {expression} END"


def _list_topics(context: CodeContext) -> list[str]:
    """List the topics that are no more sensitive than the cube; people with another one count under `_O` (other)."""
    most = _SENSITIVITIES.index(context.sensitivity)
    codes = [code for code, sensitivity in context.topics.items() if _SENSITIVITIES.index(sensitivity) <= most]
    return [*codes, OTHER] if len(codes) < len(context.topics) else codes


_AGES: Final = {
    wide.code: ", ".join(f"'{each.code}'" for each in (*FIVE_YEARS_AND_OLDEST, *WIDE) if wide.holds(each))
    for wide in WIDE
}
_WIDE_AGES: Final = " ".join(f"WHEN profile.age IN ({_AGES[wide]}) THEN '{wide}'" for wide in _AGES)
_GREAT: Final = ", ".join(f"'{answer}'" for answer in range(CUT_OFF, len(ANSWERS) + 1))
_ALL_DOMAINS: Final = ", ".join(f"'{domain}'" for domain in DOMAINS)
# One domain with a lot of difficulty is enough for `with`. `without` needs an answer in all six: a person with a domain
# that was not answered is unknown, never `without`.
_DISABILITY: Final = f"""
    CASE WHEN EXISTS (SELECT FROM jsonb_each_text(profile.difficulty) AS item(domain, answer)
                       WHERE item.answer IN ({_GREAT})) THEN '{WITH}'
         WHEN jsonb_exists(profile.difficulty, '{ANY_DOMAIN}')
              OR jsonb_exists_all(profile.difficulty, ARRAY[{_ALL_DOMAINS}]) THEN '{WITHOUT}' END
"""

DIMENSIONS: Final[tuple[Dimension, ...]] = (
    Dimension(
        "topic",
        f"CASE WHEN topic.code = ANY(%(topics)s) THEN topic.code WHEN topic.code IS NOT NULL THEN '{OTHER}' END",
        _list_topics,
        "campaign",
    ),
    Dimension(
        "sex", _of_profile("sex", "profile.sex"), lambda _: ("F", "M", "_O", NOT_APPLICABLE), "SDMX:CL_SEX(2.1)", True
    ),
    Dimension(
        "age",
        _of_profile("age", f"CASE {_WIDE_AGES} END"),
        lambda _: (*(band.code for band in WIDE), NOT_APPLICABLE),
        "IAEG-SDGs:CL_AGE(1.25)",
        True,
    ),
    Dimension(
        "difficulty",
        _of_profile("difficulty", _DISABILITY),
        lambda _: (WITH, WITHOUT, NOT_APPLICABLE),
        "Washington Group Short Set, cut-off 3",
        True,
    ),
    Dimension(
        "urban",
        "%(localities)s::jsonb ->> (report.area_codes ->> %(locality_level)s)",
        lambda _: (URBAN_CODE, RURAL_CODE),
        "IAEG-SDGs:CL_URBANISATION(1.10)",
    ),
)
_BY_NAME: Final = {dimension.name: dimension for dimension in DIMENSIONS}


def get_dimension(name: str) -> Dimension:
    """Get the dimension of a name, such as `topic` or `answer:water_supply.since`. Raises UnknownDimension."""
    if name in _BY_NAME:
        return _BY_NAME[name]
    form, _, question = name.removeprefix(_ANSWER).partition(".")
    if not name.startswith(_ANSWER) or not form or not question:
        known = ", ".join((*_BY_NAME, f"{_ANSWER}FORM.QUESTION"))
        raise UnknownDimension(f"there is no dimension {name!r}; there is: {known}")
    if not _CODE.fullmatch(question):
        raise UnknownDimension(f"{question!r} is no code of a question")
    return Dimension(
        name,
        f"report.answers ->> '{question}'",
        lambda context: list_choices(context.conversation, form, question),
        "campaign",
    )


def list_choices(conversation: Mapping[str, Any], form: str, question: str) -> list[str]:
    """List the codes of the choices of a form's question. Raises UnknownDimension."""
    return [choice["code"] for choice in _get_question(conversation, form, question)["choices"]]


def describe_questions(conversation: Mapping[str, Any], names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Describe the questions that dimensions and measures are about, by `form.question`.

    Each has its `text` and its `choices` by code, both by language, as the campaign's definition words them.
    """
    answers = dict.fromkeys(name.removeprefix(_ANSWER).partition("=")[0] for name in names if name.startswith(_ANSWER))
    described = {}
    for answer in answers:
        form, _, question = answer.partition(".")
        asked = _get_question(conversation, form, question)
        choices = {choice["code"]: choice.get("label", {}) for choice in asked["choices"]}
        described[answer] = {"text": asked.get("text", {}), "choices": choices}
    return described


def _get_question(conversation: Mapping[str, Any], form: str, question: str) -> Mapping[str, Any]:
    """Get the definition of a form's question of choices. Raises UnknownDimension."""
    for each in conversation.get("forms", ()):
        if each.get("code") == form:
            for asked in each.get("questions", ()):
                if asked.get("code") == question and asked.get("choices"):
                    return dict(asked)
    raise UnknownDimension(f"the campaign has no form {form!r} with a question of choices {question!r}")
