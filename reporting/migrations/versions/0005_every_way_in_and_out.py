"""Every way in and out: parts, notes, pictures, keys, what a report is about whom, and erasure on demand."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

STATES = ("queued", "approved", "rejected")
MESSAGE_STATES = ("received", "processed", "repeated", "set_aside", "queued", "sent", "delivered", "failed")

# Who sent something may have it erased; then the places and notes that decisions on it keep must go too. Only this
# function may do so: it acts as the schema's owner, and the trigger lets nobody else through.
REFUSE_CHANGES = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND pg_trigger_depth() > 1 THEN RETURN OLD; END IF;
    IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'decision' AND current_user <> 'baraza_app' THEN
        IF current_setting('baraza.erasing', true) = OLD.report_id::text THEN RETURN NEW; END IF;
    END IF;
    RAISE EXCEPTION '% is appended only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
"""
REFUSE_CHANGES_BEFORE = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND pg_trigger_depth() > 1 THEN RETURN OLD; END IF;
    RAISE EXCEPTION '% is appended only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
"""
ERASE_DECISIONS = """
CREATE FUNCTION erase_decisions(erased_report_id bigint) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM set_config('baraza.erasing', erased_report_id::text, true);
    UPDATE decision SET before = '{}', after = '{}', reason = NULL WHERE report_id = erased_report_id;
    PERFORM set_config('baraza.erasing', '', true);
END $$;
"""


def upgrade() -> None:
    op.create_table('delivery_note',
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('external_id', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('error', sa.Text(), nullable=True),
    sa.Column('is_opt_out', sa.Boolean(), server_default='false', nullable=False),
    sa.Column('noted_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.PrimaryKeyConstraint('channel', 'external_id', name=op.f('pk_delivery_note'))
    )
    op.create_index(op.f('ix_delivery_note_noted_at'), 'delivery_note', ['noted_at'], unique=False)
    op.create_table('message_part',
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('group_hash', sa.LargeBinary(), nullable=False),
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('total', sa.Integer(), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.PrimaryKeyConstraint('channel', 'group_hash', 'number', name=op.f('pk_message_part'))
    )
    op.create_index(op.f('ix_message_part_received_at'), 'message_part', ['received_at'], unique=False)
    op.create_table('pace',
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('next_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('failures', sa.Integer(), server_default='0', nullable=False),
    sa.Column('reconciled_until', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('channel', name=op.f('pk_pace'))
    )
    op.create_table('api_key',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('campaign_id', sa.BigInteger(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('key_hash', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaign.id'], name=op.f('fk_api_key_campaign_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_api_key')),
    sa.UniqueConstraint('key_hash', name=op.f('uq_api_key_key_hash'))
    )
    op.create_table(
        "xform",
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("xml", sa.Text(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_xform_campaign_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("campaign_id", "code", name=op.f("pk_xform")),
    )
    op.create_table('subject',
    sa.Column('report_id', sa.BigInteger(), nullable=False),
    sa.Column('is_sender', sa.Boolean(), server_default='true', nullable=False),
    sa.Column('sex', sa.Text(), nullable=True),
    sa.Column('age_band', sa.Text(), nullable=True),
    sa.Column('difficulty', postgresql.JSONB(astext_type=sa.Text()), server_default='{}', nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.ForeignKeyConstraint(['report_id'], ['report.id'], name=op.f('fk_subject_report_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('report_id', name=op.f('pk_subject'))
    )
    op.create_table('media',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('message_id', sa.BigInteger(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('source_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('content_type', sa.Text(), nullable=True),
    sa.Column('state', sa.Text(), server_default='waiting', nullable=False),
    sa.Column('attempts', sa.Integer(), server_default='0', nullable=False),
    sa.Column('retry_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('error', sa.Text(), nullable=True),
    sa.Column('key', sa.Text(), nullable=True),
    sa.Column('thumbnail_key', sa.Text(), nullable=True),
    sa.Column('width', sa.Integer(), nullable=True),
    sa.Column('height', sa.Integer(), nullable=True),
    sa.Column('size_bytes', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("state IN ('waiting', 'stored', 'refused', 'failed', 'erased')", name=op.f('ck_media_state')),
    sa.ForeignKeyConstraint(['message_id'], ['message.id'], name=op.f('fk_media_message_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_media')),
    sa.UniqueConstraint('message_id', 'number', name=op.f('uq_media_message_id_number'))
    )
    op.create_index('ix_media_waiting', 'media', ['id'], unique=False, postgresql_where=sa.text("state = 'waiting'"))
    op.create_index('ix_media_erased', 'media', ['id'], unique=False, postgresql_where=sa.text("state = 'erased'"))
    op.add_column('campaign', sa.Column('conversation', postgresql.JSONB(astext_type=sa.Text()), server_default='{}', nullable=False))
    op.add_column('contact', sa.Column('muted_until', sa.DateTime(timezone=True), nullable=True))
    op.add_column('contact', sa.Column('is_language_chosen', sa.Boolean(), server_default='false', nullable=False))
    op.add_column('contact', sa.Column('erased_at', sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_contact_erased", "contact", ["id"], unique=False, postgresql_where=sa.text("erased_at IS NOT NULL AND number_sealed IS NOT NULL"))
    op.add_column('contact', sa.Column('mute_count', sa.Integer(), server_default='0', nullable=False))
    op.add_column('message', sa.Column('details_sealed', sa.LargeBinary(), nullable=True))
    op.add_column('message', sa.Column('network_hash', sa.LargeBinary(), nullable=True))
    op.add_column('message', sa.Column('priority', sa.Integer(), server_default='0', nullable=False))
    op.add_column('message', sa.Column('can_wait', sa.Boolean(), server_default='false', nullable=False))
    op.add_column('message', sa.Column('segments', sa.Integer(), nullable=True))
    op.add_column('message', sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('message', sa.Column('delivered_at', sa.DateTime(timezone=True), nullable=True))
    op.drop_index(op.f('ix_message_unprocessed'), table_name='message', postgresql_where="(state = 'received'::text)")
    op.create_index('ix_message_unprocessed', 'message', ['priority', 'id'], unique=False, postgresql_where=sa.text("state = 'received'"))
    op.create_index('ix_message_unprocessed_by_network', 'message', ['network_hash', 'id'], unique=False, postgresql_where=sa.text("state = 'received' AND network_hash IS NOT NULL"))
    op.drop_constraint("ck_message_state", "message")
    op.create_check_constraint(op.f("ck_message_state"), "message", sa.column("state").in_((*MESSAGE_STATES, "sending")))
    op.drop_index(op.f('ix_message_to_send'), table_name='message', postgresql_where="(state = 'queued'::text)")
    op.create_index('ix_message_to_send', 'message', ['channel', 'priority', 'id'], unique=False, postgresql_where=sa.text("state = 'queued'"))
    op.create_index('ix_message_sending', 'message', ['retry_at'], unique=False, postgresql_where=sa.text("state = 'sending'"))
    op.create_index('ix_message_unsent_by_contact', 'message', ['contact_id'], unique=False, postgresql_where=sa.text("state IN ('queued', 'sending')"))
    op.create_index('ix_message_out_by_contact', 'message', ['contact_id', 'received_at'], unique=False, postgresql_where=sa.text("direction = 'out'"))
    op.add_column('question', sa.Column('code', sa.Text(), nullable=True))
    op.add_column('question', sa.Column('outcome', sa.Text(), nullable=True))
    op.add_column('question', sa.Column('reminders', sa.Integer(), server_default='0', nullable=False))
    op.alter_column('question', 'report_id',
               existing_type=sa.BIGINT(),
               nullable=True)
    op.add_column('report', sa.Column('is_sensitive', sa.Boolean(), server_default='false', nullable=False))
    op.add_column('report', sa.Column('sensitive_reason', sa.Text(), nullable=True))
    op.add_column('report', sa.Column('answers', postgresql.JSONB(astext_type=sa.Text()), server_default='{}', nullable=False))
    op.drop_constraint("ck_report_state", "report")
    op.create_check_constraint(op.f("ck_report_state"), "report", sa.column("state").in_((*STATES, "erased")))
    op.execute(REFUSE_CHANGES)
    op.execute(ERASE_DECISIONS)
    op.execute("REVOKE ALL ON FUNCTION erase_decisions(bigint) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION erase_decisions(bigint) TO baraza_app")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON delivery_note, message_part, pace, subject TO baraza_app")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON media TO baraza_app")
    op.execute("GRANT SELECT ON api_key TO baraza_app")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON xform TO baraza_app")


def downgrade() -> None:
    op.execute("DROP FUNCTION erase_decisions(bigint)")
    op.execute(REFUSE_CHANGES_BEFORE)
    op.execute("UPDATE report SET state = 'rejected' WHERE state = 'erased'")
    op.drop_constraint("ck_report_state", "report")
    op.create_check_constraint(op.f("ck_report_state"), "report", sa.column("state").in_(STATES))
    op.execute("DELETE FROM question WHERE report_id IS NULL")
    op.drop_column('report', 'answers')
    op.drop_column('report', 'sensitive_reason')
    op.drop_column('report', 'is_sensitive')
    op.alter_column('question', 'report_id',
               existing_type=sa.BIGINT(),
               nullable=False)
    op.drop_column('question', 'reminders')
    op.drop_column('question', 'outcome')
    op.drop_column('question', 'code')
    op.drop_index('ix_message_out_by_contact', table_name='message', postgresql_where=sa.text("direction = 'out'"))
    op.drop_index('ix_message_unsent_by_contact', table_name='message', postgresql_where=sa.text("state IN ('queued', 'sending')"))
    op.drop_index('ix_message_sending', table_name='message', postgresql_where=sa.text("state = 'sending'"))
    op.drop_index('ix_message_to_send', table_name='message', postgresql_where=sa.text("state = 'queued'"))
    op.create_index(op.f('ix_message_to_send'), 'message', ['id'], unique=False, postgresql_where="(state = 'queued'::text)")
    op.execute("UPDATE message SET state = 'queued', retry_at = NULL WHERE state = 'sending'")
    op.drop_constraint("ck_message_state", "message")
    op.create_check_constraint(op.f("ck_message_state"), "message", sa.column("state").in_(MESSAGE_STATES))
    op.drop_index('ix_message_unprocessed_by_network', table_name='message', postgresql_where=sa.text("state = 'received' AND network_hash IS NOT NULL"))
    op.drop_index('ix_message_unprocessed', table_name='message', postgresql_where=sa.text("state = 'received'"))
    op.create_index(op.f('ix_message_unprocessed'), 'message', ['id'], unique=False, postgresql_where="(state = 'received'::text)")
    op.drop_column('message', 'delivered_at')
    op.drop_column('message', 'sent_at')
    op.drop_column('message', 'segments')
    op.drop_column('message', 'can_wait')
    op.drop_column('message', 'priority')
    op.drop_column('message', 'network_hash')
    op.drop_column('message', 'details_sealed')
    op.drop_index("ix_contact_erased", table_name="contact")
    op.drop_column('contact', 'erased_at')
    op.drop_column('contact', 'is_language_chosen')
    op.drop_column('contact', 'muted_until')
    op.drop_column('contact', 'mute_count')
    op.drop_column('campaign', 'conversation')
    op.drop_index('ix_media_waiting', table_name='media', postgresql_where=sa.text("state = 'waiting'"))
    op.drop_index('ix_media_erased', table_name='media', postgresql_where=sa.text("state = 'erased'"))
    op.drop_table('media')
    op.drop_table('subject')
    op.drop_table("xform")
    op.drop_table('api_key')
    op.drop_table('pace')
    op.drop_index(op.f('ix_message_part_received_at'), table_name='message_part')
    op.drop_table('message_part')
    op.drop_index(op.f('ix_delivery_note_noted_at'), table_name='delivery_note')
    op.drop_table('delivery_note')
