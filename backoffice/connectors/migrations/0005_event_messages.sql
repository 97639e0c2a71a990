-- What a place said is a fact.
CREATE TRIGGER eventmessage_is_a_fact BEFORE UPDATE OR DELETE ON connectors_eventmessage
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
