"""Confirmation: what the counterparty says of a deal, held field by field against what we say of it."""
