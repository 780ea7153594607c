"""The schema: bring a database to head, or say how far it is."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def upgrade_schema(connection: Connection, revision: str = "head") -> None:
    """Run the migrations that are missing, in the connection's transaction."""
    command.upgrade(_config(connection), revision)


def downgrade_schema(connection: Connection, revision: str) -> None:
    """Undo migrations back to `revision` (`base` for all)."""
    command.downgrade(_config(connection), revision)


def write_migration(connection: Connection, message: str, number: str) -> None:
    """Write a numbered migration from what the models have and the database has not (developers only)."""
    command.revision(_config(connection), message, autogenerate=True, rev_id=number)


def is_at_head(connection: Connection) -> bool:
    """Whether every migration has run."""
    heads = ScriptDirectory.from_config(_config(connection)).get_heads()
    return set(MigrationContext.configure(connection).get_current_heads()) == set(heads)
