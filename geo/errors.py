"""What can go wrong with places. Each error is one clear line for the person who typed the command."""

from collections.abc import Iterator
from contextlib import contextmanager

from config.errors import UserError
from config.table_file.errors import MissingColumns, TableError


class GeoError(UserError):
    """Anything about places that the caller can tell the user as it stands."""


class SourceError(GeoError):
    """A file of places or boundaries cannot be read at all."""

    def __init__(self, path: object, reason: str, line: int | None = None) -> None:
        self.path = str(path)
        self.line = line
        self.reason = reason
        where = f"{path}, line {line}" if line is not None else str(path)
        super().__init__(f"{where}: {reason}")


class MissingColumn(SourceError):
    """A column or property that was named is not in the file."""


class UnknownCountry(GeoError):
    """No package data for that country code."""


@contextmanager
def telling_tables(path: object) -> Iterator[None]:
    """Turn what is wrong with a table into errors about places: SourceError, MissingColumn."""
    try:
        yield
    except MissingColumns as error:
        raise MissingColumn(path, error.reason, error.line) from error
    except TableError as error:
        raise SourceError(path, error.reason, error.line) from error
