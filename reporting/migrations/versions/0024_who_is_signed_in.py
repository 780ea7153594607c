"""Sign-ins that end on the server, and the second factor: the last code that was used, and the recovery codes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sign_in",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("person_id", sa.BigInteger(), sa.ForeignKey("person.id", ondelete="CASCADE"), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False, unique=True),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("acted_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    )
    op.create_index("ix_sign_in_person_id", "sign_in", ["person_id"])
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON sign_in TO baraza_app")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO baraza_app")
    op.add_column("person", sa.Column("second_factor_step", sa.BigInteger()))
    op.add_column("person", sa.Column("recovery_hashes", ARRAY(sa.LargeBinary()), nullable=False, server_default="{}"))


def downgrade() -> None:
    op.drop_column("person", "recovery_hashes")
    op.drop_column("person", "second_factor_step")
    op.drop_table("sign_in")
