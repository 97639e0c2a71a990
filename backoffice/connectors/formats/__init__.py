"""Formats: bytes to dataclasses and back. Pure: no database, no clock."""

from backoffice.connectors.formats.refusing import Refused

__all__ = ["Refused"]
