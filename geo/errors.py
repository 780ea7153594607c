"""Errors about places and boundaries. Each message is one clear line for the person who typed the command."""

from collections.abc import Iterator
from contextlib import contextmanager

from config.errors import UserError
from config.table_file.errors import MissingColumns, TableError


class GeoError(UserError):
    """Base of all errors about places; its message may be shown to the user as it stands."""


class SourceError(GeoError):
    """A file of places or boundaries that cannot be read at all."""

    def __init__(self, path: object, reason: str, line: int | None = None) -> None:
        self.path = str(path)
        self.line = line
        self.reason = reason
        where = f"{path}, line {line}" if line is not None else str(path)
        super().__init__(f"{where}: {reason}")


class MissingColumn(SourceError):
    """A column or property that was asked for by name and is not in the file."""


class UnknownCountry(GeoError):
    """A country code for which no installed package has data."""


@contextmanager
def telling_tables(path: object) -> Iterator[None]:
    """Translate errors of the table reader into errors about places: SourceError, MissingColumn."""
    try:
        yield
    except MissingColumns as error:
        raise MissingColumn(path, error.reason, error.line) from error
    except TableError as error:
        raise SourceError(path, error.reason, error.line) from error
