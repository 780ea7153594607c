"""Words of the pages of figures for codes: dimensions, categories, measures and lines of the quality report.

Codes are data; what people read is made from them here, in their language.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from flask_babel import format_decimal, gettext, lazy_gettext

from reporting.aggregation.cube import INCIDENTS, PEOPLE, REPORTS
from reporting.aggregation.dimension import NOT_APPLICABLE, OFFICE, OTHER, TOTAL, UNKNOWN
from reporting.population.raking import DESIGN_EFFECT_LIMIT, RakingRefusal
from reporting.publishing.model_estimate import ModelEstimate
from reporting.publishing.release_info import TOPIC
from reporting.web.formatting import choose_name

ANSWER: Final = "answer:"
_DIMENSIONS: Final = {
    TOPIC: lazy_gettext("Topic"),
    "sex": lazy_gettext("Sex"),
    "age": lazy_gettext("Age"),
    "difficulty": lazy_gettext("Disability"),
    "urban": lazy_gettext("Urban or rural"),
    "affected": lazy_gettext("Who is affected"),
    "affected_number": lazy_gettext("How many are affected"),
    "affected_sex": lazy_gettext("Sex of the person affected"),
    "affected_age": lazy_gettext("Age of the person affected"),
    "affected_difficulty": lazy_gettext("Disability of the person affected"),
    "response": lazy_gettext("What reporters were told"),
    OFFICE: lazy_gettext("Office it was passed on to"),
}
_SAME_CODES: Final = {f"affected_{item}": item for item in ("sex", "age", "difficulty")}  # as of the sender
_CENSUS: Final = {"disability": "difficulty"}  # what a comparison with the census calls a dimension of figures
_EVERYWHERE: Final = {
    TOTAL: lazy_gettext("All"),
    UNKNOWN: lazy_gettext("Unknown"),
    OTHER: lazy_gettext("Other"),
    NOT_APPLICABLE: lazy_gettext("Not applicable"),
}
_CODES: Final = {
    ("sex", "F"): lazy_gettext("Women and girls"),
    ("sex", "M"): lazy_gettext("Men and boys"),
    ("age", "Y0T14"): lazy_gettext("0 to 14 years"),
    ("age", "Y15T24"): lazy_gettext("15 to 24 years"),
    ("age", "Y25T64"): lazy_gettext("25 to 64 years"),
    ("age", "Y_GE65"): lazy_gettext("65 years and older"),
    ("difficulty", "with"): lazy_gettext("With a great difficulty"),
    ("difficulty", "without"): lazy_gettext("Without a great difficulty"),
    ("urban", "U"): lazy_gettext("Urban areas"),
    ("urban", "R"): lazy_gettext("Rural areas"),
    ("affected", "person"): lazy_gettext("One person"),
    ("affected", "household"): lazy_gettext("A household"),
    ("affected", "community"): lazy_gettext("A community"),
    ("affected_number", "N1"): lazy_gettext("1 person"),
    ("affected_number", "N2T4"): lazy_gettext("2 to 4 people"),
    ("affected_number", "N5T9"): lazy_gettext("5 to 9 people"),
    ("affected_number", "N10T49"): lazy_gettext("10 to 49 people"),
    ("affected_number", "N_GE50"): lazy_gettext("50 people and more"),
    ("response", "solved"): lazy_gettext("That it is solved"),
    ("response", "confirmed"): lazy_gettext("That it is solved, and they agree"),
    ("response", "disputed"): lazy_gettext("That it is solved, and they say it is not"),
    ("response", "passed"): lazy_gettext("Nothing yet, but it was passed on to an office"),
    ("response", "answered"): lazy_gettext("An answer"),
    ("response", "open"): lazy_gettext("Nothing yet"),
}
_MEASURES: Final = {
    PEOPLE: lazy_gettext("People"),
    REPORTS: lazy_gettext("Reports"),
    INCIDENTS: lazy_gettext("Incidents"),
}
_LINES: Final = {
    "people_rejected": lazy_gettext("People with a rejected report"),
    "people_queued": lazy_gettext("People with a report that waits for a moderator"),
    "placed_share": lazy_gettext("People placed in an area"),
    "shown_share": lazy_gettext("Figures large enough to be shown"),
    "location_radius_m": lazy_gettext("Median location accuracy"),
    "report_lag_h": lazy_gettext("Half were reported within"),
    "decision_lag_h": lazy_gettext("Median time to a decision"),
    "reports_of_person": lazy_gettext("Reports of one person"),
    "unit": lazy_gettext("How people were told apart"),
    "best_guess": lazy_gettext("Best guess about one person, of 100"),
    "best_guess_alone": lazy_gettext("Best guess about one person from these figures alone, of 100"),
    "best_guess_all": lazy_gettext("Best guess about a person who reports in every month, of 100"),
    "revision": lazy_gettext("Draw of the month (2 is its revision)"),
    "months": lazy_gettext("Months in these figures"),
    "missing_months": lazy_gettext("Months that are not published"),
    "generated_months": lazy_gettext("Months whose reports are generated"),
    "licence": lazy_gettext("Licence"),
    "agreement_of_moderators": lazy_gettext("Agreement of two moderators"),
    "people_per_incident": lazy_gettext("People who reported the same incident, on average"),
    "representation": lazy_gettext("Groups that are surely left out, compared with the census"),
    "phone_ownership": lazy_gettext("Who owns a phone"),
    "use_declared": lazy_gettext("Declared use in official statistics"),
}
_AGREEMENTS: Final = {
    "decision": lazy_gettext("Agreement of two moderators on the decision (Cohen's kappa)"),
    "topic": lazy_gettext("Agreement of two moderators on the topic (Cohen's kappa)"),
}
_RESPONSE: Final = "_response"
_RESPONSES: Final = {
    "answered": lazy_gettext("answered"),
    "refused": lazy_gettext("refused"),
    "unknown": lazy_gettext("do not know"),
    "not_asked": lazy_gettext("not asked"),
    "not_applicable": lazy_gettext("not applicable"),
}
_VERDICTS: Final = {
    "left_out": lazy_gettext("left out"),
    "over": lazy_gettext("over-represented"),
    "near": lazy_gettext("fairly represented"),
    "unclear": lazy_gettext("too few to tell"),
}
_PARTS: Final = {
    ("reports_of_person", "1"): lazy_gettext("one or two"),
    ("reports_of_person", "3"): lazy_gettext("three to nine"),
    ("reports_of_person", "10"): lazy_gettext("ten or more"),
    ("unit", "phone"): lazy_gettext("by their phone"),
    ("unit", "affected"): lazy_gettext("named by an accredited volunteer"),
    ("unit", "volunteer"): lazy_gettext("volunteers, one each"),
    ("unit", "browser"): lazy_gettext("by their browser"),
    ("unit", "copies"): lazy_gettext("senders of copies, one for each text"),
    ("unit", "unknown"): lazy_gettext("senders whom nobody knows, one together"),
}


class Named(Protocol):
    """What has names of its own for codes: a release, a draft of one."""

    @property
    def topics(self) -> Mapping[str, Any]:
        """The names of topics, by code and language."""

    @property
    def questions(self) -> Mapping[str, Any]:
        """The questions of forms, by `form.question`: `text`, and `choices` by code, by language."""


@dataclass(frozen=True, slots=True)
class Names:
    """The names of a release that is read without its figures."""

    topics: Mapping[str, Any]
    questions: Mapping[str, Any]


def name_dimension(named: Named, name: str) -> str:
    """Name a dimension; that of a form's answers by the question as it is asked."""
    if not name.startswith(ANSWER):
        return str(_DIMENSIONS.get(_CENSUS.get(name, name), name))
    question, _ = _split_answer(name)
    return choose_name(named.questions.get(question, {}).get("text")) or question


def name_code(named: Named, dimension: str, code: str) -> str:
    """Name a category of a dimension."""
    if dimension == TOPIC and code in named.topics:
        return choose_name(named.topics[code]) or code
    if dimension == OFFICE or dimension.startswith(ANSWER):
        choices = named.questions.get(_split_answer(dimension)[0], {}).get("choices", {})
        if code in choices:
            return choose_name(choices[code]) or code
    listed = _SAME_CODES.get(dimension, _CENSUS.get(dimension, dimension))
    return str(_CODES.get((listed, code)) or _EVERYWHERE.get(code) or code)


def name_measure(named: Named, name: str) -> str:
    """Name a measure; an answer by its choice and the question as it is asked."""
    if name in _MEASURES:
        return str(_MEASURES[name])
    question, code = _split_answer(name)
    asked = name_dimension(named, ANSWER + question)
    if not code:
        return str(gettext("Answered: %(question)s", question=asked))
    return f"{asked} {name_code(named, ANSWER + question, code)}"


def shorten_measure(named: Named, name: str) -> str:
    """Name a measure for the head of a column, below a heading that says all of it: an answer by its choice alone."""
    question, code = _split_answer(name)
    return name_code(named, ANSWER + question, code) if code else name_measure(named, name)


def _split_answer(name: str) -> tuple[str, str]:
    """Split `answer:form.question=code` into the question and the code, which is empty for all who answered."""
    question, _, code = name.removeprefix(ANSWER).partition("=")
    return question, code


def name_level(level: int) -> str:
    """Name a level of areas."""
    if level == 0:
        return str(gettext("The whole country"))
    return str(gettext("Areas of level %(level)s", level=format_decimal(level)))


def name_line(named: Named, key: str, about: str) -> str:
    """Name a line of the quality report."""
    if key == "counted":
        return name_measure(named, about)
    if key == "known_share":
        return str(gettext("People of whom this is known: %(dimension)s", dimension=name_dimension(named, about)))
    if key.endswith(_RESPONSE):
        asked = name_dimension(named, key.removesuffix(_RESPONSE))
        return str(gettext("People who were asked: %(dimension)s", dimension=asked))
    if key == "standard_error":
        return str(gettext("Standard error: %(level)s", level=name_level(int(about))))
    if key == "agreement_of_moderators" and about:
        return str(_AGREEMENTS[about])
    return str(_LINES[key])


def name_part(key: str, code: str) -> str | None:
    """Name a part of a line of the quality report; None where its codes are ranges, which the median sums up."""
    word = _RESPONSES.get(code) if key.endswith(_RESPONSE) else _PARTS.get((key, code))
    return None if word is None else str(word)


def name_group(named: Named, dimension: str) -> str:
    """Name the groups of a comparison with the census: a dimension, or the areas of a level."""
    kind, _, level = dimension.partition(" ")
    return name_level(int(level)) if kind == "area" else name_dimension(named, dimension)


def name_verdict(verdict: str) -> str:
    """Name what a comparison with the census shows of a group."""
    return str(_VERDICTS.get(verdict, verdict))


def say_refusal(model: ModelEstimate) -> str:
    """Say why there is no model-based estimate."""
    if model.refusal is RakingRefusal.DESIGN_EFFECT and model.design_effect is not None:
        return str(
            gettext(
                "There is no estimate: a few people would stand for very many (the design effect is %(effect)s, and"
                " the limit is %(limit)s).",
                effect=format_decimal(round(model.design_effect, 1)),
                limit=format_decimal(DESIGN_EFFECT_LIMIT),
            )
        )
    if model.refusal is RakingRefusal.NO_SOLUTION:
        return str(gettext("There is no estimate: no weights fit all groups of the census at once."))
    return str(gettext("There is no estimate: of one of the groups too few people reported to stand for the others."))


def say_total(named: Named, measure: str, number: str, error: str, period: str) -> str:
    """Say the figure of the whole country in a sentence."""
    values = {"number": number, "error": error, "period": period}
    if measure == PEOPLE:
        return str(gettext("About %(number)s people, give or take %(error)s, reported in %(period)s.", **values))
    if measure == INCIDENTS:
        return str(
            gettext("About %(number)s incidents, give or take %(error)s, were reported in %(period)s.", **values)
        )
    if measure == REPORTS:
        return str(gettext("About %(number)s reports, give or take %(error)s, came in about %(period)s.", **values))
    question, code = _split_answer(measure)
    values["question"] = name_dimension(named, ANSWER + question)
    if not code:
        return str(
            gettext(
                "About %(number)s people, give or take %(error)s, answered this question in %(period)s: %(question)s",
                **values,
            )
        )
    return str(
        gettext(
            "About %(number)s people, give or take %(error)s, answered “%(answer)s” in %(period)s: %(question)s",
            answer=name_code(named, ANSWER + question, code),
            **values,
        )
    )
