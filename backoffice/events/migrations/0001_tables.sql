CREATE TRIGGER event_is_a_fact BEFORE UPDATE OR DELETE ON events_event
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
CREATE TRIGGER sequence_is_a_fact BEFORE UPDATE OR DELETE ON events_sequence
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
CREATE TRIGGER watermark_is_a_fact BEFORE UPDATE OR DELETE ON events_watermark
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
CREATE TRIGGER root_is_a_fact BEFORE UPDATE OR DELETE ON events_dailyroot
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
