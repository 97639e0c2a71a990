-- A purchase moves on by a step that its case has come to: none that was added is skipped.
CREATE FUNCTION settlements_purchase_in_turn() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refdata_require_step('process.buy_from_individual', 'purchase', NEW.id,
        CASE NEW.state WHEN 'IDENTIFIED' THEN 'identify' WHEN 'SCREENED' THEN 'screen' WHEN 'CONTRACTED' THEN 'contract'
                       WHEN 'ORDERED' THEN 'order' WHEN 'CREDITED' THEN 'credit' WHEN 'ACCEPTED' THEN 'act' ELSE 'pay' END);
    RETURN NEW;
END $$;
CREATE TRIGGER purchase_in_turn BEFORE UPDATE OF state ON settlements_purchase
    FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION settlements_purchase_in_turn();

-- A seller is paid once everything is done that was added before the payment, ahead of the credit or not.
CREATE FUNCTION settlements_pay_in_turn() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM settlements_purchase p
          JOIN refdata_processcase c ON c.subject_type = 'purchase' AND c.subject_id = p.id
               AND c.process = 'process.buy_from_individual' AND c.state = 'OPEN',
               unnest(c.required) AS needed(key)
         WHERE p.deal_id = NEW.source_id
           AND needed.key NOT IN ('identify', 'screen', 'contract', 'order', 'credit', 'act', 'pay')
           AND array_position(c.required, needed.key) < array_position(c.required, 'pay')
           AND NOT EXISTS (SELECT 1 FROM refdata_casestep s WHERE s.case_id = c.id AND s.key = needed.key)) THEN
        RAISE EXCEPTION 'settlement % pays for a purchase with steps of its process to go', NEW.id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payment_in_turn BEFORE UPDATE OF approval ON settlements_settlement
    FOR EACH ROW WHEN (NEW.method = 'PFOD' AND NEW.source_type = 'deal' AND NOT NEW.delivers
                       AND OLD.approval = 'PREPARED' AND NEW.approval = 'APPROVED')
    EXECUTE FUNCTION settlements_pay_in_turn();
