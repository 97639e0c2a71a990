-- What was told is a fact.
CREATE TRIGGER alertdriver_is_a_fact BEFORE UPDATE OR DELETE ON expenses_alertdriver
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
CREATE TRIGGER monthlyresult_is_a_fact BEFORE UPDATE OR DELETE ON expenses_monthlyresult
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
