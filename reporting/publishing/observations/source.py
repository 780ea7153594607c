"""The source of every file of a release: its observations and areas, row by row, and the columns that describe them.

All formats read here and nowhere else, so that they say the same. The connection is that of the public role.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection

from reporting.publishing.areas.attributes import list_attributes
from reporting.publishing.areas.level_areas import stream_areas
from reporting.publishing.cell_queries import count_cells, list_areas, list_months, stream_cells
from reporting.publishing.observations.dictionary import Code, Column, list_codes, list_columns
from reporting.publishing.observations.figure import write_estimate
from reporting.publishing.release_info import Cell, ReleaseInfo

# A row as all formats have it: `area_code` to `conf_status`, with None for a value that is too small to be shown.
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class FileLink:
    """A file of the release as others name it: its format's title, its name and media type."""

    title: str
    name: str
    media_type: str


@dataclass(frozen=True)
class Source:
    """A release to write. `public_url` is the address of the installation and `files` all files, for who links them."""

    connection: Connection
    release: ReleaseInfo
    public_url: str = ""
    files: tuple[FileLink, ...] = ()

    @property
    def stem(self) -> str:
        """The name of its files before the ending, such as `nepal-demo-incidents-2026-11-v2`."""
        return name_stem(self.release)

    @property
    def address(self) -> str:
        """The permanent address of the release, which can be cited."""
        return f"{self.public_url}/data/releases/{self.release.id}"

    def locate(self, file: FileLink) -> str:
        """Return the address of a file."""
        return f"{self.address}/files/{quote(file.name)}"

    @property
    def title(self) -> str:
        """The title of the release: campaign, cube, period and version."""
        release = self.release
        return f"{release.campaign_name}: {release.cube}, {release.period}, version {release.version}"

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The columns of an observation, in order."""
        return list_columns(self.release)

    @cached_property
    def codes(self) -> tuple[Code, ...]:
        """The codes of all dimensions and of the measure, in order."""
        return list_codes(self.release)

    @cached_property
    def areas(self) -> dict[int, dict[str, str]]:
        """The names of the areas by level and code."""
        return list_areas(self.connection, self.release.id)

    @cached_property
    def attributes(self) -> dict[tuple[str, tuple[str, ...], str], str]:
        """The plain names of an area's figures in map files."""
        return list_attributes(self.release, list_months(self.connection, self.release))

    def stream_cells(self, from_level: int = 0, measure: str | None = None) -> Iterator[Cell]:
        """Stream the figures, all or those of a measure, by level, area, codes, month and measure."""
        return stream_cells(self.connection, self.release.id, from_level, measure)

    def count_cells(self) -> int:
        """Count the figures."""
        return count_cells(self.connection, self.release.id)

    def stream_rows(self) -> Iterator[Row]:
        """Stream the observations as rows of `columns`, estimates written exactly."""
        for cell in self.stream_cells():
            yield (
                cell.area_code, cell.area_level, cell.area_name, cell.month, *cell.codes, cell.measure, cell.value,
                write_estimate(cell.estimate), cell.standard_error, cell.status, cell.confidentiality,
            )  # fmt: skip

    def stream_areas(self) -> Iterator[tuple[str, str, int, Any]]:
        """Stream code, name, level and GeoJSON geometry of the finest areas, ordered by code."""
        return stream_areas(self.connection, self.release.id, self.release.deepest_level)


def name_stem(release: ReleaseInfo) -> str:
    """Name the files of a release without their endings."""
    return f"{release.campaign_slug}-{release.cube}-{release.period}-v{release.version}"
