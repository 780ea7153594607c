"""Names in SDMX: ids of the structures, dimensions and codes of a release, made of what may stand in an id."""

import re
from typing import Final

from reporting.publishing.release_info import ReleaseInfo

AGENCY: Final = "BARAZA"
VERSION: Final = "1.0.0"
FREQUENCY, AREA_LEVEL, AREA, INDICATOR, TIME = "FREQ", "AREA_LEVEL", "REF_AREA", "INDICATOR", "TIME_PERIOD"
VALUE: Final = "OBS_VALUE"
ESTIMATE, ERROR, STATUS, CONFIDENTIALITY = "ESTIMATE", "STANDARD_ERROR", "OBS_STATUS", "CONF_STATUS"
_OTHER_FREQUENCY: Final = "_O"
_NOT_IN_A_CODE: Final = re.compile(r"[^A-Za-z0-9_@-]")
_NOT_IN_A_NAME: Final = re.compile(r"[^A-Za-z0-9_-]")
_WEEK: Final = re.compile(r"\d{4}-W\d{2}")
_MONTH: Final = re.compile(r"\d{4}-\d{2}")
_YEAR: Final = re.compile(r"\d{4}")


def name_structure(release: ReleaseInfo) -> str:
    """Name the data structure and the dataflow of a release."""
    words = f"{release.campaign_slug}_{release.cube}_{release.period}_V{release.version}"
    return _begin_with_letter(_NOT_IN_A_NAME.sub("_", words).upper())


def name_dimension(name: str) -> str:
    """Name a dimension of the release; `answer:form.question` becomes `ANSWER_FORM_QUESTION`."""
    return _begin_with_letter(_NOT_IN_A_NAME.sub("_", name).upper())


def name_code(code: str) -> str:
    """Name a code; a sign that an id may not have becomes `$` with its number, so that no two codes get one id."""
    return _NOT_IN_A_CODE.sub(lambda found: f"${ord(found[0]):04X}", code)


def name_period(release: ReleaseInfo, month: str) -> str:
    """Name the period of a figure as an SDMX time; of `all` the months from the first one on (`2026-01-01/P7M`)."""
    if _WEEK.fullmatch(month) or _MONTH.fullmatch(month) or _YEAR.fullmatch(month):
        return month
    months = sorted(release.policy.get("months", ()))
    if not months or not _MONTH.fullmatch(months[0]):
        return f"{release.created_at.year:04}"
    first, last = months[0], months[-1]
    number = (int(last[:4]) - int(first[:4])) * 12 + int(last[5:]) - int(first[5:]) + 1
    return f"{first}-01/P{number}M"


def name_frequency(month: str) -> str:
    """Name the frequency (SDMX CL_FREQ) of a period."""
    for pattern, frequency in ((_WEEK, "W"), (_MONTH, "M"), (_YEAR, "A")):
        if pattern.fullmatch(month):
            return frequency
    return _OTHER_FREQUENCY


def _begin_with_letter(name: str) -> str:
    return name if name[:1].isalpha() else f"X{name}"
