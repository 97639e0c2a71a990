"""`manage.py write_roles`: the table of roles in docs/roles.md, from what roles hold and what must stay apart."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from backoffice.access.roles import ROLES
from backoffice.access.segregation import SEGREGATION
from backoffice.access.step_up import moves_money

BEGIN = "<!-- written by `manage.py write_roles`: do not edit below -->\n"
HOLDS, ASKS = "●", "◆"


def path() -> Path:
    return Path(settings.BASE_DIR) / "docs" / "roles.md"


def written() -> str:
    """Everything below the mark."""
    return "\n".join(["", *_operations(), "", *_segregation(), ""])


def _operations() -> list[str]:
    """Every permission that some role holds, app by app, and by whom."""
    found = [
        "## Who may do what", "",
        f"{HOLDS} may; {ASKS} may, and is asked for a one-time code.", "",
        f"| permission | {' | '.join(ROLES)} |", f"|---|{'---|' * len(ROLES)}",
    ]  # fmt: skip
    names = sorted({name for held in ROLES.values() for name in held})
    for _, permissions in groupby(names, key=lambda name: name.partition(".")[0]):
        for name in permissions:
            mark = ASKS if moves_money(name) else HOLDS
            cells = (mark if name in held else "" for held in ROLES.values())
            found.append(f"| `{name}` | {' | '.join(cells)} |")
    return found


def _segregation() -> list[str]:
    """What no role holds together."""
    found = ["## What stays apart", "", "| who may | may not | why |", "|---|---|---|"]
    for one, other, why in SEGREGATION:
        found.append(f"| {_names(one)} | {_names(other)} | {why} |")
    return found


def _names(permissions: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in permissions)


class Command(BaseCommand):
    help = "Writes the table of roles into docs/roles.md."

    def handle(self, *args: Any, **options: Any) -> None:
        head = path().read_text(encoding="utf-8").partition(BEGIN)[0]
        path().write_text(head + BEGIN + written(), encoding="utf-8")
