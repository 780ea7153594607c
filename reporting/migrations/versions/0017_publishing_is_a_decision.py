"""A release may wait for a second person and may be withdrawn; until and after that the public role sees no figure."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_ACTS = ("release_hold", "release_approval", "release_withdrawal")
_WAITS = "SELECT release_id FROM release_hold EXCEPT SELECT release_id FROM release_approval"
_FIGURES = ("release_cell", "release_area")


def _who(column: str) -> sa.Column[int]:
    return sa.Column(column, sa.BigInteger(), sa.ForeignKey("person.id", ondelete="SET NULL"))


def _release_key() -> sa.Column[int]:
    return sa.Column(
        "release_id", sa.BigInteger(), sa.ForeignKey("release.id", ondelete="CASCADE"), primary_key=True,
        autoincrement=False,
    )  # fmt: skip


def _now(column: str) -> sa.Column[object]:
    return sa.Column(column, sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()"))


def upgrade() -> None:
    op.create_table("release_hold", _release_key(), _who("prepared_by"), _now("prepared_at"))
    op.create_table("release_approval", _release_key(), _who("prepared_by"), _who("approved_by"), _now("approved_at"))
    op.create_table(
        "release_withdrawal", _release_key(), _who("withdrawn_by"), _now("withdrawn_at"),
        sa.Column("reason", sa.Text(), nullable=False),
    )  # fmt: skip
    op.create_index("ix_release_member_report_id", "release_member", ["report_id"])
    op.add_column(
        "campaign", sa.Column("release_seed", sa.Uuid(), nullable=False, server_default=sa.text("gen_random_uuid()"))
    )
    for table in _ACTS:
        op.execute(
            f"CREATE TRIGGER {table}_appended BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(f"GRANT SELECT, INSERT ON {table} TO baraza_app")
    op.execute("GRANT SELECT (release_id) ON release_hold, release_approval TO baraza_public")
    op.execute("GRANT SELECT (release_id, withdrawn_at, reason) ON release_withdrawal TO baraza_public")
    op.execute("ALTER TABLE release ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY published ON release FOR SELECT TO baraza_public USING (id NOT IN ({_WAITS}))")
    for table in _FIGURES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY published ON {table} FOR SELECT TO baraza_public USING"
            f" (release_id NOT IN ({_WAITS} UNION SELECT release_id FROM release_withdrawal))"
        )
    for table in ("release", *_FIGURES):
        op.execute(f"CREATE POLICY worked_on ON {table} TO baraza_app USING (true) WITH CHECK (true)")


def downgrade() -> None:
    for table in ("release", *_FIGURES):
        op.execute(f"DROP POLICY worked_on ON {table}")
        op.execute(f"DROP POLICY published ON {table}")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    op.drop_column("campaign", "release_seed")
    op.drop_index("ix_release_member_report_id", table_name="release_member")
    for table in reversed(_ACTS):
        op.drop_table(table)
