"""What may be done with what is held: whose accounts are for what, uses, restrictions, earmarks and lines."""
