"""Statements of ISO 20022 (semt): holdings, movements, what is pending, allegements, penalties."""
