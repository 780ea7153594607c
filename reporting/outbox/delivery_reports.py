"""Delivery reports (DLR): store what became of a sent message, in whatever order the gateway's reports come."""

from dataclasses import dataclass, replace
from typing import Final

from prometheus_client import Counter
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from channels.base.items import DeliveryReport
from reporting.inbox.store import ID_LONGEST, StoreUnavailable, clean_text
from reporting.models.states import Direction, MessageState

_counted = Counter(
    "baraza_delivery_reports_total", "Delivery reports of gateways by the state they tell", ["channel", "state"]
)

# States only move forward: a late `sent` does not undo `delivered`, nor a late failure.
_ORDER: Final = (
    f"ARRAY['{MessageState.QUEUED}', '{MessageState.SENDING}', '{MessageState.SENT}',"
    f" '{MessageState.FAILED}', '{MessageState.DELIVERED}']"
)
_RANK: Final = f"array_position({_ORDER}, {{0}}.state)"
_CHANGE: Final = f"""
    UPDATE message SET state = note.state, error = note.error, retry_at = NULL,
        sent_at = CASE WHEN note.state = '{MessageState.FAILED}' THEN sent_at ELSE coalesce(sent_at, now()) END,
        delivered_at = CASE WHEN note.state = '{MessageState.DELIVERED}' THEN now() ELSE delivered_at END
      FROM note, known
     WHERE message.id = known.id AND known.external_id = note.external_id
       AND {_RANK.format("message")} < {_RANK.format("note")}
    RETURNING message.id
"""
_LEAVE: Final = """
    UPDATE contact SET opted_out_at = coalesce(opted_out_at, now()) FROM note, known
     WHERE note.is_opt_out AND contact.id = known.contact_id AND known.external_id = note.external_id
    RETURNING contact.id
"""

# One statement, because the webhook's connection commits each statement by itself. A report about a message whose id we
# do not know yet is kept as early: the gateway was faster than our commit.
_NOTE = text(
    f"""
    WITH note AS (
        SELECT CAST(:channel AS text) AS channel, CAST(:external_id AS text) AS external_id,
               CAST(:state AS text) AS state, CAST(:error AS text) AS error,
               CAST(:is_opt_out AS boolean) AS is_opt_out),
    known AS (
        SELECT message.id, message.external_id, message.contact_id FROM message JOIN note USING (channel, external_id)
         WHERE direction = '{Direction.OUTBOUND}'),
    changed AS ({_CHANGE}),
    gone AS ({_LEAVE})
    INSERT INTO early_delivery_report AS kept (channel, external_id, state, error, is_opt_out)
    SELECT channel, external_id, state, error, is_opt_out FROM note WHERE NOT EXISTS (SELECT FROM known)
    ON CONFLICT (channel, external_id) DO UPDATE SET state = excluded.state, error = excluded.error,
        is_opt_out = kept.is_opt_out OR excluded.is_opt_out
     WHERE {_RANK.format("kept")} < {_RANK.format("excluded")}
    """
)
_APPLY = text(
    f"""
    WITH note AS (
        DELETE FROM early_delivery_report USING message
         WHERE message.channel = early_delivery_report.channel
             AND message.external_id = early_delivery_report.external_id
           AND message.direction = '{Direction.OUTBOUND}'
           AND (CAST(:message_id AS bigint) IS NULL OR message.id = :message_id)
        RETURNING early_delivery_report.*, message.id AS message_id),
    known AS (
        SELECT message.id, message.external_id, message.contact_id
          FROM message JOIN note ON note.message_id = message.id),
    changed AS ({_CHANGE}),
    gone AS ({_LEAVE})
    SELECT count(*) FROM note
    """
)
_SWEEP = text("DELETE FROM early_delivery_report WHERE noted_at < now() - interval '1 day'")


@dataclass(frozen=True, slots=True)
class DeliveryReports:
    """The store for delivery reports of gateways.

    `engine` runs in autocommit mode: a statement is its own transaction.
    """

    engine: Engine

    def record(self, channel: str, report: DeliveryReport) -> None:
        """Record the delivery report of an outbound message. Raises StoreUnavailable."""
        code = clean_text(report.error_code) if report.error_code is not None else None
        # The id is cut to a length that fits into an index, as for inbound messages.
        report = replace(report, external_id=clean_text(report.external_id)[:ID_LONGEST], error_code=code)
        try:
            with self.engine.connect() as connection:
                record_delivery_report(connection, channel, report)
        except DBAPIError as error:
            raise StoreUnavailable from error


def record_delivery_report(connection: Connection, channel: str, report: DeliveryReport) -> None:
    """Record a delivery report in one statement, or keep it as early until the id of its message is known."""
    connection.execute(
        _NOTE,
        {
            "channel": channel,
            "external_id": report.external_id,
            "state": report.state,
            "error": report.error_code,
            "is_opt_out": report.is_opt_out,
        },
    )
    _counted.labels(channel, report.state).inc()


def apply_early_reports(connection: Connection, message_id: int | None = None) -> None:
    """Apply early delivery reports of messages whose ids are known by now.

    `message_id` limits this to one message.
    """
    connection.execute(_APPLY, {"message_id": message_id})


def sweep_early_reports(connection: Connection) -> None:
    """Apply early delivery reports where their message is known, and delete those older than a day.

    A report that is still early after a day is about a message that is not ours.
    """
    apply_early_reports(connection)
    connection.execute(_SWEEP)
