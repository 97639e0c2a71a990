CREATE TRIGGER document_is_a_fact BEFORE UPDATE OR DELETE ON documents_document
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
CREATE TRIGGER keeps_terms BEFORE UPDATE OR DELETE ON documents_template
    FOR EACH ROW EXECUTE FUNCTION refdata_keep_terms('state', 'makers', 'approved_by_id');
CREATE TRIGGER keeps_terms BEFORE UPDATE OR DELETE ON documents_signedcopy
    FOR EACH ROW EXECUTE FUNCTION refdata_keep_terms('state', 'makers');

CREATE FUNCTION documents_keep_series() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR NEW.last <> OLD.last + 1
       OR to_jsonb(OLD) - 'last' <> to_jsonb(NEW) - 'last' THEN
        RAISE EXCEPTION 'a series of numbers goes up by one and is never changed'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER series_goes_up BEFORE UPDATE OR DELETE ON documents_series
    FOR EACH ROW EXECUTE FUNCTION documents_keep_series();

-- A PDF and a scan are compressed already.
ALTER TABLE documents_document ALTER COLUMN pdf SET STORAGE EXTERNAL;

ALTER TABLE documents_signedcopy ALTER COLUMN content SET STORAGE EXTERNAL;
