"""Which reports a published figure counted, so that the next release can tell how many people a change would show."""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_unique_constraint(
        op.f('uq_release_campaign_id_cube_period_version'), 'release', ['campaign_id', 'cube', 'period', 'version']
    )
    op.create_table('release_member',
    sa.Column('release_id', sa.BigInteger(), nullable=False),
    sa.Column('area_code', sa.Text(), nullable=False),
    sa.Column('topic', sa.Text(), nullable=False),
    sa.Column('month', sa.Text(), nullable=False),
    sa.Column('report_id', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['release_id'], ['release.id'], name=op.f('fk_release_member_release_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('release_id', 'area_code', 'topic', 'month', 'report_id', name=op.f('pk_release_member'))
    )
    op.execute(
        "CREATE TRIGGER release_member_appended BEFORE UPDATE OR DELETE ON release_member"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    # Never for the public role: which reports stand behind a figure is what the figure protects.
    op.execute("GRANT SELECT, INSERT ON release_member TO baraza_app")


def downgrade() -> None:
    op.drop_table('release_member')
    op.drop_constraint('uq_release_campaign_id_cube_period_version', 'release')
