"""The step before anything is written: which messages tell what nobody should read by chance, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import text

from reporting.conversation.message_context import MessageContext
from reporting.inbox.current_batch import in_turn
from reporting.processing.assign import AssignedMessage
from reporting.processing.campaign_tools import CampaignTools

_RESTRICTED_LATELY: Final = text(
    """
    SELECT contact.id AS contact_id, last.sensitive_reason
      FROM unnest(CAST(:contact_ids AS bigint[])) AS contact(id)
     CROSS JOIN LATERAL (
           SELECT sensitive_reason FROM report
            WHERE contact_id = contact.id AND is_sensitive AND reported_at > now() - interval '2 hours'
            ORDER BY reported_at DESC, id DESC LIMIT 1) AS last
    """
)


@dataclass(frozen=True, slots=True)
class SafeguardedMessage:
    """An assigned message, and why its report is restricted, None where it is not."""

    assigned: AssignedMessage
    sensitive_reason: str | None = None

    @property
    def context(self) -> MessageContext:
        """The message with all that is known of it."""
        return self.assigned.context

    @property
    def message_id(self) -> int:
        """The message, as whoever watches the worker knows it."""
        return self.assigned.message_id


def safeguard_messages(tools: CampaignTools, items: Sequence[AssignedMessage]) -> list[SafeguardedMessage]:
    """Say why reports are restricted, of new ones and of those that messages join.

    What goes on with a restricted report ("he lives near the temple") is restricted as well, unless it tells of
    something else; so is what the same sender wrote after one in this batch.
    """
    read = [_read(tools, item) for item in in_turn(items)]
    restricted = _find_restricted_lately(tools, [item for item in read if _may_go_on(item)])
    safeguarded = []
    for item in read:
        contact, reason = item.context.contact, item.sensitive_reason
        if contact is not None and item.assigned.makes_report:
            if reason is not None:
                restricted[contact.id] = reason
            elif _may_go_on(item):
                reason = restricted.get(contact.id)
        safeguarded.append(SafeguardedMessage(item.assigned, reason))
    return safeguarded


def _read(tools: CampaignTools, item: AssignedMessage) -> SafeguardedMessage:
    is_read = item.makes_report or item.joins
    return SafeguardedMessage(item, tools.reader.sensitive.read_all(item.context.said) if is_read else None)


def _may_go_on(item: SafeguardedMessage) -> bool:
    """Tell a new report that says nothing of its own that would be restricted, and nothing of another topic."""
    is_silent = item.sensitive_reason is None and item.context.reading.topic is None
    return item.assigned.makes_report and item.context.contact is not None and is_silent


def _find_restricted_lately(tools: CampaignTools, items: Sequence[SafeguardedMessage]) -> dict[int, str]:
    """Find why the last restricted report of the senders was so, by contact."""
    contact_ids = {item.context.contact.id for item in items if item.context.contact is not None}
    if not contact_ids:
        return {}
    rows = tools.connection.execute(_RESTRICTED_LATELY, {"contact_ids": list(contact_ids)})
    return {row.contact_id: row.sensitive_reason for row in rows}
