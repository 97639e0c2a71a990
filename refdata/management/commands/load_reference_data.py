"""`manage.py load_reference_data FILE…`: any file of reference data, recognised by its content."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from refdata.loading.importing import LoadCommand, Loaded
from refdata.loading.recognising import recognise


class Command(LoadCommand):
    help = "Loads files of reference data, each recognised by its content; --look keeps nothing."

    def add_arguments(self, parser: Any) -> None:
        super().add_arguments(parser)
        parser.add_argument("--look", action="store_true", help="say what would become of the file")

    def load(self, path: Path, options: dict[str, Any]) -> Loaded:
        loader = recognise(path)
        self.stdout.write(f"{path.name}: {loader.title}")
        return loader.look(path) if options["look"] else loader.run(path)
