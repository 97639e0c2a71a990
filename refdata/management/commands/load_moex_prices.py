"""`manage.py load_moex_prices FILE…`: prices from an answer of the Moscow Exchange."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from refdata.loading.importing import LoadCommand, Loaded
from refdata.loading.moex_prices import load_prices


class Command(LoadCommand):
    help = "Loads prices from an answer of the Moscow Exchange."

    def load(self, path: Path, options: dict[str, Any]) -> Loaded:
        return load_prices(path)
