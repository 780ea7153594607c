"""What the desk finds reports by: words without accents, facets, the size of an incident, and saved views.

Words and facets are computed by the database itself, so that whatever writes, corrects or erases a report keeps them
right. The functions use nothing but PostgreSQL's own parts: no extension, and no setting that could change a result.
"""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

# Marks of accents, vowels (Arabic, Hebrew), nukta and joiners within a word: people type with and without them.
_MARKS = (
    r"[\u00ad\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u0610-\u061a\u0640\u064b-\u065f\u0670"
    r"\u06d6-\u06dc\u093c\u200b-\u200f\ufe00-\ufe0f]"
)
# What stands between words: the punctuation of all scripts that SMS come in, and pictures.
_BETWEEN = (
    r"[\u0001-\u002f\u003a-\u0060\u007b-\u00bf\u00d7\u00f7\u02b0-\u02ff\u060c\u061b\u061f\u06d4\u0964\u0965"
    r"\u1361-\u1368\u2000-\u206f\u20a0-\u20cf\u2190-\u2bff\u3000-\u303f\ufe10-\ufe6f\uff00-\uff0f\uff1a-\uff20"
    r"\uffe0-\uffff\U0001f000-\U0001faff]+"
)
_FOLD = f"""
CREATE FUNCTION fold_words(said text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(DISTINCT left(word, 40)), '{{}}') FROM regexp_split_to_table(
           translate(regexp_replace(normalize(lower(left(said, 4000)), NFKD), '{_MARKS}', '', 'g'),
                     'ıøłđðɔɛŋɓɗƙىةکی', 'iolddoenbdkيهكي'), '{_BETWEEN}') AS word WHERE word <> ''
$$
"""
# Words that sound alike have one key: first letter and consonants, f for ph, k for c, ch and q, s for z, doubles once.
_SPELL = """
CREATE FUNCTION spelling_key(word text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN word ~ '^[a-z]{4,}$' AND length(key) > 2 THEN '~' || key END
      FROM (SELECT regexp_replace(left(plain, 1) || regexp_replace(substr(plain, 2), '[aeiouhyw]', '', 'g'),
                                  '(.)\\1+', '\\1', 'g') AS key
              FROM (SELECT translate(regexp_replace(regexp_replace(word, 'ph', 'f', 'g'), 'ck|ch|qu', 'k', 'g'),
                                     'cqz', 'kks') AS plain) AS folded) AS keyed
$$
"""
_WORDS = """
CREATE FUNCTION search_words(said text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_to_tsvector(public.fold_words(said) || ARRAY(
           SELECT key FROM (SELECT DISTINCT public.spelling_key(word) AS key FROM unnest(public.fold_words(said)) AS word)
               AS keyed WHERE key IS NOT NULL))
$$
"""
# One array of what a list is filtered by, so that one index serves every filter and every combination of them.
_FACETS = """
CREATE FUNCTION search_facets(topic_id bigint, language text, source text, area_codes jsonb, is_placed boolean)
RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ARRAY['topic:' || coalesce(topic_id::text, 'none'), 'language:' || coalesce(language, 'none'),
                 'channel:' || source] || CASE WHEN is_placed THEN '{}'::text[] ELSE ARRAY['place:none'] END || ARRAY(
           SELECT 'area:' || value FROM jsonb_each_text(
                  CASE WHEN jsonb_typeof(area_codes) = 'object' THEN area_codes ELSE '{}' END) WHERE value IS NOT NULL)
$$
"""
_COLUMNS = """
ALTER TABLE report
  ADD COLUMN search_words tsvector NOT NULL GENERATED ALWAYS AS (search_words(text)) STORED,
  ADD COLUMN search_facets text[] NOT NULL GENERATED ALWAYS AS (
      search_facets(topic_id, language, source, area_codes, point IS NOT NULL)) STORED
"""
_COUNT = """
UPDATE incident SET report_count = counted.reports
  FROM (SELECT incident_id, least(count(*), 60) AS reports FROM report WHERE state <> 'erased'
         GROUP BY incident_id HAVING count(*) > 1) AS counted
 WHERE incident.id = counted.incident_id
"""


def upgrade() -> None:
    for statement in (_FOLD, _SPELL, _WORDS, _FACETS, _COLUMNS):
        op.execute(statement)
    op.create_index("ix_report_search", "report", ["search_facets", "search_words"], postgresql_using="gin")
    op.create_index("ix_report_desk", "report", ["campaign_id", "state", "is_sensitive", "reported_at", "id"])
    op.add_column("incident", sa.Column("report_count", sa.Integer(), nullable=False, server_default="1"))
    op.execute(_COUNT)
    op.create_index(
        "ix_incident_clusters", "incident", ["campaign_id", "report_count"], postgresql_where=sa.text("report_count > 1")
    )
    op.create_table(
        "saved_view",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_saved_view_campaign_id_campaign"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_saved_view_account_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
        sa.UniqueConstraint("campaign_id", "account_id", "name", name=op.f("uq_saved_view_campaign_id_account_id_name")),
    )  # fmt: skip
    op.execute("REVOKE ALL ON saved_view FROM baraza_app")
    op.execute("GRANT SELECT, INSERT, DELETE ON saved_view TO baraza_app")


def downgrade() -> None:
    op.drop_table("saved_view")
    op.drop_index("ix_incident_clusters", "incident")
    op.drop_column("incident", "report_count")
    op.drop_index("ix_report_desk", "report")
    op.drop_index("ix_report_search", "report")
    op.drop_column("report", "search_facets")
    op.drop_column("report", "search_words")
    op.execute("DROP FUNCTION search_facets")
    op.execute("DROP FUNCTION search_words")
    op.execute("DROP FUNCTION spelling_key")
    op.execute("DROP FUNCTION fold_words")
