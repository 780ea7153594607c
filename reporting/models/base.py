"""The declarative base and the column types that every table shares."""

from datetime import UTC, datetime
from typing import Annotated, Any

from sqlalchemy import BigInteger, BindParameter, DateTime, Identity, func, literal
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column

from geo.tables import metadata as shared_metadata


class Base(DeclarativeBase):
    """Base of all mapped classes, on the project's one MetaData."""

    metadata = shared_metadata
    type_annotation_map = {  # noqa: RUF012
        dict[str, Any]: JSONB,
        list[dict[str, Any]]: JSONB,
        datetime: DateTime(timezone=True),
    }


Id = Annotated[int, mapped_column(BigInteger, Identity(), primary_key=True)]
CreatedAt = Annotated[datetime, mapped_column(DateTime(timezone=True), server_default=func.now())]


def now() -> datetime:
    """Return the current time in UTC, the time zone of every time in the database."""
    return datetime.now(UTC)


def inline(value: str) -> BindParameter[str]:
    """Make a literal that is written into the SQL statement instead of being a bound parameter.

    The database can use a partial index (`WHERE state = 'received'`) in a cached plan only if the statement contains
    the constant. With a parameter, such a plan reads the whole table.
    """
    return literal(value, literal_execute=True)
