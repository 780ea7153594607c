"""What an erasure leaves of decisions: what they changed of other reports, and nothing of the one that is erased."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# The reports that a decision's note of changes says anything of (`reporting/moderation/change_set.py`).
NOTED_REPORTS = """
CREATE FUNCTION noted_reports(note jsonb) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(DISTINCT every.id), '{}')
      FROM (SELECT jsonb_object_keys(note #> '{changed,incident_of}')
            UNION ALL
            SELECT unnest(string_to_array(jsonb_object_keys(note #> '{changed,links}'), '-'))) AS every(id)
$$
"""
# A note without a report: whose incident it was goes with it, unless others were of that incident too. NULL where
# nothing is left to be taken back. `is_own`: the decision was about that report, so its correction goes as well.
NOTE_WITHOUT = """
CREATE FUNCTION note_without(note jsonb, gone text, is_own boolean) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    moved CONSTANT jsonb := coalesce(note -> 'incident_of', '{}') - gone;
    links jsonb;
    incidents jsonb;
    corrected CONSTANT jsonb := CASE WHEN is_own THEN '{}' ELSE coalesce(note -> 'corrected', '{}') END;
BEGIN
    SELECT coalesce(jsonb_object_agg(key, value), '{}') INTO links FROM jsonb_each(note -> 'links')
     WHERE NOT gone = ANY(string_to_array(key, '-'));
    SELECT coalesce(jsonb_object_agg(key, value), '{}') INTO incidents FROM jsonb_each(note -> 'incidents') AS noted
     WHERE EXISTS (SELECT FROM jsonb_each(moved) AS other WHERE other.value @> noted.key::jsonb)
        OR NOT is_own AND NOT coalesce(note #> ARRAY['incident_of', gone] @> noted.key::jsonb, false);
    IF '{}' = ALL(ARRAY[moved, links, corrected]) AND (is_own OR incidents = '{}') THEN RETURN NULL; END IF;
    RETURN jsonb_build_object('incident_of', moved, 'links', links, 'incidents', incidents, 'corrected', corrected);
END $$
"""
ERASE_DECISIONS = """
CREATE OR REPLACE FUNCTION erase_decisions(erased_report_id bigint) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    erased CONSTANT text := erased_report_id::text;
    found record;
BEGIN
    FOR found IN
        SELECT id, report_id FROM decision WHERE report_id = erased_report_id
        UNION
        SELECT id, report_id FROM decision WHERE after ? 'changed' AND noted_reports(after) @> ARRAY[erased]
    LOOP
        PERFORM set_config('baraza.erasing', found.report_id::text, true);
        UPDATE decision SET
               before = CASE WHEN found.report_id = erased_report_id THEN '{}' ELSE before END,
               reason = CASE WHEN found.report_id = erased_report_id THEN NULL ELSE reason END,
               after = CASE WHEN found.report_id <> erased_report_id THEN after - 'changed'
                            WHEN after ? 'undoes' THEN jsonb_build_object('undoes', after -> 'undoes')
                            ELSE '{}' END
                    || CASE WHEN kept.note IS NULL THEN '{}' ELSE jsonb_build_object('changed', kept.note) END
          FROM (SELECT note_without(own.after -> 'changed', erased, own.report_id = erased_report_id) AS note
                  FROM decision AS own WHERE own.id = found.id) AS kept
         WHERE id = found.id;
    END LOOP;
    PERFORM set_config('baraza.erasing', '', true);
END $$
"""
ERASE_DECISIONS_BEFORE = """
CREATE OR REPLACE FUNCTION erase_decisions(erased_report_id bigint) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM set_config('baraza.erasing', erased_report_id::text, true);
    UPDATE decision SET before = '{}', after = '{}', reason = NULL WHERE report_id = erased_report_id;
    PERFORM set_config('baraza.erasing', '', true);
END $$
"""


def upgrade() -> None:
    op.execute(NOTED_REPORTS)
    op.execute(NOTE_WITHOUT)
    op.execute(ERASE_DECISIONS)
    op.create_index(
        "ix_decision_noted", "decision", [sa.text("noted_reports(after)")],
        postgresql_using="gin", postgresql_where=sa.text("after ? 'changed'"),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_decision_noted", table_name="decision")
    op.execute(ERASE_DECISIONS_BEFORE)
    op.execute("DROP FUNCTION note_without(jsonb, text, boolean)")
    op.execute("DROP FUNCTION noted_reports(jsonb)")
