"""A campaign of an installation that several tests share, with places, areas and messages of its own."""

import csv
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.acceptance.installation import Installation
from tests.acceptance.tree import Ended, Failed

_DEFINITION: Final = """
slug: {slug}
name: The campaign {slug}
country: {country}
languages: [{languages}]
topics:
  - code: water
    name: {{{names}}}
"""


@dataclass(frozen=True)
class Ground:
    """Commands of one campaign; `folder` is for its files."""

    installation: Installation
    slug: str
    folder: Path

    def try_command(self, *arguments: object) -> Ended:
        """Run `flask --app wsgi ARGUMENTS --campaign SLUG`, however it ends."""
        return self.installation.try_command(*arguments, "--campaign", self.slug)

    def command(self, *arguments: object) -> str:
        """What it prints. Raises Failed."""
        return self.installation.command(*arguments, "--campaign", self.slug)

    def write(self, name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
        """A file of the campaign."""
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    def load_places(self, name: str, content: str | bytes, *options: object) -> Ended:
        """Load a file of places, which is their source, however it ends."""
        return self.try_command("gazetteer", "load", self.write(name, content), "--source", name, *options)

    def load_areas(self, level: int, path: Path, *options: object, code: str = "C", name: str = "N") -> Ended:
        """Load a file of areas, however it ends."""
        fields = ("--code-field", code, "--name-field", name)
        return self.try_command("areas", "load", path, "--level", level, *fields, *options)

    def list_places(self, source: str) -> dict[str, tuple[float, float]]:
        """Latitude and longitude of the places that a source has, by name."""
        rows = self.select(f"SELECT name, ST_Y(geom), ST_X(geom) FROM place WHERE source = '{source}'")
        return {name: (round(lat, 4), round(lon, 4)) for name, lat, lon in rows}

    def list_areas(self) -> dict[tuple[int, str], str]:
        """Names of the areas by level and code."""
        return {(level, code): name for level, code, name in self.select("SELECT level, code, name FROM area")}

    def list_reports(self) -> dict[str, tuple[float, float] | None]:
        """Where each report is, by its words."""
        rows = self.select("SELECT text, ST_Y(point), ST_X(point) FROM report")
        return {text: None if lat is None else (round(lat, 4), round(lon, 4)) for text, lat, lon in rows}

    def list_messages(self, channel: str) -> list[str]:
        """Texts that came in by a channel, in the order of their numbers."""
        rows = self.select(f"SELECT text FROM message WHERE direction = 'in' AND channel = '{channel}' ORDER BY id")
        return [text for (text,) in rows]

    def locate(self, *texts: str) -> dict[str, tuple[float, float] | None]:
        """Where `geocode` finds each text."""
        return {text: point and point[:2] for text, point in self.weigh(*texts).items()}

    def weigh(self, *texts: str) -> dict[str, tuple[float, float, float] | None]:
        """The same with the confidence."""
        path, out = (self.folder / f"{secrets.token_hex(4)}.csv" for _ in range(2))
        write_table(path, ["id", "said"], list(enumerate(texts, start=1)))
        self.command("geocode", path, "--text-column", "said", "-o", out)
        with out.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
        return {
            row["said"]: (float(row["lat"]), float(row["lon"]), float(row["confidence"])) if row["lat"] else None
            for row in rows
        }

    def select(self, statement: str) -> list[tuple[Any, ...]]:
        """Rows of this campaign: a statement without its condition."""
        joined = "AND" if "WHERE" in statement else "WHERE"
        begin, order, end = statement.partition(" ORDER BY ")
        campaign = f"campaign_id = (SELECT id FROM campaign WHERE slug = '{self.slug}')"
        return self.installation.sql(f"{begin} {joined} {campaign}{order}{end}")


def make_ground(
    installation: Installation, slug: str, country: str, *languages: str, more: Mapping[str, object] | None = None
) -> Ground:
    """Make a campaign; `more` are further keys of its definition."""
    folder = installation.var / slug
    folder.mkdir()
    names = ", ".join(f"{language}: Water" for language in languages)
    text = _DEFINITION.format(slug=slug, country=country, languages=", ".join(languages), names=names)
    path = folder / "campaign.yaml"
    path.write_text(text + "".join(f"{key}: {json.dumps(value)}\n" for key, value in (more or {}).items()))
    installation.command("campaign", "create", "--from", path)
    return Ground(installation, slug, folder)


def write_table(path: Path, header: Sequence[str], rows: Sequence[Sequence[object]]) -> Path:
    """A plain CSV in UTF-8."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def collect(*features: Mapping[str, object]) -> str:
    """A FeatureCollection."""
    return json.dumps({"type": "FeatureCollection", "features": features})


def feature(kind: str, coordinates: object, **properties: object) -> dict[str, object]:
    """A feature of GeoJSON."""
    return {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": coordinates}}


def square(west: float, south: float, size: float = 0.5, **properties: object) -> dict[str, object]:
    """A feature that is a square."""
    east, north = west + size, south + size
    return feature(
        "Polygon", [[[west, south], [east, south], [east, north], [west, north], [west, south]]], **properties
    )


def succeed(ended: Ended) -> str:
    """What a command said, on both ways out, where it ended well. Raises Failed."""
    if ended.code != 0:
        raise Failed(f"ended with {ended.code}: {ended.stderr[-2000:]}")
    return ended.stdout + ended.stderr
