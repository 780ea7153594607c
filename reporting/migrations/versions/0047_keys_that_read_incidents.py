"""Keys of partners may read incidents, within a scope and for a purpose; each call is kept."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("api_key", sa.Column("reads_incidents", sa.Boolean(), nullable=False, server_default="false"))
    op.add_column("api_key", sa.Column("purpose", sa.Text(), nullable=True))
    for name in ("areas", "topics"):
        op.add_column("api_key", sa.Column(name, postgresql.ARRAY(sa.Text()), nullable=False, server_default="{}"))
    op.create_check_constraint(op.f("ck_api_key_purpose"), "api_key", "NOT reads_incidents OR purpose IS NOT NULL")
    op.create_table(
        "partner_access",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("api_key_id", sa.BigInteger(), nullable=False),
        sa.Column("asked", postgresql.JSONB(), nullable=False),
        sa.Column("incidents", sa.Integer(), nullable=False),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_partner_access_campaign_id_campaign"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["api_key_id"], ["api_key.id"], name=op.f("fk_partner_access_api_key_id_api_key"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner_access")),
    )
    op.create_index("ix_partner_access_campaign_id_called_at", "partner_access", ["campaign_id", "called_at"])
    op.create_index("ix_partner_access_api_key_id", "partner_access", ["api_key_id"])
    # What was read stays written: the log is only added to.
    op.execute("REVOKE ALL ON partner_access FROM baraza_app")
    op.execute("GRANT SELECT, INSERT ON partner_access TO baraza_app")


def downgrade() -> None:
    op.drop_table("partner_access")
    op.drop_constraint(op.f("ck_api_key_purpose"), "api_key")
    for name in ("topics", "areas", "purpose", "reads_incidents"):
        op.drop_column("api_key", name)
