"""Alembic's way in: the caller hands an open connection over, nothing is read from an ini file."""

from typing import Any

from alembic import context
from geoalchemy2 import alembic_helpers

from reporting.grants import NOTE
from reporting.models.all import Base


def _is_ours(thing: Any, name: str | None, kind: str, reflected: bool, compare_to: Any) -> bool:
    if kind == "table" and name in ("spatial_ref_sys", NOTE):
        return False
    return bool(alembic_helpers.include_object(thing, name, kind, reflected, compare_to))  # type: ignore[no-untyped-call]


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    include_object=_is_ours,
    process_revision_directives=alembic_helpers.writer,
    render_item=alembic_helpers.render_item,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
