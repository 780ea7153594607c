"""What the desk finds reports by is computed in fewer steps, with the same result: every report that comes in pays it.

A function in SQL that calls another plans it again for every row; one in PL/pgSQL is planned once in a session. Spelling
keys are made of all words of a text together, and a text of ASCII alone has nothing to decompose.
"""

from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

# As in migration 0045: marks within a word, and what stands between words.
_MARKS = (
    r"[\u00ad\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u0610-\u061a\u0640\u064b-\u065f\u0670"
    r"\u06d6-\u06dc\u093c\u200b-\u200f\ufe00-\ufe0f]"
)
_BETWEEN = (
    r"[\u0001-\u002f\u003a-\u0060\u007b-\u00bf\u00d7\u00f7\u02b0-\u02ff\u060c\u061b\u061f\u06d4\u0964\u0965"
    r"\u1361-\u1368\u2000-\u206f\u20a0-\u20cf\u2190-\u2bff\u3000-\u303f\ufe10-\ufe6f\uff00-\uff0f\uff1a-\uff20"
    r"\uffe0-\uffff\U0001f000-\U0001faff]+"
)
# `search_words(said)` is `fold_words(said)` with the `spelling_key` of each word; both stay for what is searched for.
_WORDS = f"""
CREATE OR REPLACE FUNCTION search_words(said text) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    words text := lower(left(said, 4000));
    keys text;
BEGIN
    IF words = '' THEN
        RETURN ''::tsvector;
    ELSIF octet_length(words) = length(words) THEN
        words := regexp_replace(words, '[^a-z0-9]+', ' ', 'g');
    ELSE
        words := translate(regexp_replace(normalize(words, NFKD), '{_MARKS}', '', 'g'),
                           'ıøłđðɔɛŋɓɗƙىةکی', 'iolddoenbdkيهكي');
        words := regexp_replace(words, '{_BETWEEN}', ' ', 'g');
    END IF;
    IF words ~ '[^ ]{{41}}' THEN
        words := regexp_replace(words, '([^ ]{{40}})[^ ]+', '\\1', 'g');
    END IF;
    keys := regexp_replace(' ' || words || ' ', ' ([^ ]*[^a-z ][^ ]*|[a-z]{{1,3}})(?= )', ' ', 'g');
    keys := replace(replace(replace(replace(keys, 'ph', 'f'), 'ck', 'k'), 'ch', 'k'), 'qu', 'k');
    keys := regexp_replace(translate(keys, 'cqz', 'kks'), '\\Y[aeiouhyw]', '', 'g');
    keys := regexp_replace(regexp_replace(keys, '([a-z])\\1+', '\\1', 'g'), ' [a-z]{{1,2}}(?= )', ' ', 'g');
    RETURN array_to_tsvector(array_remove(string_to_array(words, ' '), '')
        || array_remove(array_remove(string_to_array(replace(keys, ' ', ' ~'), ' '), ''), '~'));
END
$$
"""
_FACETS = """
CREATE OR REPLACE FUNCTION search_facets(
    topic_id bigint, language text, source text, area_codes jsonb, is_placed boolean
) RETURNS text[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    facets text[] := ARRAY['topic:' || coalesce(topic_id::text, 'none'), 'language:' || coalesce(language, 'none'),
                           'channel:' || source];
BEGIN
    IF NOT is_placed THEN
        facets := facets || 'place:none'::text;
    END IF;
    IF jsonb_typeof(area_codes) = 'object' AND area_codes <> '{}' THEN
        facets := facets || ARRAY(
            SELECT 'area:' || code.value FROM jsonb_each_text(area_codes) AS code WHERE code.value IS NOT NULL);
    END IF;
    RETURN facets;
END
$$
"""
_WORDS_BEFORE = """
CREATE OR REPLACE FUNCTION search_words(said text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_to_tsvector(public.fold_words(said) || ARRAY(
           SELECT key FROM (SELECT DISTINCT public.spelling_key(word) AS key FROM unnest(public.fold_words(said)) AS word)
               AS keyed WHERE key IS NOT NULL))
$$
"""
_FACETS_BEFORE = """
CREATE OR REPLACE FUNCTION search_facets(
    topic_id bigint, language text, source text, area_codes jsonb, is_placed boolean
) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ARRAY['topic:' || coalesce(topic_id::text, 'none'), 'language:' || coalesce(language, 'none'),
                 'channel:' || source] || CASE WHEN is_placed THEN '{}'::text[] ELSE ARRAY['place:none'] END || ARRAY(
           SELECT 'area:' || value FROM jsonb_each_text(
                  CASE WHEN jsonb_typeof(area_codes) = 'object' THEN area_codes ELSE '{}' END) WHERE value IS NOT NULL)
$$
"""


def upgrade() -> None:
    op.execute(_WORDS)
    op.execute(_FACETS)


def downgrade() -> None:
    op.execute(_FACETS_BEFORE)
    op.execute(_WORDS_BEFORE)
