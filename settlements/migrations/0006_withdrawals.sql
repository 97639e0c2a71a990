-- What was asked for stays as it was asked; what became of it is added once.
CREATE TRIGGER keeps_terms BEFORE UPDATE OR DELETE ON settlements_withdrawal
    FOR EACH ROW EXECUTE FUNCTION refdata_keep_all_but('state', 'makers', 'tax', 'settlement_id');

-- Tax is kept back of a withdrawal as its terms say, or not at all.
CREATE FUNCTION settlements_withheld_of_withdrawal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
            SELECT 1 FROM settlements_withdrawal w
             WHERE w.id = NEW.source_id AND w.entity_id = NEW.entity_id AND w.client_id = NEW.taxpayer_id
               AND w.amount = NEW.payment AND w.tax = abs(NEW.withheld)
               AND (NEW.reverses_id IS NULL OR w.state = 'TAKEN_BACK')) THEN
        RAISE EXCEPTION 'what is withheld of a withdrawal is what it says' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER withheld_of_withdrawal AFTER INSERT ON ledger_ndflwithholding
    FOR EACH ROW WHEN (NEW.source_type = 'withdrawal') EXECUTE FUNCTION settlements_withheld_of_withdrawal();
