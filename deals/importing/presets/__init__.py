"""Mappings of formats that are widely known: what a new mapping begins with, never what deals come by.

They name no book and no counterparty: whose deals they are, and with whom, the firm says.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from deals.importing.mapping import MappingTerms, mapping_of, signature_of

FOLDER = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Preset:
    """A known format: what it is called, and what its columns mean."""

    title: str
    header: list[str]
    document: dict[str, Any]

    @property
    def terms(self) -> MappingTerms:
        return mapping_of(self.document)


@cache
def presets() -> Mapping[str, Preset]:
    """The known formats by the signature of their header."""
    found = {}
    for path in sorted(FOLDER.glob("*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        preset = Preset(document["title"], document["header"], document["mapping"])
        found[signature_of(preset.header)] = preset
    return found
