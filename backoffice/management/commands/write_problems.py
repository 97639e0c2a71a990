"""`manage.py write_problems`: the table of refusals in docs/problems.md, from the classes that are raised.

The tables of roles are written with it: both follow from the code alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.urls import get_resolver

from backoffice.access.problems import status_of
from backoffice.kernel.errors import Conflict, Forbidden, Invalid, Refusal, Unavailable

BEGIN = "<!-- written by `manage.py write_problems`: do not edit below -->\n"
KINDS = (Conflict, Forbidden, Invalid, Unavailable)


def path() -> Path:
    return Path(settings.BASE_DIR) / "docs" / "problems.md"


def refusals() -> list[type[Refusal]]:
    """Every refusal that the product may give, by its code."""
    for module in ("opening", "exporting", "parallel"):  # what only commands use
        import_module(f"backoffice.going_live.{module}")
    resolver = get_resolver()
    # Loads every operation and page, and what they raise; the handler of errors comes by its name.
    _ = resolver.url_patterns, resolver.resolve_error_handler(500)

    def below(kind: type[Refusal]) -> Iterator[type[Refusal]]:
        for each in kind.__subclasses__():
            yield each
            yield from below(each)

    return sorted(
        (each for each in below(Refusal) if each not in KINDS), key=lambda each: each.code
    )


def written() -> str:
    """Everything below the mark."""
    lines = ["\n| code | status | what happened | what to do |\n|---|---|---|---|"]
    lines += [
        f"| `{each.code}` | {status_of(each())} | {_plain(each.title)}. | {_plain(each.hint)} |"
        for each in refusals()
    ]
    return "\n".join(lines) + "\n"


def _plain(template: str) -> str:
    """A template for people who read about it: its facts as names."""
    return template.replace("%(", "*").replace(")s", "*").replace("%%", "%")


class Command(BaseCommand):
    help = "Writes the table of refusals into docs/problems.md."

    def handle(self, *args: Any, **options: Any) -> None:
        head = path().read_text(encoding="utf-8").partition(BEGIN)[0]
        path().write_text(head + BEGIN + written(), encoding="utf-8")
        call_command("write_roles")
