"""USSD menu: two screens ask what happened and where; each answer is stored as a message before the next screen.

No state is kept between screens: the gateway repeats all that was typed, and stored answers are duplicates without
effect. A session that breaks off loses nothing: the first answer only waits some minutes for the second, so that no SMS
asks what the sender is about to type.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog
from sqlalchemy import Connection, func, select, update
from sqlalchemy.exc import DBAPIError

from channels.base.answers import Screen
from channels.base.items import InboundMessage, MenuStep
from config.logging import describe
from reporting.crypto.pseudonyms import Pseudonyms
from reporting.db import Database
from reporting.inbox.store import Intake
from reporting.languages.sms_texts import Phrase, say, spoken_languages
from reporting.languages.spoken import SOURCE_LANGUAGE
from reporting.models.campaign import Campaign, CampaignAddress
from reporting.models.message import Contact, Message
from reporting.models.states import MessageState

_log = structlog.get_logger()

SESSION_LONGEST = timedelta(minutes=3)  # then mobile networks end a session


@dataclass(frozen=True, slots=True)
class UssdMenu:
    """The USSD screens. `intake` stores the answers; `database` tells the language of the next question."""

    database: Database
    intake: Intake
    pseudonyms: Pseudonyms

    def take(self, channel: str, step: MenuStep) -> Screen:
        """Store the answers so far and return the next screen. Raises StoreUnavailable."""
        typed = [words for words in step.inputs if words.strip()]  # an empty answer is asked again
        messages = make_messages(step, typed)
        if messages:
            what = self.intake.accept(channel, messages[0])  # a longer id if another session used the same one
            # Defer the first answer before the second is stored: workers keep a sender's order, but skip deferred ones.
            self._defer(channel, what, is_held=len(messages) == 1 and not step.is_over)
            for message in messages[1:]:
                self.intake.accept(channel, replace(message, follows=what))
        phrase = (Phrase.MENU_WHAT, Phrase.MENU_WHERE)[len(typed)] if len(typed) < 2 else Phrase.MENU_DONE
        return Screen(say(phrase, self._choose_language(channel, step)), is_last=phrase is Phrase.MENU_DONE)

    def _defer(self, channel: str, external_id: str, *, is_held: bool) -> None:
        try:
            with self.database.begin() as connection:
                connection.execute(
                    update(Message)
                    .where(
                        Message.channel == channel,
                        Message.external_id == external_id,
                        Message.state == MessageState.RECEIVED,
                        Message.attempts == 0,
                    )
                    .values(retry_at=func.now() + SESSION_LONGEST if is_held else None)
                )
        except DBAPIError as error:
            _log.warning("session_not_deferred", channel=channel, error=describe(error))  # no harm: it is stored

    def _choose_language(self, channel: str, step: MenuStep) -> str:
        try:
            with self.database.begin() as connection:
                wanted = find_languages(connection, self.pseudonyms, channel, step)
        except DBAPIError:
            return SOURCE_LANGUAGE  # the answers are stored; a screen in English is better than none
        return next((language for language in wanted if language in spoken_languages()), SOURCE_LANGUAGE)


def make_messages(step: MenuStep, typed: Sequence[str]) -> list[InboundMessage]:
    """Make messages of the typed answers: what happened, then where, which continues the first.

    A star inside an answer separates like one between answers, so all text after the first star belongs to the second.
    """
    what, where = f"{step.session}:1", f"{step.session}:2"
    messages = []
    if typed:
        messages.append(InboundMessage(what, step.address, step.campaign_address, typed[0], step.payload))
    if len(typed) > 1:
        messages.append(
            InboundMessage(where, step.address, step.campaign_address, "*".join(typed[1:]), step.payload, follows=what)
        )
    return messages


def find_languages(connection: Connection, pseudonyms: Pseudonyms, channel: str, step: MenuStep) -> list[str]:
    """List the languages for the next screen: the contact's known language, then those of the campaign."""
    campaign = connection.execute(
        select(Campaign.id, Campaign.languages)
        .join(CampaignAddress, CampaignAddress.campaign_id == Campaign.id)
        .where(CampaignAddress.channel == channel, CampaignAddress.address == step.campaign_address)
    ).first()
    if campaign is None:
        return []
    known = None
    if step.address is not None:
        query = select(Contact.language).where(
            Contact.campaign_id == campaign.id, Contact.address_hash == pseudonyms.hash_address(step.address)
        )
        known = connection.execute(query).scalar()
    return [*([known] if known else []), *campaign.languages]
