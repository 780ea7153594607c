"""What an export format is: files that are written from one source, and the description of a release they carry."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any

from flask_babel import LazyString

from reporting.publishing.observations.source import Source, name_stem
from reporting.publishing.release_info import ReleaseInfo


@dataclass(frozen=True, slots=True)
class ExportFile:
    """A file of a format.

    `name` is its whole name or, beginning with a dot or a hyphen, its ending after that of the release. `write` writes
    it to a path with constant memory. The same release always gives the same bytes.
    """

    name: str
    media_type: str
    write: Callable[[Source, Path], None]

    def name_for(self, release: ReleaseInfo) -> str:
        """Name the file of a release, such as `nepal-demo-incidents-2026-11-v2.csv`."""
        return name_stem(release) + self.name if self.name[0] in ".-" else self.name


def _is_for_all(_release: ReleaseInfo) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Format:
    """An export format.

    `name` is the value of `--format`; the first file is the one behind the link. `revision` is raised when the written
    bytes change. `beside` names the formats whose files this one describes, which go along with an export. `is_for`
    says of which releases it can be.
    """

    name: str
    title: str
    purpose: LazyString  # shown beside the link, in the reader's language
    revision: int
    files: tuple[ExportFile, ...]
    beside: tuple[str, ...] = ()
    is_for: Callable[[ReleaseInfo], bool] = _is_for_all

    @property
    def media_type(self) -> str:
        """The media type of the file behind the link."""
        return self.files[0].media_type


def write_text(path: Path, pieces: Iterable[str]) -> None:
    """Write a text file piece by piece, in UTF-8 and with its own line ends."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(pieces)


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
