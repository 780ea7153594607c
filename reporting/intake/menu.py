"""USSD: two screens ask what is happening and where; each answer is a message, stored before the next screen shows.

Nothing is remembered between the screens: the gateway repeats all that was typed, and what is stored already changes
nothing. A session that breaks off loses nothing of what was typed until then.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select
from sqlalchemy.exc import OperationalError

from channels.base import InboundMessage, MenuStep, Screen
from reporting.db import Database
from reporting.intake.phrase import SOURCE_LANGUAGE, Phrase, say, spoken_languages
from reporting.intake.pseudonym import Pseudonyms
from reporting.intake.store import Intake
from reporting.models.campaign import Campaign, Line
from reporting.models.message import Contact


@dataclass(frozen=True, slots=True)
class Menu:
    """The screens. `intake` stores what was typed; `database` tells in which language to ask."""

    database: Database
    intake: Intake
    pseudonyms: Pseudonyms

    def take(self, channel: str, step: MenuStep) -> Screen:
        """Store what was typed so far and say what shows next. Raises StoreUnavailable."""
        typed = [words for words in step.inputs if words.strip()]  # an empty answer is asked again
        for message in make_messages(step, typed):
            self.intake.accept(channel, message)
        phrase = (Phrase.MENU_WHAT, Phrase.MENU_WHERE)[len(typed)] if len(typed) < 2 else Phrase.MENU_DONE
        return Screen(say(phrase, self._choose_language(channel, step)), is_last=phrase is Phrase.MENU_DONE)

    def _choose_language(self, channel: str, step: MenuStep) -> str:
        try:
            with self.database.begin() as connection:
                wanted = find_languages(connection, self.pseudonyms, channel, step)
        except OperationalError:
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
        .join(Line, Line.campaign_id == Campaign.id)
        .where(Line.channel == channel, Line.address == step.line)
    ).first()
    if campaign is None:
        return []
    known = None
    if step.party is not None:
        query = select(Contact.language).where(
            Contact.campaign_id == campaign.id, Contact.party_hash == pseudonyms.hash_party(step.party)
        )
        known = connection.execute(query).scalar()
    return [*([known] if known else []), *campaign.languages]
