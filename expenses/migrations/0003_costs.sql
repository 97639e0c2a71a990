-- What was told is a fact.
CREATE TRIGGER supplierinvoiceline_is_a_fact BEFORE UPDATE OR DELETE ON expenses_supplierinvoiceline
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
CREATE TRIGGER supplierinvoiceshare_is_a_fact BEFORE UPDATE OR DELETE ON expenses_supplierinvoiceshare
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
CREATE TRIGGER cost_is_a_fact BEFORE UPDATE OR DELETE ON expenses_cost
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
CREATE TRIGGER invoicepayment_is_a_fact BEFORE UPDATE OR DELETE ON expenses_invoicepayment
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
