"""`manage.py load_currencies FILE…`: currencies of ISO 4217 (XML or CSV)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from refdata.loading.importing import LoadCommand, Loaded
from refdata.loading.iso4217 import load_currencies


class Command(LoadCommand):
    help = "Loads currencies of ISO 4217 (XML or CSV)."

    def load(self, path: Path, options: dict[str, Any]) -> Loaded:
        return load_currencies(path)
