"""The first step over a batch: which messages are worked on now, and for which campaign."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from reporting.inbox.contacts import ContactKey, KnownContact, lock_contacts, lock_senders, opt_out_everywhere
from reporting.inbox.duplicates import find_repeats
from reporting.inbox.rate_limit import wait_for_earlier
from reporting.inbox.work_queue import Done, InboxMessage, close, find_overtaken, postpone
from reporting.languages.keywords import Command, find_command
from reporting.models.campaign import Campaign, CampaignAddress
from reporting.models.states import MessageState

_NO_CAMPAIGN_RETRY_S = 60


@dataclass(frozen=True, slots=True)
class AdmittedBatch:
    """Messages to be worked on by campaign, their senders locked, and how many of the batch were not admitted."""

    by_campaign: Mapping[int, Sequence[InboxMessage]]
    contacts: Mapping[ContactKey, KnownContact]
    obeyed: int  # orders to leave that came by a line of no campaign
    unassigned: int
    held_back: int
    overtaken: int
    repeated: int


def admit_messages(connection: Connection, messages: Sequence[InboxMessage]) -> AdmittedBatch:
    """Put aside what waits or repeats another message, and lock the senders of the rest."""
    campaigns = assign_campaigns(connection, messages)
    homeless = [message for message in messages if message.id not in campaigns]
    obeyed = _obey_stops(connection, homeless)
    lost = [message.id for message in homeless if message.id not in obeyed]
    if lost:
        postpone(connection, lost, "no campaign has this address", _NO_CAMPAIGN_RETRY_S)
    held = lock_senders(connection, [message for message in messages if message.id in campaigns])
    free = [message for message in messages if message.id in campaigns and message.id not in held]
    contacts = lock_contacts(connection, ((campaigns[message.id], message) for message in free))
    overtaken = find_overtaken(connection, free)
    held_back = wait_for_earlier(connection, overtaken)
    repeats = find_repeats(connection, free)
    by_campaign: dict[int, list[InboxMessage]] = defaultdict(list)
    repeated: list[Done] = []
    for message in free:
        if message.id in overtaken:
            continue
        if message.id in repeats:
            repeated.append(Done(message.id, campaigns[message.id], state=MessageState.REPEATED))
        else:
            by_campaign[campaigns[message.id]].append(message)
    close(connection, repeated)
    return AdmittedBatch(
        by_campaign=by_campaign,
        contacts=contacts,
        obeyed=len(obeyed),
        unassigned=len(lost),
        held_back=held_back,
        overtaken=len(held) + len(overtaken) - held_back,
        repeated=len(repeated),
    )


def assign_campaigns(connection: Connection, messages: Sequence[InboxMessage]) -> dict[int, int]:
    """Find the campaign by message id: the one it was stored with, the one of its campaign address, or the only one."""
    assigned = {message.id: message.campaign_id for message in messages if message.campaign_id is not None}
    open_messages = [message for message in messages if message.campaign_id is None]
    if not open_messages:
        return assigned
    campaign_addresses = {
        (row.channel, row.address): row.campaign_id
        for row in connection.execute(
            select(CampaignAddress.channel, CampaignAddress.address, CampaignAddress.campaign_id)
        )
    }
    campaign_ids = connection.execute(select(Campaign.id).limit(2)).scalars().all()
    only = campaign_ids[0] if len(campaign_ids) == 1 else None
    for message in open_messages:
        campaign_id = campaign_addresses.get((message.channel, message.campaign_address or ""), only)
        if campaign_id is not None:
            assigned[message.id] = campaign_id
    return assigned


def _obey_stops(connection: Connection, messages: Sequence[InboxMessage]) -> set[int]:
    """Close the messages of no campaign that say STOP to whoever knows their senders; returns their ids."""
    done = []
    for message in messages:
        found = find_command(message.text, ()) if message.address_hash is not None else None
        if found is not None and found.command is Command.STOP:
            known = opt_out_everywhere(connection, message)
            if known is not None:
                done.append(Done(message.id, *known))
    close(connection, done)
    return {each.message_id for each in done}
