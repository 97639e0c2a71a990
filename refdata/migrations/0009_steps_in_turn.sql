-- A subject with a case under way does not move on by a step of its process that the case has not come to.
CREATE FUNCTION refdata_require_step(its_process text, its_type text, its_id bigint, step text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM refdata_processcase c
                WHERE c.subject_type = its_type AND c.subject_id = its_id AND c.process = its_process AND c.state = 'OPEN'
                  AND NOT EXISTS (SELECT 1 FROM refdata_casestep s WHERE s.case_id = c.id AND s.key = step)) THEN
        RAISE EXCEPTION '% % has steps of its process to go before %', its_type, its_id, step
            USING ERRCODE = 'check_violation';
    END IF;
END $$;
