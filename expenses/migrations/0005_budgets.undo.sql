DROP TRIGGER budgetline_is_a_fact ON expenses_budgetline;
