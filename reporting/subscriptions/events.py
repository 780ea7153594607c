"""Public events, found in what was published and not announced by who publishes: a lost wake-up loses none of them.

Each is found once, because its kind and subject are unique; the sweep of the queue finds what an earlier run missed.
"""

from typing import Final

from sqlalchemy import Connection, text

# A release is published when it waits for nobody any more. A withdrawal is an event of its own.
_RELEASES: Final = text(
    """
    INSERT INTO public_event (campaign_id, kind, subject, data)
    SELECT release.campaign_id, 'release.' || became.what, release.id::text,
           jsonb_build_object('release', release.id, 'campaign', release.campaign_slug, 'cube', release.cube,
                              'period', release.period, 'version', release.version,
                              'page', :public_url || '/data/releases/' || release.id,
                              'api', :public_url || '/api/v1/releases/' || release.id)
      FROM release JOIN release_state AS state ON state.release_id = release.id
      CROSS JOIN LATERAL (VALUES ('published', true), ('withdrawn', state.withdrawn_at IS NOT NULL))
        AS became(what, is_so)
     WHERE NOT state.is_waiting AND became.is_so
       AND NOT EXISTS (SELECT FROM public_event AS event WHERE event.campaign_id = release.campaign_id
            AND event.kind = 'release.' || became.what AND event.subject = release.id::text)
     ORDER BY release.id, became.what
    ON CONFLICT DO NOTHING
    """
)
# Events from before the subscription are not delivered to it.
_FAN_OUT: Final = text(
    """
    INSERT INTO event_delivery (subscription_id, event_id)
    SELECT subscription.id, event.id
      FROM subscription JOIN public_event AS event ON event.campaign_id = subscription.campaign_id
     WHERE subscription.ended_at IS NULL AND event.created_at >= subscription.created_at
       AND (subscription.kinds = '{}' OR split_part(event.kind, '.', 1) = ANY(subscription.kinds))
       AND NOT EXISTS (SELECT FROM event_delivery AS delivery
            WHERE delivery.subscription_id = subscription.id AND delivery.event_id = event.id)
     ORDER BY event.id
    ON CONFLICT DO NOTHING
    """
)


def queue_events(connection: Connection, public_url: str) -> int:
    """Store the events that are new, and queue their delivery to each subscription; return how many were queued."""
    connection.execute(_RELEASES, {"public_url": public_url})
    return connection.execute(_FAN_OUT).rowcount
