"""What sales of securities brought, lot by lot, once their money moved: in currency, in base currency, by tax base."""
