-- A file keeps what came: only what became of it is written, when it is taken and taken again. Its bytes are a fact.
CREATE TRIGGER keeps_what_came BEFORE UPDATE OR DELETE ON connectors_inboundfile
    FOR EACH ROW EXECUTE FUNCTION refdata_keep_all_but(
        'format', 'entity_id', 'statements', 'lines', 'added', 'duplicates', 'balanced', 'counts', 'problems', 'outcome');
CREATE TRIGGER inboundcontent_is_a_fact BEFORE UPDATE OR DELETE ON connectors_inboundcontent
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
