"""ISO 20022 cash management: camt.052, 053 and 054, what banks say of an account in XML."""
