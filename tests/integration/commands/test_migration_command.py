"""`flask db revision`: what was changed in the models becomes the next migration, in the style of those before it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from reporting.schema import list_revisions
from tests.child import run_child
from tests.conftest import ROOT

Run = Callable[..., "subprocess.CompletedProcess[str]"]
NEXT = f"{int(list_revisions()[0]) + 1:04}"
MIGRATION = f'''"""Add what colour a report has."""

import sqlalchemy as sa
from alembic import op

revision = "{NEXT}"
down_revision = "{list_revisions()[0]}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "colour",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_colour_report_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_colour")),
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON colour TO baraza_app")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO baraza_app")
    op.create_index(op.f("ix_colour_report_id"), "colour", ["report_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_colour_report_id"), table_name="colour")
    op.drop_table("colour")
'''
MODEL = '''
from sqlalchemy import BigInteger, ForeignKey, Identity, Text
from sqlalchemy.orm import Mapped, mapped_column

from reporting.models.base import Base


class Colour(Base):
    """What colour a report has."""

    __tablename__ = "colour"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    report_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("report.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(Text)
'''


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the sources, to be changed."""
    for name in ("reporting", "channels", "geo", "config"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("static"))
    for name in ("wsgi.py", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


@pytest.fixture
def run(checkout: Path, database_url: str, redis_url: str) -> Run:
    """Runs a command of `flask db` in the copy, on a database at head."""
    environment = os.environ | {
        "DATABASE_URL": database_url, "REDIS_URL": redis_url, "BARAZA_ENV": "development",
        "BARAZA_VAR": str(checkout / "var"),
    }  # fmt: skip

    def command(*arguments: str) -> "subprocess.CompletedProcess[str]":
        call = [sys.executable, "-m", "flask", "--app", "wsgi", "db", *arguments]
        return run_child(call, cwd=checkout, env=environment, capture_output=True, text=True)

    return command


def test_a_change_of_the_models_becomes_the_next_migration(run: Run, checkout: Path) -> None:
    same = run("revision", "-m", "nothing")
    assert (same.returncode, same.stderr.splitlines()[-1:]) == (
        1,
        ["Error: the database is as the models say; --empty writes a migration of data alone"],
    )
    models = checkout / "reporting" / "models"
    (models / "colour.py").write_text(MODEL)
    with (models / "all.py").open("a") as everything:
        everything.write("import reporting.models.colour\n")
    written = run("revision", "-m", "add what colour a report has")
    file = checkout / "reporting" / "migrations" / "versions" / f"{NEXT}_add_what_colour_a_report_has.py"
    assert (written.returncode, written.stdout) == (0, f"{file}\n"), written.stderr
    assert file.read_text() == MIGRATION
    early = run("revision", "-m", "and more")
    assert (early.returncode, "not at head" in early.stderr) == (1, True)
    assert run("upgrade").returncode == 0
    empty = run("revision", "--empty", "-m", "paint them all.")
    assert empty.returncode == 0, empty.stderr
    assert Path(empty.stdout.strip()).read_text().startswith('"""Paint them all."""\n\nrevision')
