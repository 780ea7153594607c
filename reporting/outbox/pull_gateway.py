"""Pull gateways (such as SMSSync): give them outbound messages when they poll, until each message is confirmed.

Messages pass the same checks as on every channel (`dispatch.py`). A pulled message is `sending` until the gateway
confirms it. A message that was lost on the way is free again when its lease ends. It keeps its id, so that the gateway
can recognise it.
"""

import uuid
from typing import Any, Final

from sqlalchemy import Connection, text, update
from sqlalchemy.exc import DBAPIError

from channels.base.answers import PulledMessage
from channels.base.items import Poll, PullAck, ResultPoll
from reporting.crypto.pseudonyms import Pseudonyms
from reporting.db import Database
from reporting.inbox.store import StoreUnavailable, clean_text
from reporting.models.message import Message
from reporting.models.states import Direction, MessageState, Purpose
from reporting.outbox.dispatch import OPTED_OUT, Claimed, Deferred, claim_dispatch, free_lost, record_sent

# A gateway that asks twice about the same messages did not receive our answer: what it acknowledged stays acknowledged.
_READ: Final = text(
    f"""
    SELECT message.id, message.external_id, message.state, message.purpose, message.campaign_address, message.text,
           message.attempts, message.contact_id, contact.number_encrypted, contact.opted_out_at
      FROM message JOIN contact ON contact.id = message.contact_id
     WHERE message.channel = :channel AND message.external_id = ANY(:ids) AND message.direction = '{Direction.OUTBOUND}'
       AND message.state IN ('{MessageState.QUEUED}', '{MessageState.SENDING}', '{MessageState.SENT}')
     ORDER BY message.id FOR NO KEY UPDATE OF message
    """
)
_UNKNOWN: Final = text(
    f"""
    SELECT external_id FROM message
     WHERE channel = :channel AND direction = '{Direction.OUTBOUND}' AND state = '{MessageState.SENT}'
       AND external_id IS NOT NULL AND sent_at > now() - interval '2 days'
     ORDER BY sent_at DESC LIMIT :most
    """
)


class PullDelivery:
    """The outbox as gateways that poll see it.

    Every method raises StoreUnavailable while the database is unavailable.
    """

    def __init__(self, database: Database, pseudonyms: Pseudonyms) -> None:
        self._database = database
        self._pseudonyms = pseudonyms

    def pull_messages(self, channel: str, poll: Poll) -> list[PulledMessage]:
        """Claim the messages that may leave now, by priority, at most `poll.most`.

        A contact gets one message at a time. A contact who opted out gets none.
        """
        found: list[PulledMessage] = []
        try:
            while len(found) < poll.most:
                with self._database.begin() as connection:
                    taken = self._claim(connection, channel, poll, is_first=not found)
                if taken is None:
                    break
                if isinstance(taken, PulledMessage):
                    found.append(taken)
        except DBAPIError as error:
            if not found:
                raise StoreUnavailable from error
        return found

    def acknowledge_pull(self, channel: str, takeover: PullAck) -> list[str]:
        """Record that the gateway has these messages, and return the ids of those that it must send.

        Messages to contacts who have opted out since then are left out. A second call with the same ids gives the same
        answer.
        """
        try:
            with self._database.begin() as connection:
                ids = [clean_text(each) for each in takeover.ids]
                rows = connection.execute(_READ, {"channel": channel, "ids": ids}).all()
                return [row.external_id for row in rows if _confirm(connection, channel, row)]
        except DBAPIError as error:
            raise StoreUnavailable from error

    def list_unknown(self, channel: str, poll: ResultPoll) -> list[str]:
        """List the ids of messages sent within two days that have no delivery report yet.

        The newest come first, at most `poll.most`.
        """
        try:
            with self._database.begin() as connection:
                return list(connection.execute(_UNKNOWN, {"channel": channel, "most": poll.most}).scalars())
        except DBAPIError as error:
            raise StoreUnavailable from error

    def _claim(
        self, connection: Connection, channel: str, poll: Poll, *, is_first: bool
    ) -> PulledMessage | Deferred | None:
        if is_first:
            free_lost(connection)
        ready = claim_dispatch(connection, channel, None)
        if not isinstance(ready, Claimed):
            return ready if isinstance(ready, Deferred) else None
        external_id = _name(connection, ready)
        if not poll.confirms:
            record_sent(connection, ready, external_id)
        return PulledMessage(external_id, self._pseudonyms.unseal(ready.number_encrypted), ready.text)


def _name(connection: Connection, ready: Claimed) -> str:
    """Return the id under which a message is pulled. A message that is pulled again keeps its first id."""
    statement = (
        update(Message)
        .where(Message.id == ready.id)
        .values(external_id=text("coalesce(external_id, :fresh)").bindparams(fresh=str(uuid.uuid4())))
        .returning(Message.external_id)
    )
    return str(connection.execute(statement).scalar_one())


def _confirm(connection: Connection, channel: str, row: Any) -> bool:
    if row.state == MessageState.SENT:
        return True
    if row.opted_out_at is not None and row.purpose != Purpose.COMMAND:
        gone = update(Message).where(Message.id == row.id)
        connection.execute(gone.values(state=MessageState.FAILED, error=OPTED_OUT, retry_at=None))
        return False
    ready = Claimed(
        row.id, channel, row.contact_id, row.campaign_address, row.text, row.number_encrypted, row.attempts, 0
    )
    record_sent(connection, ready, row.external_id)
    return True
