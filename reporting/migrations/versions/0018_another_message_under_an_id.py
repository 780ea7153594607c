"""What tells another message from the same one when both come under one id."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("message", sa.Column("fingerprint", sa.LargeBinary))


def downgrade() -> None:
    op.drop_column("message", "fingerprint")
