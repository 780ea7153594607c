"""The protected unit of a report: whose presence in a month no figure gives away, as one number a unit.

A unit is one person for all that is counted: it counts in one cell, and the noise covers that it is there or not. Where
one phone speaks for many, each kind of sender has its own rule (docs/protection.md), and its own range of numbers.
"""

from typing import Final

import numpy as np

from reporting.aggregation.quality_item import UNIT_KINDS
from reporting.disclosure.tables import Integers
from reporting.models.states import AffectedRole, sql_list

UNKNOWN_SENDER: Final = 0
# A contact has its id, a burst of copies the negative of its id; the others begin at a power of two above all ids.
_RANGE_BITS: Final = 60
_AFFECTED: Final = 1 << _RANGE_BITS  # and the id of the report, of a divided one the first
_ACCOUNT: Final = 2 << _RANGE_BITS  # and the id of the account
_BROWSER: Final = 4 << _RANGE_BITS  # and 60 bits of a keyed hash
_RANGES: Final = {"affected": _AFFECTED, "volunteer": _ACCOUNT, "browser": _BROWSER}

_IS_BURST: Final = "duplicate_burst.id IS NOT NULL AND duplicate_burst.dismissed_at IS NULL"
_JOIN_BURST: Final = "LEFT JOIN duplicate_burst ON duplicate_burst.id = report.duplicate_burst_id"
# SQL expression for the sender of a report who is known by a number, and the join that it needs.
SENDER: Final = f"""
    CASE WHEN {_IS_BURST} THEN -duplicate_burst.id ELSE coalesce(report.contact_id, {UNKNOWN_SENDER}) END
"""
JOIN_SENDER: Final = _JOIN_BURST
# SQL expression for the unit of a report, and the joins that it needs; `{}` is the placeholder of OPEN_FORMS. A number
# that was typed into the web form tells nobody apart before it has itself written to the campaign: anybody can make up
# as many as they like. A volunteer's own phone is the volunteer, and so is a report of theirs about themselves.
UNIT: Final = f"""
    CASE WHEN NOT about.is_sender THEN {_AFFECTED} + coalesce(about.first_report_id, report.id)
         WHEN {_IS_BURST} THEN -duplicate_burst.id
         WHEN report.account_id IS NOT NULL THEN {_ACCOUNT} + report.account_id
         WHEN report.contact_id IS NOT NULL AND NOT typed.is_claimed
         THEN coalesce({_ACCOUNT} + own_phone.account_id, report.contact_id)
         WHEN report.browser_hash IS NOT NULL THEN {_BROWSER} + report.browser_hash
         ELSE {UNKNOWN_SENDER} END
"""
JOIN_UNIT: Final = f"""
              {_JOIN_BURST}
              LEFT JOIN account AS volunteer
                     ON volunteer.id = report.account_id
                    AND report.reported_at >= CAST(volunteer.accredited_on AS timestamp) AT TIME ZONE 'UTC'
              LEFT JOIN affected AS about
                     ON about.report_id = report.id AND volunteer.id IS NOT NULL
                    AND about.role IN {sql_list(AffectedRole.PERSON, AffectedRole.HOUSEHOLD)}
              LEFT JOIN (SELECT contact.id AS contact_id, owner.id AS account_id
                           FROM account AS owner JOIN contact ON contact.address_hash = owner.phone_hash) AS own_phone
                     ON own_phone.contact_id = report.contact_id
             CROSS JOIN LATERAL (
                   SELECT report.source = ANY(CAST({{}} AS text[])) AND EXISTS (
                              SELECT FROM contact
                               WHERE contact.id = report.contact_id AND contact.campaign_address IS NULL
                          ) AS is_claimed -- contacts are looked up for reports of these forms alone
             ) AS typed
"""


def count_units(units: Integers) -> dict[str, int]:
    """Count units by their kind; `units` has each of them once. One unit counts in one kind."""
    ranges = units >> _RANGE_BITS
    masks = {
        "phone": (units > UNKNOWN_SENDER) & (ranges == 0),
        "copies": units < UNKNOWN_SENDER,
        "unknown": units == UNKNOWN_SENDER,
        **{code: ranges == first >> _RANGE_BITS for code, first in _RANGES.items()},
    }
    return {code: int(np.count_nonzero(masks[code])) for code in UNIT_KINDS.codes}
