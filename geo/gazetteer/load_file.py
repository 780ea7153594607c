"""Loads any file into the gazetteer: guesses its form, reads its rows, names its source."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from config.table_file.errors import Remarks
from geo.gazetteer.formats import LINE_FORMS, NAME_FORMS, guess_form, read_names, read_places
from geo.gazetteer.load_names import list_geoname_ids, load_names
from geo.gazetteer.load_places import load_places
from geo.gazetteer.open_file import count_lines
from geo.gazetteer.staging_table import ticking
from geo.types import LoadCounts

_PACKED = frozenset({".zip", ".gz", ".bz2", ".pbf", ".osm", ".xml"})


@dataclass(frozen=True, slots=True)
class PlaceFile:
    """A file of places and how to read it. `form` None: guessed from the file; `source` None: the file's name."""

    path: Path
    form: str | None = None
    source: str | None = None
    name_field: str | None = None
    kind: str | None = None
    layer: str | None = None

    def count_lines(self) -> int | None:
        """Count the rows to read, approximately; None where only reading them tells. Raises SourceError."""
        return count_lines(self.path) if (self.form or guess_form(self.path)) in LINE_FORMS else None


def load_file(
    connection: Connection,
    campaign_id: int,
    file: PlaceFile,
    tick: Callable[[int], None],
    *,
    is_replacing: bool = False,
) -> LoadCounts:
    """Load places, or alternate names. `tick` is called from time to time with the number of rows read.

    The caller commits. Raises SourceError for a file that cannot be read, EmptySource as load_places does.
    """
    form = file.form or guess_form(file.path)
    remarks = Remarks()
    tell = remarks.append
    source = file.source or name_source(file.path)
    if form in NAME_FORMS:
        known = list_geoname_ids(connection, campaign_id) if form == "alternatenames" else None
        names = ticking(read_names(file.path, form, known, tell), tick)
        of_areas = form == "pcodes"
        counts = load_names(connection, campaign_id, names, source, of_areas=of_areas, is_replacing=is_replacing)
    else:
        places = read_places(file.path, form, name_field=file.name_field, kind=file.kind, layer=file.layer, tell=tell)
        counts = load_places(connection, campaign_id, ticking(places, tick), source, is_replacing=is_replacing)
    counts.remarks = remarks.list_all()
    return counts


def name_source(path: Path) -> str:
    """Return the file's name without its suffixes: HT.zip and HT.txt are one source."""
    name = path
    while name.suffix.lower() in _PACKED and name.stem:
        name = name.with_suffix("")
    return name.stem if name.suffix.lower() in {".txt", ".csv", ".geojson", ".json"} or name == path else name.name
