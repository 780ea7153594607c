"""What every step over the messages of one campaign works with."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection

from reporting.crypto.pseudonyms import Pseudonyms
from reporting.extraction.reader import TextAnalyser


@dataclass(frozen=True, slots=True)
class CampaignTools:
    """The transaction around all steps, the campaign's reader, the keys, and the channels with a way out."""

    connection: Connection
    reader: TextAnalyser
    pseudonyms: Pseudonyms
    reply_channels: Collection[str]
