"""`manage.py load_moex_instruments FILE…`: instruments from an answer of the Moscow Exchange."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from refdata.loading.importing import LoadCommand, Loaded
from refdata.loading.moex import load_instruments


class Command(LoadCommand):
    help = "Loads instruments from an answer of the Moscow Exchange."

    def load(self, path: Path, options: dict[str, Any]) -> Loaded:
        return load_instruments(path)
