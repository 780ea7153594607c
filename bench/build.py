"""Builds releases as people publish them, but without asking who they are: for benchmarks and tests."""

from datetime import datetime

from sqlalchemy import Connection

from reporting.aggregation.release import Built, draft_release, write_release


def make_release(
    connection: Connection, campaign_id: int, cube: str, period: str, secret: bytes, at: datetime
) -> Built:
    """Build the release of a cube for a period (`2026-11`, `2026` or `all`) as at a time. The caller commits."""
    draft = draft_release(connection, campaign_id, cube, period, secret, at=at, is_rehearsal=False)
    return write_release(connection, draft)
