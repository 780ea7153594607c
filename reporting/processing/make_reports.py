"""The steps that write reports: all of a batch at once, then their links, for which others wait."""

from collections.abc import Sequence
from dataclasses import dataclass

from reporting.conversation.message_context import MessageContext
from reporting.conversation.report_answers import record_form_people, select_report_answers
from reporting.extraction.second_subject import list_other_topics
from reporting.inbox.current_batch import in_turn
from reporting.incidents.linking import link_reports, relink
from reporting.incidents.lock import lock_linking
from reporting.processing.campaign_tools import CampaignTools
from reporting.processing.safeguard import SafeguardedMessage
from reporting.reports.create import Draft, add_reports
from reporting.reports.told_later import ToldLater
from reporting.reports.urgency import set_urgency


@dataclass(frozen=True, slots=True)
class ReportedMessage:
    """A message and the report it made or joins, None where it does neither."""

    context: MessageContext
    report_id: int | None = None
    reference: str = ""  # of a new report
    sensitive_reason: str | None = None
    is_new: bool = False  # the report is its own

    @property
    def message_id(self) -> int:
        """The message, as whoever watches the worker knows it."""
        return self.context.message_id


def make_reports(tools: CampaignTools, items: Sequence[SafeguardedMessage]) -> list[ReportedMessage]:
    """Add the reports of a batch, with what forms told about persons; the others keep the report that they join."""
    makers = [item for item in items if item.assigned.makes_report]
    made = add_reports(tools.connection, tools.reader.campaign_id, [_draft(tools, item) for item in in_turn(makers)])
    made_by = {item.message_id: report for item, report in zip(makers, made, strict=True)}
    for item in in_turn(makers):
        context = item.context
        if context.details.answers:
            record_form_people(
                tools.connection, made_by[item.message_id][0], context.details.answers, tools.reader.conversation,
                context.message.channel,
            )  # fmt: skip
    return [_settle(item, made_by) for item in items]


def _settle(item: SafeguardedMessage, made_by: dict[int, tuple[int, str]]) -> ReportedMessage:
    assigned = item.assigned
    if assigned.makes_report:
        report_id, reference = made_by[item.message_id]
        return ReportedMessage(item.context, report_id, reference, item.sensitive_reason, is_new=True)
    joined = made_by[assigned.joins_message][0] if assigned.joins_message is not None else assigned.joins_report
    return ReportedMessage(item.context, joined, sensitive_reason=item.sensitive_reason)


def _draft(tools: CampaignTools, item: SafeguardedMessage) -> Draft:
    context, reading = item.context, item.context.reading
    return Draft(
        source=context.message.channel,
        source_id=f"message:{context.message.id}",
        message_id=context.message.id,
        contact_id=context.contact.id if context.contact else None,
        text=context.text,
        reported_at=context.message.received_at,
        reading=reading,
        topic_id=tools.reader.topic_ids.get(reading.topic.code) if reading.topic else None,
        reference=context.details.reference,
        answers=select_report_answers(context.details.answers, tools.reader.conversation),
        sensitive_reason=item.sensitive_reason,
        other_topics=list_other_topics(reading),
        other_places=context.other_places,
        perhaps_answers_id=context.perhaps_answers,
        account_id=context.details.account_id,
        browser_hash=context.details.browser_hash,
    )


def link_batch(tools: CampaignTools, items: Sequence[ReportedMessage], told_later: ToldLater) -> int:
    """Look for the incidents of new reports, and of those whose senders told more; returns how many new were linked.

    Sensitive ones are linked to nothing. The turn to link is waited for here and kept to the end of the transaction.
    """
    new = [item for item in items if item.is_new]
    if not new and not told_later:
        return 0
    ordinary = [item.report_id for item in new if item.report_id is not None and item.sensitive_reason is None]
    lock_linking(tools.connection, tools.reader.campaign_id)
    moved = told_later.write(tools.connection, tools.reader.campaign_id)
    if moved:
        relink(tools.connection, moved)
    linked = link_reports(tools.connection, ordinary) if ordinary else 0
    set_urgency(tools.connection, [item.report_id for item in new if item.report_id is not None])
    return linked
