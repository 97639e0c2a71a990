DROP TRIGGER keeps_terms ON settlements_recordevent;
DROP TRIGGER keeps_terms ON settlements_election;
DROP TRIGGER keeps_terms ON settlements_incomedifference;
DROP TRIGGER keeps_terms ON settlements_incomepayment;
DROP TRIGGER keeps_terms ON settlements_entitlement;
DROP TRIGGER electionchoice_is_a_fact ON settlements_electionchoice;
DROP TRIGGER eventoption_is_a_fact ON settlements_eventoption;
