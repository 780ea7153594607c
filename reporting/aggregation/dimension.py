"""Dimensions of figures: by what people and reports are counted. To add one, add it to DIMENSIONS.

docs/adding-a-dimension.md is the guide. A dimension says where its code comes from as an SQL expression over the row of
a report, and which codes it has. A person whose code is missing or unlisted counts under `_U` (unknown), never spread
over the others.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from reporting.aggregation.errors import UnknownDimension

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
    """A dimension. `expression` is SQL over `report`, `topic`, `area` and `profile` (the sender's latest profile).

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


_ANY_GREAT_DIFFICULTY: Final = (
    "EXISTS (SELECT FROM jsonb_each_text(profile.difficulty) AS item(domain, level) WHERE item.level IN ('3', '4'))"
)
_ALL_DOMAINS: Final = (
    "((SELECT count(*) FROM jsonb_object_keys(profile.difficulty)) = 6 OR jsonb_exists(profile.difficulty, 'any'))"
)

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
        _of_profile(
            "age",
            "CASE WHEN profile.age IN ('Y0T4', 'Y5T9', 'Y10T14', 'Y0T14') THEN 'Y0T14'"
            " WHEN profile.age IN ('Y15T19', 'Y20T24', 'Y15T24') THEN 'Y15T24'"
            " WHEN profile.age IN ('Y65T69', 'Y70T74', 'Y75T79', 'Y80T84', 'Y85T89', 'Y90T94', 'Y95T99', 'Y_GE100',"
            " 'Y_GE65') THEN 'Y_GE65' WHEN profile.age IS NOT NULL THEN 'Y25T64' END",
        ),
        lambda _: ("Y0T14", "Y15T24", "Y25T64", "Y_GE65", NOT_APPLICABLE),
        "IAEG-SDGs:CL_AGE(1.25)",
        True,
    ),
    Dimension(
        "difficulty",
        _of_profile(
            "difficulty",
            f"CASE WHEN {_ANY_GREAT_DIFFICULTY} THEN 'with' WHEN {_ALL_DOMAINS} THEN 'without' END",
        ),
        lambda _: ("with", "without", NOT_APPLICABLE),
        "Washington Group Short Set, cut-off 3",
        True,
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
    for each in conversation.get("forms", ()):
        if each.get("code") == form:
            for asked in each.get("questions", ()):
                if asked.get("code") == question and asked.get("choices"):
                    return [choice["code"] for choice in asked["choices"]]
    raise UnknownDimension(f"the campaign has no form {form!r} with a question of choices {question!r}")
