"""Codes of questions that mean the same in every campaign: where and what about, and what is told about people.

They are the names of fields in the web form, in messages of the API, in forms of ODK Collect and in imported tables.
"""

from typing import Final

from reporting.campaigns.washington_group import DOMAINS

WG_PREFIX: Final = "wg_"  # of a field for each of the six questions on daily activities: wg_see, wg_hear, ...
AFFECTED_PREFIX: Final = "affected_"
# No question of a campaign's form may have one of these codes.
PERSON_CODES: Final = frozenset(
    {
        "sex", "age_band", *(f"{WG_PREFIX}{domain}" for domain in DOMAINS),
        *(f"{AFFECTED_PREFIX}{name}" for name in ("role", "number", "sex", "age", "difficulty")),
    }
)  # fmt: skip
# A form may ask these as questions of its own, which then stand with the report.
PERSON_FIELDS: Final = PERSON_CODES | {"age", "difficulty", "affected"}
RESERVED_CODES: Final = PERSON_CODES | {"topic", "place"}
