"""What is known of the sender of a report and of whom it is about: for moderators only whether, never what.

The values would tell whose words a moderator reads. They are not even read here: the statement compares the reasons.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, text

from reporting.models.states import ItemStatus
from reporting.reports.profile_in_force import IN_FORCE, VERSIONS_OF_SENDER


class PersonRole(StrEnum):
    """Whom something is known of."""

    SENDER = "sender"
    AFFECTED = "affected"


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """Whether each item is known of the sender or the affected; `number` of these alone, as there is one sender."""

    role: PersonRole
    sex: bool
    age: bool
    difficulty: bool
    number: bool | None


_KNOWN: Final = " ".join(f"{item}_why = '{ItemStatus.ANSWERED}' AS {item}," for item in ("sex", "age", "difficulty"))
_LIST: Final = text(
    f"""
    (SELECT '{PersonRole.SENDER}' AS role, {_KNOWN} CAST(NULL AS boolean) AS number
       FROM report JOIN LATERAL ({VERSIONS_OF_SENDER}) AS own ON {IN_FORCE}
      WHERE report.id = :report_id)
    UNION ALL
    (SELECT '{PersonRole.SENDER}', {_KNOWN} NULL FROM reporter_profile
      WHERE report_id = :report_id AND contact_id IS NULL)
    UNION ALL
    (SELECT '{PersonRole.AFFECTED}', {_KNOWN} number IS NOT NULL FROM affected WHERE report_id = :report_id)
    """
)


def list_known_people(connection: Connection, report_id: int) -> list[KnownPerson]:
    """List the sender and the affected of a report, as far as something was asked or told about them."""
    rows = connection.execute(_LIST, {"report_id": report_id})
    return [KnownPerson(PersonRole(row.role), row.sex, row.age, row.difficulty, row.number) for row in rows]
