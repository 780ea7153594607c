"""Dimensions of figures: by what people and reports are counted. To add one, add it to DIMENSIONS.

docs/adding-a-dimension.md is the guide. A dimension says where its code comes from as an SQL expression over the row of
a report, and which codes it has. A person whose code is missing or unlisted counts under `_U` (unknown), never spread
over the others.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from reporting.aggregation.errors import UnknownDimension
from reporting.campaigns.washington_group import ANSWERS, CUT_OFF, DOMAINS
from reporting.models.states import AffectedRole, UpdateKind
from reporting.population.age import FIVE_YEARS_AND_OLDEST, WIDE
from reporting.population.code_lists import WITH, WITHOUT
from reporting.population.urban import RURAL_CODE, URBAN_CODE
from reporting.reports.profile import ANY_DOMAIN

TOTAL: Final = "_T"  # SDMX: all categories together
UNKNOWN: Final = "_U"
OTHER: Final = "_O"
NOT_APPLICABLE: Final = "_Z"
OFFICE: Final = "office"  # the dimension of the offices to which incidents were passed on
_CODE: Final = re.compile(r"[A-Za-z0-9_.-]+")  # of a question; it stands in the text of a statement
_SENSITIVITIES: Final = ("low", "moderate", "high", "severe")
_ANSWER: Final = "answer:"  # `answer:form.question` is a dimension of the answers to a question of the campaign's form


@dataclass(frozen=True, slots=True)
class CodeContext:
    """What the codes of a dimension depend on: the campaign's topics, forms and offices, and the cube's sensitivity."""

    topics: Mapping[str, str]  # sensitivity by code
    conversation: Mapping[str, Any]
    sensitivity: str = "moderate"
    offices: Sequence[str] = ()  # codes


@dataclass(frozen=True, slots=True)
class Dimension:
    """A dimension. `expression` is SQL over `report`, `topic`, `area`, `profile` (of the unit) and `whom` (affected).

    `list_codes` lists the codes without `_U`, which every dimension has. `code_list` names the SDMX list of the codes.
    """

    name: str
    expression: str
    list_codes: Callable[[CodeContext], Sequence[str]]
    code_list: str
    is_of_person: bool = False  # told by the person, or known of them: may read `profile`
    is_of_affected: bool = False  # told of whom the report is about: may read `whom`


def _where_applicable(table: str, item: str, expression: str) -> str:
    return f"CASE WHEN {table}.{item}_why = 'not_applicable' THEN '{NOT_APPLICABLE}' ELSE {expression} END"


def _list_topics(context: CodeContext) -> list[str]:
    """List the topics that are no more sensitive than the cube; people with another one count under `_O` (other)."""
    most = _SENSITIVITIES.index(context.sensitivity)
    codes = [code for code, sensitivity in context.topics.items() if _SENSITIVITIES.index(sensitivity) <= most]
    return [*codes, OTHER] if len(codes) < len(context.topics) else codes


_AGES: Final = {
    wide.code: ", ".join(f"'{each.code}'" for each in (*FIVE_YEARS_AND_OLDEST, *WIDE) if wide.holds(each))
    for wide in WIDE
}
_GREAT: Final = ", ".join(f"'{answer}'" for answer in range(CUT_OFF, len(ANSWERS) + 1))
_ALL_DOMAINS: Final = ", ".join(f"'{domain}'" for domain in DOMAINS)
# One domain with a lot of difficulty is enough for `with`. `without` needs an answer in all six: a person with a domain
# that was not answered is unknown, never `without`.
_DISABILITY: Final = f"""
    CASE WHEN EXISTS (SELECT FROM jsonb_each_text({{table}}.difficulty) AS item(domain, answer)
                       WHERE item.answer IN ({_GREAT})) THEN '{WITH}'
         WHEN jsonb_exists({{table}}.difficulty, '{ANY_DOMAIN}')
              OR jsonb_exists_all({{table}}.difficulty, ARRAY[{_ALL_DOMAINS}]) THEN '{WITHOUT}' END
"""
# How many people are affected; one person is one where no number was told.
_NUMBERS: Final = {"N1": 1, "N2T4": 4, "N5T9": 9, "N10T49": 49}
_MANY: Final = "N_GE50"
_NUMBER: Final = f"coalesce(whom.number, CASE WHEN whom.role = '{AffectedRole.PERSON}' THEN 1 END)"
_IN_BANDS: Final = " ".join(f"WHEN {_NUMBER} <= {most} THEN '{code}'" for code, most in _NUMBERS.items())


def _list_of_people(
    table: str, prefix: str, *, is_of_person: bool = False, is_of_affected: bool = False
) -> Iterator[Dimension]:
    """List the dimensions of the items that are told about a person, the sender or who is affected."""
    ages = " ".join(f"WHEN {table}.age IN ({_AGES[wide]}) THEN '{wide}'" for wide in _AGES)
    items = (
        ("sex", f"{table}.sex", ("F", "M", "_O"), "SDMX:CL_SEX(2.1)"),
        ("age", f"CASE {ages} END", tuple(band.code for band in WIDE), "IAEG-SDGs:CL_AGE(1.25)"),
        ("difficulty", _DISABILITY.format(table=table), (WITH, WITHOUT), "Washington Group Short Set, cut-off 3"),
    )
    for item, expression, codes, code_list in items:
        yield Dimension(
            f"{prefix}{item}",
            _where_applicable(table, item, expression),
            partial(_list_codes, (*codes, NOT_APPLICABLE)),
            code_list,
            is_of_person,
            is_of_affected,
        )


def _list_codes(codes: Sequence[str], _: CodeContext) -> Sequence[str]:
    return codes


# What became of an incident (docs/adr/0021): its reporters were told that it is solved, else got an answer, else it was
# passed on to an office, else nothing. What a reporter says of it being solved counts for themselves alone, so that one
# person's word changes their own cell and nobody else's.
_CONFIRMED, _DISPUTED, _SOLVED, _ANSWERED, _PASSED, _OPEN = (
    "confirmed", "disputed", "solved", "answered", "passed", "open"
)  # fmt: skip
_TOLD: Final = """
    EXISTS (SELECT FROM incident_update AS said JOIN report AS anchor ON anchor.id = said.report_id
             WHERE anchor.incident_id = report.incident_id AND said.withdrawn_at IS NULL{which})
"""
_IS_SOLVED: Final = _TOLD.format(which=f" AND said.kind = '{UpdateKind.SOLVED}'")
_SAID: Final = """
    (SELECT told.is_solved FROM update_recipient AS told JOIN incident_update AS said ON said.id = told.update_id
       JOIN report AS anchor ON anchor.id = said.report_id
      WHERE told.contact_id = report.contact_id AND told.is_solved IS NOT NULL AND said.withdrawn_at IS NULL
        AND anchor.incident_id = report.incident_id ORDER BY said.id DESC LIMIT 1)
"""
_OFFICE: Final = """
    (SELECT referral.office FROM referral JOIN report AS anchor ON anchor.id = referral.report_id
      WHERE anchor.incident_id = report.incident_id AND referral.withdrawn_at IS NULL
      ORDER BY referral.id DESC LIMIT 1)
"""
_RESPONSE: Final = (
    f"CASE WHEN {_IS_SOLVED} THEN CASE {_SAID} WHEN true THEN '{_CONFIRMED}' WHEN false THEN '{_DISPUTED}'"
    f" ELSE '{_SOLVED}' END WHEN {_TOLD.format(which='')} THEN '{_ANSWERED}'"
    f" WHEN {_OFFICE} IS NOT NULL THEN '{_PASSED}' ELSE '{_OPEN}' END"
)

DIMENSIONS: Final[tuple[Dimension, ...]] = (
    Dimension(
        "topic",
        f"CASE WHEN topic.code = ANY(%(topics)s) THEN topic.code WHEN topic.code IS NOT NULL THEN '{OTHER}' END",
        _list_topics,
        "campaign",
    ),
    *_list_of_people("profile", "", is_of_person=True),
    Dimension(
        "urban",
        "%(localities)s::jsonb ->> (report.area_codes ->> %(locality_level)s)",
        lambda _: (URBAN_CODE, RURAL_CODE),
        "IAEG-SDGs:CL_URBANISATION(1.10)",
    ),
    Dimension("affected", "whom.role", lambda _: tuple(AffectedRole), "campaign", is_of_affected=True),
    Dimension(
        "affected_number",
        f"CASE {_IN_BANDS} WHEN {_NUMBER} IS NOT NULL THEN '{_MANY}' END",
        lambda _: (*_NUMBERS, _MANY),
        "campaign",
        is_of_affected=True,
    ),
    *_list_of_people("whom", "affected_", is_of_affected=True),
    Dimension(
        "response",
        _RESPONSE,
        lambda _: (_CONFIRMED, _DISPUTED, _SOLVED, _ANSWERED, _PASSED, _OPEN),
        "Baraza:response",
    ),
    Dimension(
        OFFICE,
        f"coalesce({_OFFICE}, '{NOT_APPLICABLE}')",
        lambda context: (*context.offices, NOT_APPLICABLE),
        "campaign",
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
