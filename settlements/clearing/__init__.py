"""Cleared deals: one net obligation per clearing account, asset and date, agreed with the clearing house."""
