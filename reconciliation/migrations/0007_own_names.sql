-- Bodies are bound to what they call when they are made: a dump is restored without a search path.

-- A reference as it is compared, where it looks like one of ours (`matching/items.py`); else NULL.
CREATE FUNCTION reconciliation_own_name(reference text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN reference <> ''
     AND reference ~* '^[ ./,:_-]*(b[ ./,:_-]*i|d|d[ ./,:_-]*f|i[ ./,:_-]*c|p[ ./,:_-]*s|s)[ ./,:_-]*[0-9]'
    THEN translate(upper(reference), ' -/.,:_', '') END;

-- Those of three references that look like ours, each once.
CREATE FUNCTION reconciliation_own_names(one text, two text, three text) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN array_remove(ARRAY[
    reconciliation_own_name(one),
    nullif(reconciliation_own_name(two), reconciliation_own_name(one)),
    CASE WHEN reconciliation_own_name(three) IS DISTINCT FROM reconciliation_own_name(one)
          AND reconciliation_own_name(three) IS DISTINCT FROM reconciliation_own_name(two)
         THEN reconciliation_own_name(three) END], NULL);

-- Whether a line may name something of ours, whatever a rule finds when it looks closer: letters of other alphabets
-- have capitals that only the rules know.
CREATE FUNCTION reconciliation_may_name(one text, two text, three text, told text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce(reconciliation_own_name(one), reconciliation_own_name(two), reconciliation_own_name(three)) IS NOT NULL
    OR told ~ '[^0-9 ]-[0-9]' OR octet_length(one || two || three) > char_length(one || two || three);
