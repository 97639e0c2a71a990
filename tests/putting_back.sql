-- What makes a database as it was before a test: the rows of every table, kept beside it, and a function
-- that looks which tables are not as they were, and fills those anew.
--
-- Of a table that was empty it is enough that it is empty. Of another one: as many rows, and none of them
-- written after we last put back; what was changed was written, what was deleted is missing.
CREATE SCHEMA kept;
CREATE UNLOGGED TABLE kept.moment AS
    SELECT pg_current_xact_id()::xid AS since, 0::bigint AS triggers, 0::bigint AS relations;
CREATE UNLOGGED TABLE kept.sequence AS
    SELECT format('%I.%I', schemaname, sequencename)::regclass AS oid, coalesce(last_value, start_value) AS number,
           last_value IS NOT NULL AS called
      FROM pg_sequences WHERE schemaname = 'public';

CREATE FUNCTION kept.shape() RETURNS TABLE (newest integer, triggers bigint, relations bigint) LANGUAGE sql AS $$
SELECT least((SELECT min(age(xmin)) FROM pg_class WHERE relpersistence <> 't'),
             (SELECT min(age(xmin)) FROM pg_trigger), (SELECT min(age(xmin)) FROM pg_constraint),
             (SELECT min(age(xmin)) FROM pg_proc)),
       (SELECT count(*) FROM pg_trigger),
       (SELECT count(*) FROM pg_class WHERE relpersistence <> 't')
$$;

DO $make$
DECLARE
    body text := '';
    filled boolean;
    one record;
BEGIN
    FOR one IN
        SELECT c.oid, c.relname AS name, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS columns
          FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
                          AND NOT a.attisdropped AND a.attgenerated = ''
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
         GROUP BY c.oid, c.relname ORDER BY c.relname
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', one.name) INTO filled;
        IF filled THEN
            EXECUTE format('CREATE UNLOGGED TABLE kept.%I AS SELECT %s FROM public.%I', 'of_' || one.name,
                           one.columns, one.name);
            EXECUTE format('SELECT count(*) FROM public.%I', one.name) INTO one.oid;
            body := body || format($sql$
    IF (SELECT count(*) <> %1$s OR min(age(xmin)) < changed FROM public.%2$I) THEN
        DELETE FROM public.%2$I;
        INSERT INTO public.%2$I (%3$s) OVERRIDING SYSTEM VALUE SELECT * FROM kept.%4$I;
    END IF;$sql$, one.oid, one.name, one.columns, 'of_' || one.name);
        ELSE
            body := body || format($sql$
    IF EXISTS (SELECT FROM public.%1$I) THEN DELETE FROM public.%1$I; END IF;$sql$, one.name);
        END IF;
    END LOOP;
    -- False: the schema itself is not as it was, and this database of no further use.
    EXECUTE format($function$
CREATE FUNCTION kept.put_back() RETURNS boolean LANGUAGE plpgsql SET session_replication_role = replica AS $body$
DECLARE
    changed integer := (SELECT age(since) FROM kept.moment);
BEGIN
    IF EXISTS (SELECT FROM kept.shape() s, kept.moment m
                WHERE s.newest < changed OR (s.triggers, s.relations) <> (m.triggers, m.relations)) THEN
        RETURN false;
    END IF;%s
    PERFORM setval(oid, number, called) FROM kept.sequence;
    UPDATE kept.moment SET since = pg_current_xact_id()::xid;
    RETURN true;
END $body$ $function$, body);
END $make$;

UPDATE kept.moment m SET since = pg_current_xact_id()::xid, triggers = s.triggers, relations = s.relations
  FROM kept.shape() s;
