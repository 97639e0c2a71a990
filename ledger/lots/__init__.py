"""Lots: which purchases each sale consumed, by which method, and what it cost. Derived, never stored."""
