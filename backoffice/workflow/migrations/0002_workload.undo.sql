DROP TRIGGER keeps_closing ON workflow_workitem;
DROP FUNCTION workflow_keep_closing();
ALTER TABLE workflow_roster DROP CONSTRAINT roster_hours_of_a_day;
DROP TRIGGER is_a_fact ON workflow_forecastfigure;
DROP TRIGGER is_a_fact ON workflow_forecast;
DROP TRIGGER is_a_fact ON workflow_absence;
DROP TRIGGER is_a_fact ON workflow_roster;
