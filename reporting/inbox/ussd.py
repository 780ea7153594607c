"""USSD: two screens ask what is happening and where; each answer is a message, stored before the next screen shows.

Nothing is remembered between the screens: the gateway repeats all that was typed, and what is stored already changes
nothing. A session that breaks off loses nothing of what was typed until then: the first answer only waits a little
for the second, so that nobody is asked by SMS what they are just about to type.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog
from sqlalchemy import Connection, func, select, update
from sqlalchemy.exc import DBAPIError

from channels.base import InboundMessage, MenuStep, Screen
from config.logging import describe
from reporting.crypto.pseudonyms import Pseudonyms
from reporting.db import Database
from reporting.inbox.store import Intake
from reporting.languages.sms_texts import Phrase, say, spoken_languages
from reporting.languages.spoken import SOURCE_LANGUAGE
from reporting.models.campaign import Campaign, CampaignAddress
from reporting.models.message import RECEIVED, Contact, Message

_log = structlog.get_logger()

SESSION_LONGEST = timedelta(minutes=3)  # after which the networks end one


@dataclass(frozen=True, slots=True)
class UssdMenu:
    """The screens. `intake` stores what was typed; `database` tells in which language to ask."""

    database: Database
    intake: Intake
    pseudonyms: Pseudonyms

    def take(self, channel: str, step: MenuStep) -> Screen:
        """Store what was typed so far and say what shows next. Raises StoreUnavailable."""
        typed = [words for words in step.inputs if words.strip()]  # an empty answer is asked again
        messages = make_messages(step, typed)
        if messages:
            what = self.intake.accept(channel, messages[0])  # a longer id where another session had this one's
            # Before the second is there: a worker takes what somebody wrote in its order, but passes over what waits.
            self._hold(channel, what, is_held=len(messages) == 1 and not step.is_over)
            for message in messages[1:]:
                self.intake.accept(channel, replace(message, follows=what))
        phrase = (Phrase.MENU_WHAT, Phrase.MENU_WHERE)[len(typed)] if len(typed) < 2 else Phrase.MENU_DONE
        return Screen(say(phrase, self._choose_language(channel, step)), is_last=phrase is Phrase.MENU_DONE)

    def _hold(self, channel: str, external_id: str, *, is_held: bool) -> None:
        try:
            with self.database.begin() as connection:
                connection.execute(
                    update(Message)
                    .where(
                        Message.channel == channel,
                        Message.external_id == external_id,
                        Message.state == RECEIVED,
                        Message.attempts == 0,
                    )
                    .values(retry_at=func.now() + SESSION_LONGEST if is_held else None)
                )
        except DBAPIError as error:
            _log.warning("session_not_held", channel=channel, error=describe(error))  # it is stored: that counts

    def _choose_language(self, channel: str, step: MenuStep) -> str:
        try:
            with self.database.begin() as connection:
                wanted = find_languages(connection, self.pseudonyms, channel, step)
        except DBAPIError:
            return SOURCE_LANGUAGE  # what was typed is safe; better a screen in English than none
        return next((language for language in wanted if language in spoken_languages()), SOURCE_LANGUAGE)


def make_messages(step: MenuStep, typed: Sequence[str]) -> list[InboundMessage]:
    """What was typed as messages: what is happening, then where, which goes on with the first.

    A star within the words parts them like two answers do, so all that comes after the first belongs to the second.
    """
    what, where = f"{step.session}:1", f"{step.session}:2"
    messages = []
    if typed:
        messages.append(InboundMessage(what, step.party, step.line, typed[0], step.payload))
    if len(typed) > 1:
        messages.append(InboundMessage(where, step.party, step.line, "*".join(typed[1:]), step.payload, follows=what))
    return messages


def find_languages(connection: Connection, pseudonyms: Pseudonyms, channel: str, step: MenuStep) -> list[str]:
    """The language that the person is known to speak, then those of the line's campaign."""
    campaign = connection.execute(
        select(Campaign.id, Campaign.languages)
        .join(CampaignAddress, CampaignAddress.campaign_id == Campaign.id)
        .where(CampaignAddress.channel == channel, CampaignAddress.address == step.line)
    ).first()
    if campaign is None:
        return []
    known = None
    if step.party is not None:
        query = select(Contact.language).where(
            Contact.campaign_id == campaign.id, Contact.address_hash == pseudonyms.hash_address(step.party)
        )
        known = connection.execute(query).scalar()
    return [*([known] if known else []), *campaign.languages]
