DROP TRIGGER entry_of_use ON ledger_journalentry;
DROP FUNCTION settlements_entry_of_use();
DROP TRIGGER keeps_terms ON settlements_assetuse;
DROP TRIGGER use_by_right ON settlements_assetuse;
DROP FUNCTION settlements_use_by_right();
