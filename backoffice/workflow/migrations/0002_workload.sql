CREATE TRIGGER is_a_fact BEFORE UPDATE OR DELETE ON workflow_roster
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
CREATE TRIGGER is_a_fact BEFORE UPDATE OR DELETE ON workflow_absence
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
CREATE TRIGGER is_a_fact BEFORE UPDATE OR DELETE ON workflow_forecast
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
CREATE TRIGGER is_a_fact BEFORE UPDATE OR DELETE ON workflow_forecastfigure
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();

ALTER TABLE workflow_roster ADD CONSTRAINT roster_hours_of_a_day CHECK (0 <= ALL (hours) AND 24 >= ALL (hours));

-- Whoever closes an item, the transaction that did is kept: what was open is asked as known at a moment.
CREATE FUNCTION workflow_keep_closing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.closed_tx = tx_now();
    RETURN NEW;
END $$;

CREATE TRIGGER keeps_closing BEFORE UPDATE ON workflow_workitem FOR EACH ROW
    WHEN (OLD.closed_at IS NULL AND NEW.closed_at IS NOT NULL) EXECUTE FUNCTION workflow_keep_closing();
