"""Texts a second that one worker sends: to a gateway that answers at once, to one that takes 300 ms, and beside one."""

import threading
import time
from collections.abc import Sequence

from sqlalchemy import text

from bench.scratch import parse_arguments, report, scratch_database
from channels.base.gateway import OutboundChannel
from reporting.crypto.pseudonyms import Pseudonyms
from reporting.db import Database, Role, open_database
from reporting.models.states import Purpose
from reporting.outbox.delivery import deliver
from reporting.outbox.outbox import OutgoingText, queue_texts

_GATEWAY_S = 0.3
_LINE = "+15005550006"


class Gateway:
    """Takes texts, each call as long as `takes_s`."""

    def __init__(self, takes_s: float) -> None:
        self.takes_s = takes_s
        self.taken = 0
        self.last_at = 0.0
        self._lock = threading.Lock()

    def send(self, *, campaign_address: str, address: str, text: str) -> str:  # noqa: ARG002
        """Take the text."""
        time.sleep(self.takes_s)
        with self._lock:
            self.taken += 1
            self.last_at = time.monotonic()
            return f"{id(self)}-{self.taken}"


def fill(database: Database, pseudonyms: Pseudonyms, channel: str, count: int) -> float:
    """Queue a text to each of `count` new contacts; seconds that the queueing took."""
    numbers = [f"+99{time.time_ns() % 10**7:07d}{number:06d}" for number in range(count)]
    with database.begin() as connection:
        campaign = connection.execute(text("SELECT id FROM campaign")).scalar_one()
        statement = text(
            "INSERT INTO contact (campaign_id, address_hash, number_encrypted, channel, campaign_address)"
            " VALUES (:campaign, :hash, :sealed, :channel, :campaign_address) RETURNING id"
        )
        contacts = [
            connection.execute(
                statement,
                {
                    "campaign": campaign,
                    "hash": pseudonyms.hash_address(number),
                    "sealed": pseudonyms.seal(number),
                    "channel": channel,
                    "campaign_address": _LINE,
                },
            ).scalar_one()
            for number in numbers
        ]
        started = time.monotonic()
        for first in range(0, count, 200):
            queue_texts(
                connection,
                [
                    OutgoingText(campaign, contact, channel, _LINE, "Thank you.", Purpose.ACKNOWLEDGEMENT)
                    for contact in contacts[first : first + 200]
                ],
            )
    return time.monotonic() - started


def empty(database: Database, pseudonyms: Pseudonyms, senders: dict[str, OutboundChannel]) -> float:
    """Deliver until nothing is due; the seconds it took."""
    started = time.monotonic()
    while deliver(database, senders, pseudonyms):
        pass
    return time.monotonic() - started


def main(argv: Sequence[str] | None = None) -> None:
    """Measure, print, and write the JSON where asked."""
    arguments = parse_arguments(argv, __doc__ or "")
    many, some = (200, 50) if arguments.quick else (2000, 300)
    pseudonyms = Pseudonyms("a pepper of the benchmark")
    with scratch_database("outbox") as (database_url, _redis_url):
        database = open_database(database_url, Role.OWNER, pool_size=16)
        with database.begin() as connection:
            connection.execute(
                text("INSERT INTO campaign (slug, name, country, languages) VALUES ('b', 'B', 'NP', '{ne}')")
            )
        queueing_s = fill(database, pseudonyms, "fast", many)
        fast_s = empty(database, pseudonyms, {"fast": Gateway(0)})
        fill(database, pseudonyms, "slow", some)
        slow_s = empty(database, pseudonyms, {"slow": Gateway(_GATEWAY_S)})
        fill(database, pseudonyms, "slow", some)
        fill(database, pseudonyms, "fast", some)
        fast, started = Gateway(0), time.monotonic()
        empty(database, pseudonyms, {"slow": Gateway(_GATEWAY_S), "fast": fast})
        database.close()
    report(
        {
            "queued_per_second": round(many / queueing_s),
            "sent_per_second_to_a_gateway_that_answers_at_once": round(many / fast_s),
            "sent_per_second_to_a_gateway_that_takes_300_ms": round(some / slow_s, 1),
            f"seconds_until_{some}_texts_left_beside_such_a_gateway": round(fast.last_at - started, 2),
        },
        arguments.json,
    )


if __name__ == "__main__":
    main()
