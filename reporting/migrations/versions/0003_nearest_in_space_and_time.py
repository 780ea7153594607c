"""Candidates for one incident by index: the nearest in space and time, the latest copies, the latest of a sender."""

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

SPACETIME = (
    "(ST_SetSRID(ST_MakePoint(ST_X(point), ST_Y(point),"
    " extract(epoch FROM occurred_at AT TIME ZONE 'UTC')::float8 / 3.8e8, campaign_id::float8 * 1000), 4326))"
    " gist_geometry_ops_nd"
)


def upgrade() -> None:
    op.create_index(
        'ix_report_spacetime', 'report', [sa.literal_column(SPACETIME)], unique=False, postgresql_using='gist',
        postgresql_where=sa.text('point IS NOT NULL'),
    )
    op.create_index('ix_report_campaign_id_text_key_id', 'report', ['campaign_id', 'text_key', 'id'], unique=False)
    op.create_index('ix_report_contact_id_id', 'report', ['contact_id', 'id'], unique=False)
    op.drop_index('ix_report_campaign_id_text_key', table_name='report')
    op.drop_index('ix_report_contact_id', table_name='report')


def downgrade() -> None:
    op.create_index('ix_report_contact_id', 'report', ['contact_id'], unique=False)
    op.create_index('ix_report_campaign_id_text_key', 'report', ['campaign_id', 'text_key'], unique=False)
    op.drop_index('ix_report_contact_id_id', table_name='report')
    op.drop_index('ix_report_campaign_id_text_key_id', table_name='report')
    op.drop_index('ix_report_spacetime', table_name='report')
