"""Text analysis of messages: language, topic, time and location. Each worker caches one analyser a campaign."""

import gc
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from geo.resolver.locator import Locator
from geo.spatial_sql import get_gazetteer_version
from geo.types import Location
from reporting.campaigns.cube_use import limit_to_cube
from reporting.campaigns.definition import read_conversation
from reporting.campaigns.organisation import Organisation
from reporting.extraction.language import LanguageGuess, detect
from reporting.extraction.sensitivity import SensitiveReader
from reporting.extraction.time import OccurrenceTime, read_occurrence_time
from reporting.extraction.topic import TopicDefinition, TopicGuess, TopicReader
from reporting.languages.sms_texts import spoken_languages
from reporting.models.campaign import Campaign, Topic

# Every pin that a moderator sets changes the gazetteer; reloading it more often than this would stop the work.
_RELOAD_PAUSE_S = 10.0
_ANOTHER_TOPIC = 0.16  # confidence from which a second topic counts: reached by a plain keyword, not by a weak one


@dataclass(frozen=True, slots=True)
class MessageAnalysis:
    """What was extracted from a text. Values that could not be extracted are None: nothing is invented."""

    language: LanguageGuess
    topic: TopicGuess | None
    moment: OccurrenceTime | None
    location: Location | None
    other_topics: tuple[str, ...] = ()  # codes of further topics

    @property
    def is_located(self) -> bool:
        """Return whether a location was found that is more than a guess.

        A guess is kept for the moderator, and the sender is asked for the place.
        """
        return self.location is not None and not self.location.is_guess


class TextAnalyser:
    """Analyses the messages of one campaign."""

    def __init__(self, connection: Connection, campaign_id: int, older: "TextAnalyser | None" = None) -> None:
        """Load a campaign. `older`: its previous analyser, whose gazetteer is reused as far as it has not changed."""
        campaign = connection.execute(
            select(
                Campaign.languages, Campaign.timezone, Campaign.settings, Campaign.conversation, Campaign.name,
                Campaign.organisation, Campaign.contact,
            ).where(Campaign.id == campaign_id)
        ).one()  # fmt: skip
        topics = connection.execute(select(Topic.__table__).where(Topic.campaign_id == campaign_id)).all()
        self.campaign_id = campaign_id
        self.languages: list[str] = list(campaign.languages)
        self.settings: dict[str, object] = dict(campaign.settings)
        self.topic_ids: dict[str, int] = {topic.code: topic.id for topic in topics}
        self.urgent_topics = frozenset(topic.code for topic in topics if topic.is_urgent)
        self.conversation = limit_to_cube(read_conversation(campaign.conversation), self.settings)
        organisation = campaign.organisation or campaign.name
        self.organisation = Organisation(organisation, campaign.contact, self.conversation.emergency_line)
        self.sensitive = SensitiveReader(self.conversation.sensitive_words)
        self._timezone: str = campaign.timezone
        self._topics = TopicReader([TopicDefinition(row.code, row.keywords, row.name) for row in topics])
        self.locator: Locator = Locator.load(connection, campaign_id, older.locator if older is not None else None)
        self.loaded_at = time.monotonic()

    def read(
        self, text: str, received_at: datetime, *, place: str = "", earlier: Sequence[tuple[float, float]] = ()
    ) -> MessageAnalysis:
        """Analyse a text, with the separately stated `place` and the sender's `earlier` points (latitude, longitude).

        Pure: the same text gives the same analysis until the campaign or its gazetteer changes.
        """
        language = detect(text, self.languages)
        topics = self._topics.read_all(text, language.code)
        return MessageAnalysis(
            language=language,
            topic=topics[0] if topics else None,
            moment=read_occurrence_time(text, received_at, self._timezone),
            location=self.locator.locate(place, text, earlier=earlier),
            other_topics=tuple(topic.code for topic in topics[1:] if topic.confidence >= _ANOTHER_TOPIC),
        )

    def is_urgent(self, topic: str | None, others: Iterable[str] = ()) -> bool:
        """Return whether the campaign marks one of a text's topics as urgent."""
        return not self.urgent_topics.isdisjoint((topic, *others))

    def say_topic(self, code: str) -> TopicGuess | None:
        """Make the topic guess for a code that somebody chose; None if the campaign has no such topic."""
        return TopicGuess(code, 1.0, ()) if code in self.topic_ids else None

    def choose_language(self, known: str | None) -> str:
        """Choose the language of a reply: the sender's own, else the campaign's first, else English.

        Only languages with SMS texts are chosen.
        """
        for language in (known, *self.languages):
            if language in spoken_languages():
                return str(language)
        return "en"


class TextAnalysers:
    """Cache of the analysers in a process, loaded on first use and reloaded after changes of campaign or gazetteer."""

    def __init__(self) -> None:
        self._readers: dict[int, TextAnalyser] = {}

    def get(self, connection: Connection, campaign_id: int) -> TextAnalyser:
        """Get the campaign's analyser; at most `_RELOAD_PAUSE_S` seconds older than the gazetteer."""
        reader = self._readers.get(campaign_id)
        if reader is not None:
            is_old = reader.locator.version != get_gazetteer_version(connection, campaign_id)
            if not is_old or time.monotonic() - reader.loaded_at < _RELOAD_PAUSE_S:
                return reader
        is_first = reader is None
        self._readers[campaign_id] = reader = TextAnalyser(connection, campaign_id, reader)
        if is_first:
            _settle()
        return reader


def _settle() -> None:
    """Exempt existing objects from garbage collection (`gc.freeze`).

    They stay for the life of the process, and collecting through all of them would delay a message by a tenth of a
    second.
    """
    gc.collect()
    gc.freeze()
