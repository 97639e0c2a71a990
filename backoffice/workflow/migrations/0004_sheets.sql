CREATE TRIGGER is_a_fact BEFORE UPDATE OR DELETE ON workflow_sheet
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
CREATE TRIGGER is_a_fact BEFORE UPDATE OR DELETE ON workflow_sheetcomment
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();

-- Whose an item was when it was done, and when that was, is counted for ever.
CREATE TRIGGER done_is_a_fact BEFORE UPDATE OR DELETE ON workflow_workitem FOR EACH ROW
    WHEN (OLD.closed_at IS NOT NULL) EXECUTE FUNCTION events_refuse_change();
