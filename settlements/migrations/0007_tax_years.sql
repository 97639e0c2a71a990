CREATE TRIGGER keeps_terms BEFORE UPDATE OR DELETE ON settlements_taxyear
    FOR EACH ROW EXECUTE FUNCTION refdata_keep_all_but('state', 'makers', 'ended_on');
CREATE TRIGGER is_a_fact BEFORE UPDATE OR DELETE ON settlements_taxyearresult
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();

-- Tax is withheld at the end of a year as its result says, or not at all.
CREATE FUNCTION settlements_withheld_of_year() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.reverses_id IS NOT NULL OR NOT EXISTS (
            SELECT 1 FROM settlements_taxyearresult r JOIN settlements_taxyear y ON y.id = r.tax_year_id
             WHERE r.id = NEW.source_id AND y.entity_id = NEW.entity_id AND y.year = NEW.year
               AND r.taxpayer_id = NEW.taxpayer_id AND r.withheld = NEW.withheld) THEN
        RAISE EXCEPTION 'what is withheld of a year is what its result says' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER withheld_of_year AFTER INSERT ON ledger_ndflwithholding
    FOR EACH ROW WHEN (NEW.source_type = 'taxyear') EXECUTE FUNCTION settlements_withheld_of_year();
