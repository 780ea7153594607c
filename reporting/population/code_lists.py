"""Code lists: our codes of each dimension, and which SDMX list they are of, with agency and version.

A code is exported as it is where its list has it. Disability has a list of our own: people read the codes of
IAEG-SDGs:CL_DISABILITY (PD, PWD) both ways, so they are not exported before the agency's labels are known. Ages have
the form of the SDG list's codes, which has those of `SDG_AGES`. A census may have others, such as Y6T11.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from reporting.population.age import FIVE_YEARS_AND_OLDEST, WIDE, AgeBand

TOTAL: Final = "_T"
UNKNOWN: Final = "_U"
NOT_APPLICABLE: Final = "_Z"

WITH: Final = "with"
WITHOUT: Final = "without"
OWNER: Final = "yes"
NO_OWNER: Final = "no"

SDG_AGES: Final = (*(band.code for band in (*FIVE_YEARS_AND_OLDEST, *WIDE, AgeBand(15, None))), TOTAL)


@dataclass(frozen=True, slots=True)
class CodeList:
    """A list with its codes and their English names; `agency` and `version` are empty for a list of our own."""

    id: str
    names: Mapping[str, str]
    agency: str = ""
    version: str = ""

    @property
    def is_ours(self) -> bool:
        """Tell whether the list is our own, and of no registry."""
        return not self.agency

    @property
    def urn(self) -> str:
        """Return the list's name in an SDMX registry. Raises ValueError for a list of our own."""
        if self.is_ours:
            raise ValueError(f"{self.id} is in no registry")
        return f"urn:sdmx:org.sdmx.infomodel.codelist.Codelist={self.agency}:{self.id}({self.version})"


def _list(identifier: str, names: Mapping[str, str], agency: str = "", version: str = "") -> CodeList:
    return CodeList(identifier, MappingProxyType(dict(names)), agency, version)


def _name_age(code: str) -> str:
    if code == TOTAL:
        return "All ages"
    low, _, high = code.removeprefix("Y").partition("T")
    return f"{low} to {high} years" if high else f"{code.removeprefix('Y_GE')} years and older"


SEX: Final = _list(
    "CL_SEX",
    {
        "F": "Female", "M": "Male", "_O": "Other", TOTAL: "Total", UNKNOWN: "Not known",
        NOT_APPLICABLE: "Not applicable",
    },
    "SDMX", "2.1",
)  # fmt: skip
AGE: Final = _list(
    "CL_AGE", {**{code: _name_age(code) for code in SDG_AGES}, UNKNOWN: "Not known"}, "IAEG-SDGs", "1.25"
)
URBAN: Final = _list("CL_URBANISATION", {"U": "Urban", "R": "Rural", TOTAL: "Total"}, "IAEG-SDGs", "1.10")
DISABILITY: Final = _list(
    "CL_DIFFICULTY",
    {
        WITH: "With disability (Washington Group: a lot of difficulty, or cannot do, in one domain or more)",
        WITHOUT: "Without disability", TOTAL: "Total", UNKNOWN: "Not known", NOT_APPLICABLE: "Not applicable",
    },
)  # fmt: skip
PHONE: Final = _list("CL_PHONE", {OWNER: "Owns a mobile phone", NO_OWNER: "Owns none", TOTAL: "Total"})

# The dimensions of a population table, in the order of its key.
DIMENSIONS: Final[Mapping[str, CodeList]] = MappingProxyType(
    {"sex": SEX, "age": AGE, "disability": DISABILITY, "phone": PHONE, "urban": URBAN}
)
# The codes that a population table may have: what is unknown of a person is known of no population.
POPULATION_CODES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "sex": ("F", "M", TOTAL), "disability": (WITH, WITHOUT, TOTAL), "phone": (OWNER, NO_OWNER, TOTAL),
        "urban": ("U", "R", TOTAL),
    }
)  # fmt: skip
