"""Who was only named in the web form or by a partner's program is sent nothing: they have no line of ours."""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        WITH claimed AS (
            SELECT DISTINCT ON (contact_id) contact_id, channel FROM message
             WHERE direction = 'in' AND contact_id IS NOT NULL AND channel IN ('form', 'api')
             ORDER BY contact_id, id DESC),
        unproven AS (
            UPDATE contact SET line = NULL, channel = claimed.channel FROM claimed
             WHERE contact.id = claimed.contact_id AND contact.line IS NOT NULL
               AND NOT EXISTS (SELECT FROM message
                                WHERE message.contact_id = contact.id AND direction = 'in'
                                  AND message.channel NOT IN ('form', 'api'))
            RETURNING contact.id)
        UPDATE message SET state = 'failed', error = 'withdrawn', retry_at = NULL FROM unproven
         WHERE message.contact_id = unproven.id AND message.direction = 'out' AND message.state = 'queued'
        """
    )


def downgrade() -> None:
    pass
