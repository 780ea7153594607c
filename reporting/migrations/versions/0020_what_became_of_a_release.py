"""One view says what became of each release; the public role reads that view and none of the tables behind it."""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_FIGURES = ("release_cell", "release_area")
_WAITS = "SELECT release_id FROM release_hold EXCEPT SELECT release_id FROM release_approval"
_STATE = """
    CREATE VIEW release_state AS
    SELECT release.id AS release_id, hold.release_id IS NOT NULL AND approval.release_id IS NULL AS is_waiting,
           withdrawal.withdrawn_at, withdrawal.reason AS withdrawn_reason
      FROM release
      LEFT JOIN release_hold AS hold ON hold.release_id = release.id
      LEFT JOIN release_approval AS approval ON approval.release_id = release.id
      LEFT JOIN release_withdrawal AS withdrawal ON withdrawal.release_id = release.id
"""


def _drop_policies() -> None:
    for table in ("release", *_FIGURES):
        op.execute(f"DROP POLICY published ON {table}")


def upgrade() -> None:
    op.execute(_STATE)
    op.execute("GRANT SELECT ON release_state TO baraza_app, baraza_public")
    _drop_policies()
    op.execute(
        "CREATE POLICY published ON release FOR SELECT TO baraza_public USING"
        " (id NOT IN (SELECT release_id FROM release_state WHERE is_waiting))"
    )
    for table in _FIGURES:
        op.execute(
            f"CREATE POLICY published ON {table} FOR SELECT TO baraza_public USING (release_id NOT IN"
            " (SELECT release_id FROM release_state WHERE is_waiting OR withdrawn_at IS NOT NULL))"
        )
    op.execute("REVOKE SELECT (release_id) ON release_hold, release_approval FROM baraza_public")
    op.execute("REVOKE SELECT (release_id, withdrawn_at, reason) ON release_withdrawal FROM baraza_public")


def downgrade() -> None:
    op.execute("GRANT SELECT (release_id) ON release_hold, release_approval TO baraza_public")
    op.execute("GRANT SELECT (release_id, withdrawn_at, reason) ON release_withdrawal TO baraza_public")
    _drop_policies()
    op.execute(f"CREATE POLICY published ON release FOR SELECT TO baraza_public USING (id NOT IN ({_WAITS}))")
    for table in _FIGURES:
        op.execute(
            f"CREATE POLICY published ON {table} FOR SELECT TO baraza_public USING"
            f" (release_id NOT IN ({_WAITS} UNION SELECT release_id FROM release_withdrawal))"
        )
    op.execute("DROP VIEW release_state")
