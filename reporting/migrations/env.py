"""Alembic's way in: the caller hands an open connection over, nothing is read from an ini file."""

from typing import Any

from alembic import context
from alembic.autogenerate.rewriter import Rewriter
from alembic.operations import ops
from geoalchemy2 import alembic_helpers
from sqlalchemy import Column

from config.database_roles import APP
from reporting.grants import NOTE
from reporting.models.all import Base


def _is_ours(thing: Any, name: str | None, kind: str, reflected: bool, compare_to: Any) -> bool:
    if kind == "table" and name in ("spatial_ref_sys", NOTE):
        return False
    if kind == "index" and compare_to is not None and not all(isinstance(part, Column) for part in thing.expressions):
        # Alembic compares the words of an expression, and PostgreSQL has words of its own: what they mean is compared
        # by tests/rules/test_migrations.py.
        return False
    return bool(alembic_helpers.include_object(thing, name, kind, reflected, compare_to))  # type: ignore[no-untyped-call]


_grants = Rewriter()


@_grants.rewrites(ops.CreateTableOp)
def _grant(_context: Any, _revision: Any, made: ops.CreateTableOp) -> list[ops.MigrateOperation]:
    """Let web and worker use a table that a new migration makes."""
    rights = [f"GRANT SELECT, INSERT, UPDATE, DELETE ON {made.table_name} TO {APP}"]
    if any(isinstance(column, Column) and column.identity for column in made.columns):
        rights.append(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {APP}")
    return [made, *map(ops.ExecuteSQLOp, rights)]


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    include_object=_is_ours,
    process_revision_directives=alembic_helpers.writer.chain(_grants),
    render_item=alembic_helpers.render_item,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
