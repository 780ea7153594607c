"""What an export format is, and the description of a release that files carry."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from flask_babel import LazyString
from sqlalchemy import Connection

from reporting.disclosure.non_negative import UNITS
from reporting.publishing.release_info import ReleaseInfo


@dataclass(frozen=True, slots=True)
class Format:
    """An export format. The same release always gives the same text.

    `name` is the value of `--format` and the ending of the file. `revision`, a part of the ETag, is raised when the
    written text changes. `stream` yields the text of the file piece by piece, with constant memory.
    """

    name: str
    title: str
    purpose: LazyString  # shown beside the link, in the reader's language
    media_type: str
    revision: int
    stream: Callable[[Connection, ReleaseInfo], Iterator[str]]


def describe_release(release: ReleaseInfo) -> dict[str, Any]:
    """Describe the release for a reader of the file: what must be known besides the figures."""
    return {
        "id": release.id,
        "campaign": release.campaign_slug,
        "cube": release.cube,
        "period": release.period,
        "version": release.version,
        "created_at": release.created_at.astimezone(UTC).isoformat(),
        "code_version": release.code_version,
        "topics": release.topics,
        "policy": release.policy,
        "quality": release.quality,
    }


def write_estimate(estimate: int | None) -> str | None:
    """Write an estimate (thousandths) in people, with up to three decimals; None where there is none.

    Whole digits are written, so that sums of a file come out exactly.
    """
    if estimate is None:
        return None
    whole, part = divmod(estimate, UNITS)
    return f"{whole}.{part:03}".rstrip("0").rstrip(".")
