"""Plants mistakes in the files of a day, as banks and networks make them, and lists them apart.

Nothing but Python's standard library: whoever doubts that a reconciliation finds what is wrong needs this one folder
and the files of a day. It reads camt.053, MT940, 1CClientBankExchange and MT535 by itself and changes rows and bytes
where they lie; every byte that no mistake touches stays as it is.

A bank that books wrongly has a closing balance that fits its wrong lines, so the balances are worked out anew. No two
mistakes undo each other unless that is the mistake. The same seed plants the same.

    python tools/plant_mistakes FOLDER --seed 7 --share 0.02 --list mistakes.jsonl

Each line of the list is one mistake: its kind, file, account and, where it is of a line, the reference of the line and
what stood there and stands there now.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from .kinds import KINDS
from .planting import Planter


def main(arguments: Iterable[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "folder", type=Path, help="the files of a day; they are changed where they lie"
    )
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument(
        "--share", type=float, default=0.02, help="mistakes for each line, 0.02 by default"
    )
    parser.add_argument("--list", type=Path, required=True, help="where the mistakes are listed")
    parser.add_argument("--kinds", nargs="*", choices=KINDS, default=KINDS, help="only these")
    options = parser.parse_args(None if arguments is None else list(arguments))
    planter = Planter(options.folder, seed=options.seed, share=options.share, kinds=options.kinds)
    mistakes = planter.plant()
    planter.write()
    text = "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in mistakes)
    options.list.write_text(text, "utf-8")
    counts = Counter(each["kind"] for each in mistakes)
    print(f"{len(mistakes)} mistakes:", ", ".join(f"{k} {n}" for k, n in sorted(counts.items())))
    return 0 if mistakes else 1
