"""The market and the mutator of a simulated day: processes of their own, which know nothing of our database."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from backoffice.connectors.services import write_instructions
from backoffice.connectors.tasks import exchange_folder
from backoffice.simulation.firm import BANKS, DEPOSITORIES, write_market
from backoffice.simulation.plan import Plan
from backoffice.simulation.trading import Stuck

ROOT = Path(__file__).parents[2]
NO_DATABASE = "postgres://nobody@127.0.0.1:1/none"
PATIENCE_SECONDS = 3600.0
COPY = "again-"  # before the name of a file that comes twice


def open_market(plan: Plan) -> None:
    """The market opens the evening before, and states what everybody has, each evening until the day. Once."""
    if (plan.folder / "places").exists():
        return
    write_market(plan)
    for evening in plan.evenings:
        let_it_work(plan, evening, is_last=True)


def let_it_work(plan: Plan, at: datetime, *, is_last: bool = False, script: str = "") -> None:
    """A cycle of every place, going wrong by the script. At the end of a day they write statements, each day once."""
    _run(
        [sys.executable, "manage.py", "simulate_market", str(plan.folder), "--at", at.isoformat(),
         "--script", script, *["--last"] * is_last], ROOT,
    )  # fmt: skip


def hand_over(plan: Plan, at: datetime) -> int:
    """Write what is queued, and give the market's places what is theirs; how many files."""
    out = exchange_folder() / "out"
    while write_instructions(out, at=at):
        pass
    count = 0
    for place in DEPOSITORIES + BANKS:
        for path in sorted(out.glob(f"{place}-*.jsonl")):
            shutil.move(path, plan.folder / "out" / path.name)
            count += 1
    return count


def answers(plan: Plan) -> Iterator[Path]:
    """What the places answered and nobody has taken in yet."""
    return iter(sorted((plan.folder / "in").glob("*.jsonl")))


def statements_before(plan: Plan) -> Iterator[Path]:
    """The statements of the evenings before; nothing is planted in them."""
    for evening in plan.evenings:
        yield from sorted((plan.folder / "in").glob(f"*-{evening:%Y%m%d}.*"))


def plant_mistakes(plan: Plan) -> None:
    """Gather the statements of the day, let the mutator work on a copy, and put it in place whole. Once."""
    if plan.files.exists():
        return
    beside = plan.folder / "day.part"
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir()
    for path in sorted((plan.folder / "in").glob(f"*-{plan.day:%Y%m%d}.*")):
        shutil.copy(path, beside / path.name)
    tool = ROOT / "tools" / "plant_mistakes"
    _run(
        [sys.executable, "-I", str(tool), str(beside), "--seed", str(plan.seed), "--share", str(plan.share),
         "--list", str(plan.mistakes)], plan.folder,
    )  # fmt: skip
    beside.rename(plan.files)


def files_of_the_day(plan: Plan) -> list[Path]:
    """In the order in which they come: a copy after what it is a copy of."""
    return sorted(plan.files.iterdir(), key=lambda path: (path.name.removeprefix(COPY), path.name))


def _run(command: list[str], folder: Path) -> None:
    """Raises Stuck with the last lines where it fails."""
    environment = {
        "PATH": os.environ.get("PATH", ""), "DEPLOYMENT": "demonstration", "DATABASE_URL": NO_DATABASE,
        "VAR_DIR": str(ROOT / "var"), "LANG": "C.UTF-8",
    }  # fmt: skip
    done = subprocess.run(  # noqa: S603 - commands are ours
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False,
        timeout=PATIENCE_SECONDS,
    )  # fmt: skip
    if done.returncode:
        raise Stuck(
            f"{' '.join(command[1:3])} failed:\n{done.stderr[-2000:] or done.stdout[-2000:]}"
        )
