"""Formats: bytes to dataclasses and back. Pure: no database, no clock."""
