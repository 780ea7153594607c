"""Public events are posted to programs that subscribed to them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

_NOW = sa.text("now()")


def upgrade() -> None:
    op.create_table(
        "public_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("data", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=_NOW),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_public_event_campaign_id_campaign"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_event")),
        sa.UniqueConstraint("campaign_id", "kind", "subject", name=op.f("uq_public_event_campaign_id_kind_subject")),
    )
    op.create_table(
        "subscription",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("kinds", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("secret_encrypted", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=_NOW),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_subscription_campaign_id_campaign"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription")),
    )
    op.create_index("ix_subscription_campaign_id", "subscription", ["campaign_id"])
    op.create_table(
        "event_delivery",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("subscription_id", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False, server_default="queued"),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False, server_default=_NOW),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('queued', 'sending', 'delivered', 'set_aside')", name=op.f("ck_event_delivery_state")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["public_event.id"], name=op.f("fk_event_delivery_event_id_public_event"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscription.id"],
            name=op.f("fk_event_delivery_subscription_id_subscription"), ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_delivery")),
        sa.UniqueConstraint("subscription_id", "event_id", name=op.f("uq_event_delivery_subscription_id_event_id")),
    )  # fmt: skip
    op.create_index(
        "ix_event_delivery_due", "event_delivery", ["due_at"],
        postgresql_where=sa.text("state IN ('queued', 'sending')"),
    )  # fmt: skip
    op.create_index(
        "ix_event_delivery_set_aside", "event_delivery", ["id"], postgresql_where=sa.text("state = 'set_aside'")
    )
    op.create_index("ix_event_delivery_event_id", "event_delivery", ["event_id"])
    # What was announced stays announced: events are only added.
    op.execute("REVOKE ALL ON public_event, subscription, event_delivery FROM baraza_app")
    op.execute("GRANT SELECT, INSERT ON public_event TO baraza_app")
    op.execute("GRANT SELECT ON subscription TO baraza_app")
    op.execute("GRANT UPDATE (ended_at) ON subscription TO baraza_app")
    op.execute("GRANT SELECT, INSERT, UPDATE ON event_delivery TO baraza_app")


def downgrade() -> None:
    op.drop_table("event_delivery")
    op.drop_table("subscription")
    op.drop_table("public_event")
