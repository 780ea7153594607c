"""Delivery of queued messages: a thread for each channel, with several calls at once.

A slow gateway delays only the messages of its own channel.
"""

import threading
import time
from collections.abc import Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Final

import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from channels.base.errors import SendError
from channels.base.gateway import OutboundChannel
from config.log_ids import with_ids
from config.logging import describe
from reporting.crypto.pseudonyms import Pseudonyms
from reporting.db import Database, is_outage
from reporting.models.states import MessageState
from reporting.outbox.delivery_reports import sweep_early_reports
from reporting.outbox.dispatch import Claimed, RateLimited, claim_dispatch, free_lost, record_error, record_sent

_log = structlog.get_logger()

CALLS_AT_ONCE: Final = 16  # for one channel: with 300 ms a call a gateway takes about fifty messages a second
BUDGET_S: Final = 5.0  # then the job ends, so that the inbox is processed too
_PATIENCE_S: Final = 1.0  # a gateway's next slot is waited for at most so long; a later slot is for the next job
_WRITE_PATIENCE_S: Final = 30.0  # a sent message is recorded even if the database is unavailable for a moment
_WRITE_PAUSE_S: Final = 0.5

_DUE = text(
    f"""
    SELECT own.channel FROM unnest(CAST(:channels AS text[])) AS own(channel)
     WHERE EXISTS (SELECT FROM message WHERE message.channel = own.channel AND state = '{MessageState.QUEUED}'
                      AND (retry_at IS NULL OR retry_at <= now()))
       AND NOT EXISTS (SELECT FROM channel_state WHERE channel_state.channel = own.channel
                          AND next_at > now() + make_interval(secs => :patience_s))
    """
)


def deliver(
    database: Database,
    senders: Mapping[str, OutboundChannel],
    pseudonyms: Pseudonyms,
    *,
    rates: Mapping[str, float | None] | None = None,
    budget_s: float = BUDGET_S,
) -> int:
    """Deliver the messages that are due, for `budget_s` seconds at most.

    Returns how many messages were handled: sent, failed or put off. `rates` are messages a second by channel. Any
    number of deliveries may run at the same time. Raises DBAPIError when the database becomes unavailable.
    """
    with database.begin() as connection:
        free_lost(connection)
        sweep_early_reports(connection)
        due = list(connection.execute(_DUE, {"channels": list(senders), "patience_s": _PATIENCE_S}).scalars())
    if not due:
        return 0
    deadline = time.monotonic() + budget_s
    lanes = [
        _Lane(database, channel, senders[channel], pseudonyms, (rates or {}).get(channel), deadline) for channel in due
    ]
    with ThreadPoolExecutor(len(lanes), "lane") as pool:
        return sum(pool.map(with_ids(_Lane.run), lanes))


@dataclass(slots=True)
class _Lane:
    """The delivery of one channel: messages are claimed one after the other and sent in parallel calls."""

    database: Database
    channel: str
    sender: OutboundChannel
    pseudonyms: Pseudonyms
    texts_per_second: float | None
    deadline: float
    free: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(CALLS_AT_ONCE))
    faults: list[BaseException] = field(default_factory=list)
    calls: "list[Future[None]]" = field(default_factory=list)  # under way

    def run(self) -> int:
        """Send until nothing is due, the rate limit asks for a long wait, or the time is over.

        Returns how many were handled.
        """
        handled = 0
        with ThreadPoolExecutor(CALLS_AT_ONCE, f"calls-{self.channel}") as pool:
            while time.monotonic() < self.deadline and not self.faults:
                under_way = [call for call in self.calls if not call.done()]
                found = self._claim_next(pool)
                if found is None and under_way:
                    # A message may wait for another to the same contact that is being sent.
                    wait(under_way, max(0.0, self.deadline - time.monotonic()), FIRST_COMPLETED)
                    continue
                if found is None or (isinstance(found, RateLimited) and not self._wait(found.wait_s)):
                    break
                handled += not isinstance(found, RateLimited)
        if self.faults:
            raise self.faults[0]
        return handled

    def _claim_next(self, pool: ThreadPoolExecutor) -> object | None:
        """Claim the next message as soon as a call is free for it, and start the call.

        Returns the result of the claim.
        """
        self.free.acquire()
        is_calling = False
        try:
            with self.database.begin() as connection:
                found = claim_dispatch(connection, self.channel, self.texts_per_second)
            if isinstance(found, Claimed):
                is_calling = True
                call = pool.submit(with_ids(self._send), found)
                self.calls = [*(other for other in self.calls if not other.done()), call]
                call.add_done_callback(self._finish)
        finally:
            if not is_calling:
                self.free.release()
        return found

    def _wait(self, wait_s: float) -> bool:
        if wait_s > _PATIENCE_S or time.monotonic() + wait_s > self.deadline:
            return False
        time.sleep(wait_s)
        return True

    def _finish(self, call: "Future[None]") -> None:
        fault = call.exception()
        if fault is not None:
            self.faults.append(fault)
        self.free.release()

    def _send(self, ready: Claimed) -> None:
        outcome: str | SendError
        try:
            address = self.pseudonyms.unseal(ready.number_encrypted)
            outcome = self.sender.send(campaign_address=ready.campaign_address, address=address, text=ready.text)
        except SendError as error:
            outcome = error
        except Exception as error:  # noqa: BLE001  # a fault of an adapter is one text's, and is tried again like a gateway's own
            _log.error("sender_failed", channel=self.channel, message_id=ready.id, error=describe(error))
            outcome = SendError(type(error).__name__, retryable=True)
        self._write_down(ready, outcome)

    def _write_down(self, ready: Claimed, outcome: str | SendError) -> None:
        """Record the outcome of a call, and try again while the database is unavailable.

        A sent message that is not recorded would be sent again, so one failed try is not the end.
        """
        deadline = time.monotonic() + _WRITE_PATIENCE_S
        while True:
            try:
                with self.database.begin() as connection:
                    if isinstance(outcome, SendError):
                        record_error(connection, ready, outcome)
                    else:
                        record_sent(connection, ready, outcome)
            except DBAPIError as error:
                if not is_outage(error) or time.monotonic() > deadline:
                    raise
                time.sleep(_WRITE_PAUSE_S)
            else:
                return
