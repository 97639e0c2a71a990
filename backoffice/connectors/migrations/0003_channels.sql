-- What left is known by its number and its bytes: neither changes, and no message is forgotten.
CREATE TRIGGER keeps_what_left BEFORE UPDATE ON connectors_outboundmessage FOR EACH ROW
    WHEN (OLD.content IS NOT NULL AND (OLD.content, OLD.sequence, OLD.reference, OLD.format, OLD.name, OLD.channel)
          IS DISTINCT FROM (NEW.content, NEW.sequence, NEW.reference, NEW.format, NEW.name, NEW.channel))
    EXECUTE FUNCTION events_refuse_change();
CREATE TRIGGER is_never_forgotten BEFORE DELETE ON connectors_outboundmessage
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
CREATE TRIGGER fetchedfile_is_a_fact BEFORE UPDATE OR DELETE ON connectors_fetchedfile
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
CREATE TRIGGER keeps_what_was_told BEFORE UPDATE OR DELETE ON connectors_allegement
    FOR EACH ROW EXECUTE FUNCTION refdata_keep_all_but('state', 'makers', 'settlement_id', 'differs');
