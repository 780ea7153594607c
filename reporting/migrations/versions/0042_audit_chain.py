"""A chain of keyed hashes over the decision log and the access log, in which a changed row is found out."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_chain",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_name", sa.Text(), nullable=False),
        sa.Column("row_id", sa.BigInteger(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=True),
        sa.Column("row_digest", sa.LargeBinary(), nullable=False),
        sa.Column("content_digest", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("log_name IN ('decision', 'access_log')", name=op.f("ck_audit_chain_log_name")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit_chain")),
        sa.UniqueConstraint("log_name", "row_id", name=op.f("uq_audit_chain_log_name_row_id")),
    )
    op.execute("REVOKE ALL ON audit_chain FROM baraza_app")
    op.execute("GRANT SELECT, INSERT ON audit_chain TO baraza_app")
    op.execute(
        "CREATE TRIGGER audit_chain_appended BEFORE UPDATE OR DELETE ON audit_chain"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table("audit_chain")
