DROP TRIGGER done_is_a_fact ON workflow_workitem;
DROP TRIGGER is_a_fact ON workflow_sheetcomment;
DROP TRIGGER is_a_fact ON workflow_sheet;
