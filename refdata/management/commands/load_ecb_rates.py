"""`manage.py load_ecb_rates FILE…`: reference rates of the European Central Bank."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from refdata.loading.ecb import load_rates
from refdata.loading.importing import LoadCommand, Loaded


class Command(LoadCommand):
    help = "Loads reference rates of the European Central Bank."

    def load(self, path: Path, options: dict[str, Any]) -> Loaded:
        return load_rates(path)
