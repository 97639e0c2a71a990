-- A run that was completed is a fact; until then its progress and its end are written.
CREATE TRIGGER reportrun_is_a_fact BEFORE UPDATE OR DELETE ON reporting_reportrun
    FOR EACH ROW WHEN (OLD.state = 'COMPLETED') EXECUTE FUNCTION events_refuse_change();

-- Reports of one day find its entries without reading all of them. Entries are written about in the
-- order of their dates, so a summary of blocks is enough, and costs those who write nothing.
CREATE INDEX journalentry_by_date ON ledger_journalentry
    USING brin (effective_date) WITH (pages_per_range = 16, autosummarize = on);
