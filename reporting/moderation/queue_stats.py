"""Statistics of the moderation queue: how many reports wait, since when, on which topic, and who holds a lease."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from reporting.models.states import ReportState

PAGE_SIZE = 50

_COUNTS = text(
    """
    SELECT state, is_sensitive, count(*) AS reports
      FROM report WHERE campaign_id = :campaign_id GROUP BY state, is_sensitive
    """
)
_WAITING = text(
    f"""
    SELECT min(reported_at) AS oldest_at,
           count(*) FILTER (WHERE leased_by IS NOT NULL AND leased_until > now()) AS in_hand,
           min(id) FILTER (WHERE leased_by = :account_id AND leased_until > now()) AS mine,
           count(*) FILTER (WHERE point IS NULL) AS placeless
      FROM report WHERE campaign_id = :campaign_id AND state = '{ReportState.QUEUED}' AND is_sensitive = :is_restricted
    """
)
_TOPICS = text("SELECT code, name AS names FROM topic WHERE campaign_id = :campaign_id ORDER BY id")
_TOPIC_COUNTS = text(
    f"""
    SELECT topic.id, topic.code, topic.name, count(report.id) AS waiting
      FROM topic LEFT JOIN report ON report.topic_id = topic.id AND report.state = '{ReportState.QUEUED}'
       AND report.is_sensitive = :is_restricted AND report.campaign_id = :campaign_id
     WHERE topic.campaign_id = :campaign_id GROUP BY topic.id ORDER BY topic.id
    """
)
_REPORTS = text(
    """
    SELECT report.id, report.reference, report.state, report.reported_at, topic.name AS topic_name,
           decision.kind, decision.decided_at, account.name AS account_name
      FROM report
      LEFT JOIN topic ON topic.id = report.topic_id
      LEFT JOIN LATERAL (SELECT kind, decided_at, account_id FROM decision
                          WHERE decision.report_id = report.id ORDER BY id DESC LIMIT 1) AS decision ON true
      LEFT JOIN account ON account.id = decision.account_id
     WHERE report.campaign_id = :campaign_id AND report.state = :state AND report.id < :before_id
       AND report.is_sensitive = :is_restricted
       AND (CAST(:topic_id AS bigint) IS NULL OR report.topic_id = :topic_id)
     ORDER BY report.id DESC LIMIT :limit
    """
)


@dataclass(frozen=True, slots=True)
class TopicName:
    """A topic that may be chosen; `names` by language."""

    code: str
    names: dict[str, Any]


@dataclass(frozen=True, slots=True)
class TopicCount:
    """The number of waiting reports of a topic; `names` by language."""

    id: int
    code: str
    names: dict[str, Any]
    waiting: int


@dataclass(frozen=True, slots=True)
class Overview:
    """A queue of a campaign as one account sees it; `mine` is the report that this account has leased.

    `restricted` is the number of reports waiting in the queue of sensitive reports, whichever queue this is.
    """

    queued: int
    approved: int
    rejected: int
    in_hand: int
    placeless: int
    oldest_at: datetime | None
    mine: int | None
    topics: list[TopicCount]
    restricted: int

    @property
    def topicless(self) -> int:
        """The number of waiting reports without a topic."""
        return self.queued - sum(topic.waiting for topic in self.topics)


@dataclass(frozen=True, slots=True)
class ReportLine:
    """A report in a list, without its words."""

    id: int
    reference: str
    state: str
    reported_at: datetime
    topic_names: dict[str, Any] | None
    decision: str | None
    decided_at: datetime | None
    account_name: str | None


def get_overview(connection: Connection, campaign_id: int, account_id: int, *, is_restricted: bool = False) -> Overview:
    """Count the reports of a campaign in the ordinary queue, or in the queue of sensitive reports."""
    values = {"campaign_id": campaign_id, "account_id": account_id, "is_restricted": is_restricted}
    counts = {(str(row.state), bool(row.is_sensitive)): int(row.reports) for row in connection.execute(_COUNTS, values)}
    waiting = connection.execute(_WAITING, values).one()
    topics = [TopicCount(*row) for row in connection.execute(_TOPIC_COUNTS, values)]
    return Overview(
        queued=counts.get((ReportState.QUEUED, is_restricted), 0),
        approved=counts.get((ReportState.APPROVED, is_restricted), 0),
        rejected=counts.get((ReportState.REJECTED, is_restricted), 0),
        in_hand=waiting.in_hand,
        placeless=waiting.placeless,
        oldest_at=waiting.oldest_at,
        mine=waiting.mine,
        topics=topics,
        restricted=counts.get((ReportState.QUEUED, True), 0),
    )


def list_topics(connection: Connection, campaign_id: int) -> list[TopicName]:
    """List the topics of a campaign in their order."""
    return [TopicName(*row) for row in connection.execute(_TOPICS, {"campaign_id": campaign_id})]


def list_reports(
    connection: Connection,
    campaign_id: int,
    state: str,
    *,
    topic_id: int | None = None,
    before_id: int | None = None,
    limit: int = PAGE_SIZE,
    is_restricted: bool = False,
) -> list[ReportLine]:
    """List reports in a state, newest first, one page at a time. Raises ValueError for an unknown state.

    `before_id` is the last id of the page before.
    """
    if state not in tuple(ReportState):
        raise ValueError(f"no state {state}")
    values = {
        "campaign_id": campaign_id,
        "state": state,
        "topic_id": topic_id,
        "before_id": before_id if before_id is not None else 2**62,
        "limit": limit,
        "is_restricted": is_restricted,
    }
    return [ReportLine(*row) for row in connection.execute(_REPORTS, values)]
