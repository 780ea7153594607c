"""An account knows its volunteer's own phone as a keyed hash, and a report whether it is about whoever filled it in."""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("account", sa.Column("phone_hash", sa.LargeBinary(), nullable=True))
    op.create_unique_constraint(op.f("uq_account_phone_hash"), "account", ["phone_hash"])
    op.add_column("affected", sa.Column("is_sender", sa.Boolean(), nullable=False, server_default="false"))


def downgrade() -> None:
    op.drop_column("affected", "is_sender")
    op.drop_constraint(op.f("uq_account_phone_hash"), "account")
    op.drop_column("account", "phone_hash")
